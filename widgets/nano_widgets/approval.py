"""What waits for a person: a call, all of it, or a run at a limit; and what can be decided."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from nano_agent.record import Ask
from nano_agent.record.messages import parsed
from nano_agent.trajectory import ToolCall
from nano_widgets import calls
from nano_widgets.safe import one_line
from nano_widgets.text_view import CodeLines, Section, TextView
from nano_widgets.transcript.markers import DiffLines, NewLines

LOOK_FIRST = 0.4
"""Seconds for which a call must have been there before a key decides on it: it may have been meant for the last one."""
_MOST_LINES = 16
_TYPED = "Nothing runs until you type a command: a, or a click on the button."
_LIMIT = "Raise it and the run goes on from here. If it ends, it can be resumed."
_TITLES = {"action": "type what is to run", "limits": "{name} was reached; the run waits for a higher one"}
_LABELS: Mapping[str, Mapping[str, str]] = {
    "action": {"once": "a Type it"},
    "limits": {"once": "a Raise it", "deny": "x End the run"},
}
"""What can be chosen, by what is edited; for calls all of it."""
_OF_CALLS = {
    "once": "a Approve",
    "deny": "x Deny",
    "edit": "E Edit",
    "command": "A Always this",
    "tool": "T All of {name}",
}


def sections_of(ask: Ask) -> Iterator[Section]:
    """The call in full: a command as it is, an edit as a diff, anything else as its arguments."""
    if ask.edits == "action":
        yield Section("", _TYPED)
        return
    if ask.edits == "limits":
        yield Section("", f"{ask.text}\n{_LIMIT}", words=True)
        return
    if ask.edits == "command":
        yield Section("", ask.text, marker=partial(CodeLines, "bash"))
        return
    view = calls.view(ToolCall(ask.call_id, ask.name, ask.text, parsed(ask.text)))
    if view.kind in ("edit", "write"):
        yield Section(f"{view.path}  {view.changes}", view.text, marker=DiffLines if view.diff else NewLines)
    else:
        yield Section("", ask.text)


class Approval(Vertical):
    """Shows what waits. It never takes the focus, so that whoever types goes on typing."""

    HELP = "A call waits for you: `a` approves it, `x` denies it, `E` edits it first."
    DEFAULT_CSS = """
    Approval {
        height: auto; max-height: 60%; border: round $warning; border-title-color: $text-warning; padding: 0 1;
        #approval-text { height: 3; }
        #approval-choices { height: 1; }
        Button { margin: 0 2 0 0; min-width: 0; }
    }
    """

    @dataclass
    class Chosen(Message):
        """A button was pressed."""

        approval: Approval
        choice: str
        """once, command, tool, edit or deny."""

        @property
        def control(self) -> Approval:
            """The widget."""
            return self.approval

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ask: Ask | None = None
        """What waits now."""
        self._shown_at = 0.0
        self._text = TextView(id="approval-text")
        self._text.can_focus = False
        self._choices = {name: Button("", compact=True, name=name) for name in _OF_CALLS}
        for button in self._choices.values():
            button.can_focus = False
        self.display = False

    def compose(self) -> ComposeResult:
        """The call, and below it the choices."""
        yield self._text
        yield Horizontal(*self._choices.values(), id="approval-choices")

    @property
    def looked_at(self) -> bool:
        """Whether the call has been there long enough to be decided on by a key."""
        return time.monotonic() - self._shown_at >= LOOK_FIRST

    def show(self, ask: Ask | None) -> None:
        """Show the call that waits, or nothing when none does."""
        if ask == self.ask:
            return
        self.ask = ask
        self.display = ask is not None
        if ask is None:
            return
        self._shown_at = time.monotonic()
        sections = list(sections_of(ask))
        lines = sum(section.text.count("\n") + 1 + bool(section.title) for section in sections)
        self._text.styles.height = min(lines + 1, _MOST_LINES)
        self._text.show(sections)
        name = one_line(ask.name, 24)
        title = _TITLES.get(ask.edits, "{name} waits for your approval").replace("{name}", name)
        self.border_title = Content(f"? {title}")
        labels = _LABELS.get(ask.edits, _OF_CALLS)
        for choice, button in self._choices.items():
            button.label = Content(labels.get(choice, "").replace("{name}", name))
            button.display = choice in labels
            button.refresh(layout=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Hand the choice on."""
        event.stop()
        self.post_message(self.Chosen(self, str(event.button.name)))
