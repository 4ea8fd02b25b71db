"""A diff to read: files, hunks, line numbers, the words that changed; unified, or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from nano_widgets.chords import Chords
from nano_widgets.clipboard import copy
from nano_widgets.diff_flow import BESIDE_FROM, DiffFlow
from nano_widgets.flow.flow_view import FLOW_KEYS
from nano_widgets.flow.searching import SEARCH_KEYS

_SIDE_STEP = 16
DIFF_KEYS: list[BindingType] = [
    Binding("]d", "go_hunk(1)", "Next change", show=False, tooltip="Go to the next hunk", id="diff.next_hunk"),
    Binding("[d", "go_hunk(-1)", "Last change", show=False, tooltip="Go to the hunk before", id="diff.last_hunk"),
    Binding("]f", "go_file(1)", "Next file", show=False, tooltip="Go to the next file", id="diff.next_file"),
    Binding("[f", "go_file(-1)", "Last file", show=False, tooltip="Go to the file before", id="diff.last_file"),
    Binding("space", "fold", "Fold", show=False, tooltip="Fold the file at the top, or unfold it", id="diff.fold"),
    Binding("Z", "fold_all", "Fold all", show=False, tooltip="Fold all files, or unfold them", id="diff.fold_all"),
    Binding("U", "context", "Context", show=False, tooltip="Show or hide unchanged lines", id="diff.context"),
    Binding("b", "beside", "Beside", tooltip="Old and new side by side, or one below the other", id="diff.beside"),
    Binding("w", "wrap", "Wrap", tooltip="Let long lines run out of sight, or wrap them", id="diff.wrap"),
    Binding("greater_than_sign,shift+right", "side(1)", "Right", show=False, tooltip="Look right", id="diff.right"),
    Binding("less_than_sign,shift+left", "side(-1)", "Left", show=False, tooltip="Look left", id="diff.left"),
    Binding("y", "copy", "Copy", show=False, tooltip="Copy the diff of the file at the top", id="diff.copy"),
    Binding("Y", "copy_all", "Copy all", show=False, tooltip="Copy the whole diff as it is", id="diff.copy_all"),
]


class DiffView(DiffFlow, Chords):
    """Shows a unified diff (or an `apply_patch` envelope); what is no diff in it is shown as it is."""

    HELP = (
        "A diff. `]d` and `[d` go to changes, `]f` and `[f` to files, `b` puts old and new side by side, Space folds "
        "the file at the top, `Z` all of them, `U` hides unchanged lines, `w` keeps each line in one row, `<` and "
        "`>` move sideways, `/` searches. `y` copies the file's diff, `Y` all."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*FLOW_KEYS, *SEARCH_KEYS, *DIFF_KEYS]
    # Moving

    def action_go_hunk(self, direction: int) -> None:
        """Go to the next hunk, or the one before."""
        self._go_among(self.diff.hunks, direction)

    def action_go_file(self, direction: int) -> None:
        """Go to the next file, or the one before."""
        self._go_among([file.start for file in self.diff.files], direction)

    def _go_among(self, lines: list[int], direction: int) -> None:
        at = self.line_at_top()
        after = [line for line in lines if line > at] if direction > 0 else [line for line in lines[::-1] if line < at]
        if after:
            self.go_to_line_of_diff(after[0])

    async def on_click(self, event: events.Click) -> None:
        """Go to the file that was clicked in the list, or fold the one that was clicked itself."""
        place = self.position_at(event.y)
        rows = self.layouts.rows(place[0]) if place is not None else ()
        folds = rows[place[1]].folds if place is not None and place[1] < len(rows) else None
        if isinstance(folds, tuple) and event.x < self.size.width - 1:
            if folds[0] == "go":
                self.go_to_line_of_diff(folds[1])
            else:
                self._toggle(folds[1])

    # How it is shown

    def action_beside(self) -> None:
        """Old and new side by side, or one below the other."""
        self.two_columns = not self.two_columns
        if self.two_columns and not self._beside:
            words = f"There is room for two columns from {BESIDE_FROM} cells of width on."
            self.app.notify(words, timeout=3, markup=False)

    def action_wrap(self) -> None:
        """Wrap long lines, or stop it."""
        self._look.wraps, self._look.x = not self._look.wraps, 0
        self.changed()

    def action_side(self, direction: int) -> None:
        """Look further right or left."""
        self._look.x = max(0, self._look.x + direction * _SIDE_STEP)
        self._look.wraps = False
        self.changed()

    def action_context(self) -> None:
        """Show or hide unchanged lines."""
        self._look.context = not self._look.context
        self.changed()

    def action_fold(self) -> None:
        """Fold the file at the top of the view, or unfold it."""
        file = self.file_at_top() or next(iter(self.diff.files), None)
        if file is not None:
            self._toggle(file.start)

    def _toggle(self, start: int) -> None:
        self._folded ^= {self.diff.file_number(start)}
        self._rearrange()
        self.go(self._place(start))

    def action_fold_all(self) -> None:
        """Fold all files, or unfold them all."""
        everything = set(range(len(self.diff.files)))
        self._folded = set() if self._folded == everything else everything
        self._rearrange()

    # Copying

    def action_copy(self) -> None:
        """Copy the diff of the file at the top; the whole where there is just one, or none is at the top."""
        files, number = self.diff.files, self.diff.file_number(self.line_at_top())
        if number < 0 or len(files) == 1:
            self.action_copy_all()
            return
        end = files[number + 1].start if number + 1 < len(files) else len(self.diff.lines)
        self._copy(self.diff.lines[files[number].start : end], "the file's diff")

    def action_copy_all(self) -> None:
        """Copy the whole diff, as it is."""
        self._copy(self.diff.lines, "the diff")

    def _copy(self, lines: Sequence[str], what: str) -> None:
        copy(self, "".join(f"{line}\n" for line in lines), what)
