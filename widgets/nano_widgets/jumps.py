"""Jumping through a run: to errors, edits, test runs and what was said to the model."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from nano_widgets.chords import Chords
from nano_widgets.looks import EDIT, ERROR, TEST, USER

JUMP_KEYS: list[BindingType] = [
    Binding("]e", "jump('error', 1)", "Next error", show=False, tooltip="Next failure", id="jump.next_error"),
    Binding("[e", "jump('error', -1)", "Last error", show=False, tooltip="Failure before", id="jump.last_error"),
    Binding("]d", "jump('edit', 1)", "Next edit", show=False, tooltip="Next change", id="jump.next_edit"),
    Binding("[d", "jump('edit', -1)", "Last edit", show=False, tooltip="Change before", id="jump.last_edit"),
    Binding("]t", "jump('test', 1)", "Next test", show=False, tooltip="Next run of tests", id="jump.next_test"),
    Binding("[t", "jump('test', -1)", "Last test", show=False, tooltip="Run of tests before", id="jump.last_test"),
    Binding("]u", "jump('user', 1)", "Next word", show=False, tooltip="Next user message", id="jump.next_user"),
    Binding("[u", "jump('user', -1)", "Last word", show=False, tooltip="User message before", id="jump.last_user"),
]  # fmt: skip
_MARKS = {"error": ERROR, "edit": EDIT, "test": TEST, "user": USER}
_NAMES = {"error": "error", "edit": "edit", "test": "test run", "user": "message"}


class Jumps(Chords):
    """A view of a run with these keys; a subclass says where the marks are."""

    def find_mark(self, mark: int, direction: int) -> int | None:
        """The place with the mark that is next after the cursor, or before it; `None` when there is none."""
        raise NotImplementedError

    def go_to_mark(self, place: int) -> None:
        """Put the cursor on a place that was found."""
        raise NotImplementedError

    def action_jump(self, what: str, direction: int) -> None:
        """Go to the next (or previous) error, edit, test run or message of the person."""
        place = self.find_mark(_MARKS[what], direction)
        if place is None:
            self.app.notify(f"No {_NAMES[what]} {'below' if direction > 0 else 'above'}.", timeout=2, markup=False)
        else:
            self.go_to_mark(place)
