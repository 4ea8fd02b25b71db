"""A file to read: line numbers, colours, and the lines that are not as they were at the start."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from nano_widgets.diff_text import ADD, CONTEXT, FILE, Diff, FileDiff
from nano_widgets.diff_view import DIFF_KEYS, DiffView
from nano_widgets.flow.flow_view import FLOW_KEYS
from nano_widgets.flow.searching import SEARCH_KEYS

_HERE = ("diff.wrap", "diff.right", "diff.left", "diff.copy", "diff.next_hunk", "diff.last_hunk")


class FileLines(Diff):
    """A file taken for a diff in which every line is a line of the new side."""

    def numbers(self, line: int) -> tuple[int | None, int | None]:
        """The line's number in the file."""
        return None, line if line else None


def file_lines(path: str, text: str, changed: Collection[int]) -> FileLines:
    """A file's text with the numbers (from 1) of its changed lines; those that begin a stretch can be gone to."""
    lines = text.removesuffix("\n").split("\n") if text else []
    kinds = bytearray((FILE, *(ADD if number in changed else CONTEXT for number in range(1, len(lines) + 1))))
    starts = [number for number in sorted(changed) if number - 1 not in changed and number <= len(lines)]
    file = FileDiff(path, 0, sum(kind == ADD for kind in kinds), 0)
    return FileLines([path, *(" " + line for line in lines)], kinds, [file], starts)


class FileView(DiffView):
    """Shows one file."""

    HELP = (
        "A file as of this step; lines with a + are not as at the start. `]d` and `[d` go to changes, `/` searches, "
        "`w` keeps each line in one row, `y` copies the file, Esc goes back to the list."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *FLOW_KEYS,
        *SEARCH_KEYS,
        *(key for key in DIFF_KEYS if isinstance(key, Binding) and key.id in _HERE),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        # A file has one side, however diffs are wanted.
        self.set_reactive(FileView.two_columns, False)

    def _copy(self, lines: Sequence[str], what: str) -> None:
        super()._copy([line[1:] for line in lines[1:]], "the file" if what else what)
