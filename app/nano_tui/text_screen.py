"""A text over everything else, to be read and closed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from nano_tui.key_bar import KeyBar
from nano_widgets.safe import safe


class TextScreen(ModalScreen[None]):
    """Shows a text; one that is no `Content` may be foreign."""

    BINDINGS = [
        Binding("escape,q,enter", "dismiss", "Close", tooltip="Close this", id="text.close"),
        Binding("j,down", "scroll(1)", "Down", show=False, tooltip="Scroll down", id="text.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, tooltip="Scroll up", id="text.up"),
    ]
    DEFAULT_CSS = """
    TextScreen {
        align: center middle;
        #text {
            width: 90%; max-width: 96; height: auto; max-height: 90%;
            border: round $accent; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
        }
    }
    """

    def __init__(self, title: str, text: str | Content) -> None:
        super().__init__()
        self._title = title
        self._text = text if isinstance(text, Content) else Content(safe(text))

    def compose(self) -> ComposeResult:
        """The text in a box."""
        with VerticalScroll(id="text") as box:
            box.border_title = self._title
            box.border_subtitle = "Esc closes"
            yield Static(self._text)
        yield KeyBar()

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#text").scroll_relative(y=by, animate=False)

    def on_click(self) -> None:
        """A click closes it, as a key does."""
        self.dismiss()
