"""A diff as a flow: what is laid out where, searched, and in which file one is. Its keys are in `diff_view`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.reactive import reactive

from nano_widgets.diff_layout import Chunk, chunk_of, chunks
from nano_widgets.diff_rows import DiffRows, Look, counts, file_row
from nano_widgets.diff_text import CONTEXT, Diff, FileDiff, parse
from nano_widgets.flow.page import Look as PageLook
from nano_widgets.flow.page import Page
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.row import Row
from nano_widgets.flow.search import Hit
from nano_widgets.flow.searching import Searching
from nano_widgets.safe import cells, one_line
from nano_widgets.units import count

BESIDE_FROM = 100
"""Cells of width from which on two columns have room."""
_FILES_LISTED = 100
_SEARCHED = 200
"""Lines that are searched at a time."""


class DiffFlow(Searching):
    """Lays a diff out, unified or side by side."""

    GUTTER = 1

    two_columns: reactive[bool] = reactive(False, init=False)
    """Whether old and new are wanted side by side; they stand so where there is room."""
    _wanted: ClassVar[bool] = False

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.notice = "No changes."
        self.diff = Diff([], bytearray())
        self._look = Look()
        self._chunks: list[Chunk] = []
        self._folded = set[int]()
        self._title = ""
        self._notes: Sequence[str] = ()
        self._beside = False
        self.set_reactive(DiffFlow.two_columns, DiffFlow._wanted)

    def show(self, diff: str | Diff | None, title: str = "", notes: Sequence[str] = ()) -> None:
        """Show a diff from its start. `title` and `notes` say above it what it is; `None` is an unknown diff."""
        self.stop_search()
        self.diff = diff if isinstance(diff, Diff) else parse(diff or "")
        self._look = Look(self._look.wraps, 0, self._look.context)
        self._folded.clear()
        self._title, self._notes = title, notes
        self.notice = "No changes." if diff is not None else "No diff is recorded."
        self._arrange()
        self.show_items(self._count())

    def _arrange(self) -> None:
        self._beside = self.two_columns and self.layouts.width >= BESIDE_FROM
        self._chunks = chunks(self.diff, self._beside, self._folded)

    def _count(self) -> int:
        return 1 + len(self._chunks) if self.diff.lines or self._notes else 0

    # Rows

    def lay_out(self, item: int, width: int) -> list[Row]:
        """The overview, or a stretch of lines."""
        if item == 0:
            return self._overview(width)
        chunk = self._chunks[item - 1]
        file = self.diff.file_of(chunk[0])
        if file is not None and chunk[0] == file.start and self.diff.file_number(chunk[0]) in self._folded:
            return [file_row(file, width, True)]
        rows = DiffRows(self.diff, chunk, self._look, width)
        return list(rows.beside() if self._beside else rows.in_order())

    def _overview(self, width: int) -> list[Row]:
        diff = self.diff
        page = Page(width)
        title = f"{self._title}: " if self._title else ""
        found = counts(diff.added, diff.removed)
        if diff.lines:
            page.line(((f"{title}{count(len(diff.files), 'file')}", "strong"), ("  ", ""), *found))
        else:
            page.line(((f"{title}no changes", "strong"),))
        for note in self._notes:
            page.text(note, None, PageLook("note", words=True))
        if len(diff.files) > 1:
            for file in diff.files[:_FILES_LISTED]:
                numbers = counts(file.added, file.removed)
                path = one_line(file.path, width - 4 - sum(cells(text) for text, _ in numbers))
                page.line((("  ", ""), (path, "file"), ("  ", ""), *numbers), folds=("go", file.start))
            if len(diff.files) > _FILES_LISTED:
                page.line(((f"  … {count(len(diff.files) - _FILES_LISTED, 'more file')}", "fold"),))
        page.blank()
        return page.rows

    def on_resize(self) -> None:
        """Two columns need room: they come and go with it."""
        super().on_resize()
        if self._beside != (self.two_columns and self.layouts.width >= BESIDE_FROM):
            self._rearrange()

    # Places

    def go_to_line_of_diff(self, line: int) -> None:
        """Put a line of the diff (from 0) at the top, unfolding its file."""
        self._unfold(line)
        self.go(self._place(line))

    def _place(self, line: int) -> tuple[int, int]:
        item = 1 + chunk_of(self._chunks, line)
        rows = self.layouts.rows(item)
        parts = [row.part if isinstance(row.part, int) else -1 for row in rows]
        exact = next((r for r, part in enumerate(parts) if part == line), None)
        return (
            item,
            exact if exact is not None else max((r for r, part in enumerate(parts) if part <= line), default=0),
        )

    def line_at_top(self) -> int:
        """The line of the diff at the top of the view; -1 in the overview."""
        item, row = self.top
        if not item or item >= self.layouts.count:
            return -1
        rows = self.layouts.rows(item)
        part = rows[min(row, len(rows) - 1)].part if rows else None
        return part if isinstance(part, int) else self._chunks[item - 1][0]

    def file_at_top(self) -> FileDiff | None:
        """The file whose changes are at the top of the view."""
        line = self.line_at_top()
        return self.diff.file_of(line) if line >= 0 else None

    def _unfold(self, line: int) -> None:
        number = self.diff.file_number(line)
        if number in self._folded and line != self.diff.files[number].start:
            self._folded.discard(number)
            self._rearrange()

    def watch_two_columns(self, wanted: bool) -> None:
        """Show it the other way, here and in what is opened later."""
        DiffFlow._wanted = wanted
        self._rearrange()

    def _rearrange(self) -> None:
        """Cut the diff into other stretches; what is at the top stays there."""
        line = self.line_at_top()
        self._arrange()
        self.layouts.reset(self._count())
        self.go(self._place(line) if line >= 0 and self._chunks else (0, 0))
        self.refresh()

    # Searching

    def search_count(self) -> int:
        """How many stretches of lines there are."""
        return -(-len(self.diff.lines) // _SEARCHED)

    def search_texts(self, source: int) -> Iterable[tuple[str, str]]:
        """The lines of a stretch, signs and all."""
        return (("lines", "\n".join(self.diff.lines[source * _SEARCHED : (source + 1) * _SEARCHED])),)

    def search_place(self) -> Hit:
        """The current hit, else what is just above the view."""
        line, column = self._look.hit or (max(0, self.line_at_top()), -1)
        source, first = divmod(line, _SEARCHED)
        before = self.diff.lines[source * _SEARCHED : source * _SEARCHED + first]
        return (source, "lines", sum(len(one) + 1 for one in before) + column)

    def search_changed(self, pattern: Pattern | None) -> None:
        """Mark hits in what is shown."""
        self._look.search, self._look.hit = pattern, None
        self.changed()

    def show_hit(self, hit: Hit) -> None:
        """Bring a hit into sight, unfolding what hides it."""
        source, _, offset = hit
        text = next(iter(self.search_texts(source)))[1]
        line = source * _SEARCHED + text.count("\n", 0, offset)
        self._unfold(line)
        stale = self._look.hit
        self._look.hit = (line, offset - (text.rfind("\n", 0, offset) + 1))
        if not self._look.context and self.diff.kinds[line] == CONTEXT:
            self._look.context = True
            self.layouts.forget()
        for one in {line, stale[0] if stale else line}:
            self.layouts.forget(1 + chunk_of(self._chunks, one))
        place = self._place(line)
        in_sight = place in self.shown[1:-2]
        self.go(self.top if in_sight else self.layouts.walk(place, -self.height // 3))
