"""A place to write a few lines in, below what one reads: a message to the model, a reason, a command."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from nano_widgets.fields import Box
from nano_widgets.safe import safe

HINT = "  Enter sends · Ctrl+J new line · Esc leaves, what is written stays"


class Draft(Box):
    """The text; Enter sends it."""

    BINDINGS = [
        Binding("enter", "send", "Send", tooltip="Send what is written", id="compose.send", priority=True),
        Binding("ctrl+j,alt+enter", "line", "New line", tooltip="Begin a new line", id="compose.line", priority=True),
        Binding("escape", "leave", "Leave", tooltip="Leave; what is written stays", id="compose.leave", priority=True),
    ]

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

    def open(self, purpose: str, label: str, text: str = "") -> None:
        """Begin to write for a purpose, with what was left of it the last time, else with `text`."""
        self.keep()
        self._purpose = purpose
        self._label.update(Content.assemble((safe(label, keep_newlines=False), "bold"), (HINT, "$foreground 60%")))
        self.draft.text = self._drafts.get(purpose, text)
        self.draft.move_cursor(self.draft.document.end)
        self.display = True
        self.draft.focus()

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
