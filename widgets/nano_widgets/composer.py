"""A place to write a few lines in, below what one reads: a message to the model, a reason, a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from nano_widgets.fields import Box
from nano_widgets.safe import safe

HINT = "Enter sends · Ctrl+J new line · Esc leaves, what is written stays"


class Draft(Box):
    """The text; Enter sends it."""

    BINDINGS = [
        Binding("enter", "send", "Send", tooltip="Send what is written", id="compose.send", priority=True),
        Binding("ctrl+j,alt+enter", "line", "New line", tooltip="Begin a new line", id="compose.line", priority=True),
        Binding("tab", "complete", "Complete", tooltip="Complete the command", id="compose.complete", priority=True),
        Binding("escape", "leave", "Leave", tooltip="Leave; what is written stays", id="compose.leave", priority=True),
    ]

    commands: Mapping[str, str] = MappingProxyType({})
    """What may be typed with a slash in front, each with what it does."""

    @property
    def fitting(self) -> list[str]:
        """The commands that begin with what is typed."""
        text = self.text
        return [name for name in self.commands if name.startswith(text)] if text.startswith("/") else []

    def action_complete(self) -> None:
        """Complete the command as far as it is clear which is meant."""
        self.text = _beginning(self.fitting)
        self.move_cursor(self.document.end)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Completing only where a command begins; elsewhere Tab does what it does."""
        return action != "complete" or bool(self.fitting)

    @dataclass
    class Done(Message):
        """Enter or Esc was pressed."""

        sent: bool

    def action_send(self) -> None:
        """Send it."""
        self.post_message(self.Done(True))

    def action_leave(self) -> None:
        """Leave it as it is."""
        self.post_message(self.Done(False))

    def action_line(self) -> None:
        """Begin a new line where the cursor is."""
        self.insert("\n")

    def on_hide(self, event: events.Hide) -> None:
        """Keep the focus when the word that it was hidden comes late: it is shown again, and written in."""
        if all(place.display for place in self.ancestors_with_self):
            event.prevent_default()


class Composer(Vertical):
    """One text for one purpose at a time; what was not sent is there again when the purpose comes back."""

    HELP = "Write, then Enter. `Ctrl+J` begins a new line, Esc leaves and keeps what is written."
    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 50%; background: $panel; border-top: solid $accent;
        #compose-label { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        Draft { height: auto; min-height: 1; max-height: 12; border: none; padding: 0 1; background: $boost; }
    }
    """

    @dataclass
    class Sent(Message):
        """Something was written and is to be sent."""

        composer: Composer
        purpose: str
        text: str

        @property
        def control(self) -> Composer:
            """The composer."""
            return self.composer

    @dataclass
    class Left(Message):
        """The composer is closed: sent, or left."""

        composer: Composer

        @property
        def control(self) -> Composer:
            """The composer."""
            return self.composer

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.draft = Draft(compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self._label = Static("", id="compose-label", markup=False)
        self._drafts: dict[str, str] = {}
        self._words = ""
        self._purpose = ""
        self.display = False

    def compose(self) -> ComposeResult:
        """What it is for, and the text."""
        yield self._label
        yield self.draft

    @property
    def purpose(self) -> str:
        """What is being written; empty when nothing is."""
        return self._purpose if self.display else ""

    def open(
        self, purpose: str, label: str, text: str = "", commands: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Begin to write for a purpose, with what was left of it the last time, else with `text`.

        `commands` are completed after a slash; to send what they stand for is not the composer's business.
        """
        self.keep()
        self._purpose, self._words, self.draft.commands = purpose, label, commands
        self.draft.text = self._drafts.get(purpose, text)
        self.draft.move_cursor(self.draft.document.end)
        self.display = True
        self.draft.focus()
        self._explain()

    def on_text_area_changed(self) -> None:
        """The commands that fit may be others now."""
        self._explain()

    def _explain(self) -> None:
        """Say what to write and how it is sent; where a command begins, which there are."""
        fitting = self.draft.fitting
        several = "  ".join(fitting) + "  Tab completes"
        hint = f"{fitting[0]}  {self.draft.commands[fitting[0]]}" if len(fitting) == 1 else several if fitting else HINT
        # Commands need the room; what they are for was read before the slash was typed.
        label = "" if fitting else f"{safe(self._words, keep_newlines=False)}  "
        self._label.update(Content.assemble((label, "bold"), (hint, "$foreground 60%")))

    def keep(self) -> None:
        """Remember what is written but not sent."""
        if self._purpose:
            self._drafts[self._purpose] = self.draft.text

    def close(self) -> None:
        """Go away; the draft stays."""
        self.keep()
        self._purpose, self.display = "", False
        self.post_message(self.Left(self))

    def on_draft_done(self, event: Draft.Done) -> None:
        """Send, or leave."""
        event.stop()
        purpose, text = self._purpose, self.draft.text
        self.close()
        if event.sent:
            self._drafts.pop(purpose, None)
            self.post_message(self.Sent(self, purpose, text))


def _beginning(words: Sequence[str]) -> str:
    """What all of these begin with."""
    first = words[0]
    length = next((i for i, letters in enumerate(zip(*words, strict=False)) if len(set(letters)) > 1), None)
    return first[:length] if length is not None else min(words, key=len)
