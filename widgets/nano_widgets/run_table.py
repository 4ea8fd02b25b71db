"""The table of runs and its keys: sorting, folding groups, marking runs for something to be done with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from nano_widgets.line_list import LineList
from nano_widgets.line_painter import MARK_WIDTH
from nano_widgets.row_cursor import LIST_KEYS
from nano_widgets.run_columns import BY_NAME, STARTED, STATUS, Column, column_at
from nano_widgets.run_list import NO_RUN, RunList

TABLE_KEYS: list[BindingType] = [
    Binding("space", "mark_or_fold", "Mark", tooltip="Mark the run, or unfold the group", id="runs.mark"),
    Binding("m", "mark", "Mark group", show=False, tooltip="Mark the whole group", id="runs.mark_group"),
    Binding("V", "mark_range", "Mark to here", show=False, tooltip="Mark from the last mark to here", id="runs.range"),
    Binding("M", "mark_all", "Mark all", show=False, tooltip="Mark every run of the table", id="runs.mark_all"),
    Binding("asterisk", "invert", "Invert", show=False, tooltip="Mark what is not marked instead", id="runs.invert"),
    Binding("u", "unmark", "Unmark", tooltip="Take all marks away", id="runs.unmark"),
    Binding("l,right", "fold(True)", "Unfold", show=False, tooltip="Show the runs of this group", id="runs.unfold"),
    Binding("h,left", "fold(False)", "Fold", show=False, tooltip="Hide the runs of this group", id="runs.fold"),
    Binding("L", "fold_all(True)", "Unfold all", show=False, tooltip="Unfold all groups", id="runs.unfold_all"),
    Binding("H", "fold_all(False)", "Fold all", show=False, tooltip="Fold all groups", id="runs.fold_all"),
    Binding("s", "sort_next", "Sort", tooltip="Sort by the next column", id="runs.sort"),
    Binding("S", "sort_reverse", "Reverse", show=False, tooltip="Sort the other way round", id="runs.reverse"),
]  # fmt: skip


class RunTable(RunList):
    """The list of runs with keys. Whoever owns it sorts the rows when `SortChosen` asks for it."""

    HELP = (
        "The table of runs. Enter opens one, `s` sorts by the next column, `S` the other way round. Space marks a run "
        "(`*`), `V` all from the last mark to here, `M` all, `u` none; what is marked is counted below. In groups "
        "Enter or Space unfolds one, `m` marks all of it, `h` and `l` fold and unfold, `H` and `L` do so with all. "
        "A group's row has the sum of costs and tokens (`≥` where some are unknown) and the mean (`ø`) of the rest."
    )
    BINDINGS = [*LIST_KEYS, *TABLE_KEYS]

    @dataclass
    class SortChosen(Message):
        """The rows are wanted in another order."""

        table: RunTable
        column: str
        descending: bool

        @property
        def control(self) -> RunTable:
            """The table."""
            return self.table

    @dataclass
    class MarksChanged(Message):
        """Other runs are marked than before; see `RunTable.marks`."""

        table: RunTable

        @property
        def control(self) -> RunTable:
            """The table."""
            return self.table

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._last_marked: tuple[str, int | str | None] | None = None

    # Marks

    def set_marks(self, ids: Iterable[int]) -> None:
        """Mark these runs and no others."""
        self.marks = set(ids) - {NO_RUN}
        self.refresh()
        # The key that takes marks away is there only while there are some.
        self.refresh_bindings()
        self.post_message(self.MarksChanged(self))

    def _toggle(self, line: int) -> None:
        ids = self.lines.ids(line)
        self._last_marked = self.lines.place(line)
        all_marked = bool(ids) and self.marks.issuperset(ids)
        self.set_marks(self.marks.difference(ids) if all_marked else self.marks.union(ids))

    def _mark_to(self, line: int) -> None:
        """Mark everything from the last mark, or the cursor, to a line."""
        first = self.lines.find(self._last_marked) if self._last_marked else None
        low, high = sorted((self.cursor if first is None else first, line))
        self.set_marks(self.marks.union(*(self._own_ids(i) for i in range(low, high + 1))))

    def _own_ids(self, line: int) -> Sequence[int]:
        """The runs that only this line stands for: none for the head of a group whose runs have lines of their own."""
        group, _ = self.lines.at(line)
        return () if group is not None and self.lines.is_unfolded(group) else self.lines.ids(line)

    def action_mark(self) -> None:
        """Mark the run or the group under the cursor, or take its mark away, and go on to the next row."""
        if self.row_count:
            self._toggle(self.cursor)
            self.cursor += 1

    def action_mark_or_fold(self) -> None:
        """On the head of a group fold it, else mark."""
        if not self._toggle_fold():
            self.action_mark()

    def action_mark_range(self) -> None:
        """Mark all rows from the last marked one to the cursor."""
        if self.row_count:
            self._mark_to(self.cursor)

    def action_mark_all(self) -> None:
        """Mark every run."""
        self.set_marks(self.lines.rows.ids if self.lines.rows is not None else ())

    def action_invert(self) -> None:
        """Mark those runs of the table that are not marked, and unmark the others."""
        self.set_marks(self.marks.symmetric_difference(self.lines.rows.ids if self.lines.rows is not None else ()))

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.set_marks(())

    # Groups

    def _toggle_fold(self) -> bool:
        """Fold or unfold the group whose head is under the cursor; whether there is one."""
        group = self.lines.at(self.cursor)[0] if self.cursor < len(self.lines) else None
        if group is None:
            return False
        self.lines.toggle(group)
        self.set_row_count(len(self.lines))
        return True

    def action_fold(self, unfold: bool) -> None:
        """Unfold the group under the cursor; fold the one that the cursor is in."""
        head = self.lines.head_of(self.cursor)
        group = self.lines.at(head)[0] if head is not None else None
        if head is None or group is None or (self.lines.is_unfolded(group) == unfold):
            return
        self.cursor = head
        self._toggle_fold()

    def action_fold_all(self, unfold: bool) -> None:
        """Fold or unfold every group; the cursor stays on its run, or goes to the head of its group."""
        place = self.lines.place(self.cursor)
        self.lines.unfold_all(unfold)
        self.set_row_count(len(self.lines), self.lines.find(place) if place else None, steady=True)

    def action_select(self) -> None:
        """Open the run under the cursor, or unfold the group."""
        if not self._toggle_fold():
            super().action_select()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Folding where there are groups, unmarking where there are marks."""
        if action in ("fold", "fold_all"):
            return self.lines.groups is not None
        if action == "mark":
            return bool(self.row_count)
        return bool(self.marks) if action == "unmark" else super().check_action(action, parameters)

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Mark with Ctrl, mark to here with Shift; on the sign before a group fold it."""
        index, offset = self.row_under(event), event.get_content_offset(self)
        if index is None or index < 0 or offset is None:
            return
        first = bool(self.shown) and self.shown[0] is STATUS
        if event.ctrl or event.shift:
            (self._mark_to if event.shift else self._toggle)(index)
        elif self.lines.at(index)[0] is not None and event.chain == 1 and first and offset.x < MARK_WIDTH + 2:
            self.cursor = index
            self._toggle_fold()

    # Sorting

    def on_line_list_header_clicked(self, event: LineList.HeaderClicked) -> None:
        """Sort by the column that was clicked; the other way round when it is sorted by already."""
        event.stop()
        column = column_at(self._columns, event.x)
        if column is not None and column.name == self.sort:
            self.action_sort_reverse()
        elif column is not None:
            self._sort_by(column, column.newest_first)

    def action_sort_next(self) -> None:
        """Sort by the next column of those that are shown."""
        shown = self.shown or [STARTED]
        place = next((i for i, column in enumerate(shown) if column.name == self.sort), -1)
        column = shown[(place + 1) % len(shown)]
        self._sort_by(column, column.newest_first)

    def action_sort_reverse(self) -> None:
        """Sort the other way round."""
        self._sort_by(BY_NAME.get(self.sort, STARTED), not self.descending)

    def _sort_by(self, column: Column, descending: bool) -> None:
        self.sort, self.descending = column.name, descending
        self.post_message(self.SortChosen(self, column.name, descending))
