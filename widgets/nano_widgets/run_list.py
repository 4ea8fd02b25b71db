"""The run table without its keys: which lines there are, what stands in them, and where the cursor stays."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.reactive import reactive

from nano_widgets.line_list import LineList
from nano_widgets.line_painter import Row
from nano_widgets.run_columns import Column, fitting
from nano_widgets.run_lines import Lines, Place, RunGroups, RunRows
from nano_widgets.run_painter import RunPainter, Snippet

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary

CHOSEN = "*"
"""Stands before a row that is marked."""
NO_RUN = 0
"""The id of a row whose run is not known yet."""
NOT_YET: Place = ("run", NO_RUN)
"""The place of a run of which only the line is known so far, or only the group."""
SOME_CHOSEN = "+"
"""Stands before a folded group of which some runs are marked."""


class RunList(LineList):
    """Runs, a line each, or groups of runs.

    Rows are asked for only when they are painted, so a sequence that fetches them from somewhere will do.
    """

    sort: reactive[str] = reactive("started", init=False)
    """Name of the column that the rows are sorted by."""
    descending: reactive[bool] = reactive(True, init=False)
    """Whether the largest comes first."""
    wanted: reactive[tuple[str, ...]] = reactive((), init=False)
    """Names of the columns that a person chose; none for those that choose themselves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines = Lines()
        self.marks: set[int] = set()
        """The ids of the marked runs."""
        self._snippets: Mapping[int, Snippet] = {}
        self._columns: list[tuple[Column, int]] = []
        self._columns_for: tuple[int, Collection[str]] = (-1, ())
        self._header: list[Segment] = []
        self._header_for: tuple[object, ...] | None = None
        self.painter = RunPainter(self)
        self._moved = False
        self._place: Place | None = None
        """What the cursor was on when it was last known."""

    # What a user of it does

    def show(self, runs: RunRows | RunGroups, stay: bool = True) -> None:
        """Show these rows, in this order, or these groups.

        Once a person moved the cursor it stays on its run, and that in its line of the screen, unless `stay` is false.
        """
        old, place = self.lines, self.lines.place(self.cursor)
        if place != NOT_YET:
            self._place = place
        self.lines = Lines(groups=runs) if hasattr(runs, "starts") else Lines(runs)  # type: ignore[arg-type]
        if old.groups is not None and self.lines.groups is not None:
            self.lines.unfold_as(old)
        cursor = 0
        if not stay:
            self.scroll_to(y=0, animate=False, force=True)
        elif place == NOT_YET and self.lines.groups is None:
            # It is known now which run stands there.
            cursor = self.cursor
        elif self._moved and self._place is not None:
            found = self.lines.find(self._place)
            cursor = self.cursor if found is None else found
        self.set_row_count(len(self.lines), cursor, steady=stay and self._moved)

    def show_snippets(self, snippets: Mapping[int, Snippet]) -> None:
        """Show what was found in runs, by their ids, in the place of their tasks; none ends it."""
        self._snippets = snippets
        self.refresh_rows()

    def snippet(self, index: int) -> Snippet | None:
        """What was found in the run in a row."""
        ids = self.lines.ids(index)
        return self._snippets.get(ids[0]) if len(ids) == 1 else None

    def run_at(self, index: int) -> Summary | None:
        """The run in a row; `None` when there is no such row, it is the head of a group, or its run is gone."""
        if not 0 <= index < len(self.lines):
            return None
        _, row = self.lines.at(index)
        return self.lines.rows[row] if row is not None and self.lines.rows is not None else None

    @property
    def current(self) -> Summary | None:
        """The run under the cursor."""
        return self.run_at(self.cursor)

    @property
    def visible_ids(self) -> list[int]:
        """The ids of the runs whose rows can be seen."""
        top = self.scroll_offset.y
        lines = range(top, min(len(self.lines), top + self.size.height))
        return [self.lines.ids(i)[0] for i in lines if self.lines.at(i)[1] is not None]

    def columns(self, width: int) -> list[tuple[Column, int]]:
        """The columns shown at a width."""
        if (width, self.wanted) != self._columns_for:
            self._columns, self._columns_for = fitting(width, self.wanted), (width, self.wanted)
        return self._columns

    @property
    def shown(self) -> Sequence[Column]:
        """The columns that are shown now."""
        return [column for column, _ in self._columns]

    # How it is painted

    def render_header(self, width: int) -> list[Segment]:
        """The titles, with an arrow at the one that is sorted by."""
        wanted = (width, self.sort, self.descending, self.wanted)
        if wanted != self._header_for:
            self._header = self.painter.header(self.columns(width), self.sort, self.descending)
            self._header_for = wanted
        return self._header

    def render_row(self, index: int, width: int) -> Row:
        """One run, or the head of one group."""
        now = time.time()
        group, _ = self.lines.at(index)
        if group is not None and self.lines.groups is not None:
            unfolded = self.lines.is_unfolded(group)
            return self.painter.group(self.lines.groups[group], unfolded, self.columns(width), now)
        run = self.run_at(index)
        if run is None:
            return [Segment("…")]
        return self.painter.run(run, self.columns(width), now, self.snippet(index))

    def row_sign(self, index: int) -> str:
        """Whether the run, or all or some of the group, are marked."""
        if not self.marks:
            return " "
        ids = self.lines.ids(index)
        if len(ids) == 1:
            return CHOSEN if ids[0] in self.marks else " "
        marked = sum(map(self.marks.__contains__, ids))
        return CHOSEN if marked == len(ids) else SOME_CHOSEN if marked else " "

    def notify_style_update(self) -> None:
        """Forget colours: the theme changed."""
        super().notify_style_update()
        self.painter.clear()
        self._header_for = None

    def watch_sort(self) -> None:
        """Show the arrow at its new place."""
        self.refresh()

    def watch_descending(self) -> None:
        """Turn the arrow."""
        self.refresh()

    def watch_wanted(self) -> None:
        """Show the other columns."""
        self.refresh_rows()

    def on_key(self) -> None:
        """From the first key on, the cursor belongs to the person."""
        self._moved = True

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click moves the cursor too."""
        self._moved = True
