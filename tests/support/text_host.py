"""An app that holds a view of texts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult

from nano_widgets.text_view import Section, TextView
from support.painted import lines


class TextHost(App[None]):
    """Texts under headings, and what is to be read of them."""

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self.sections = sections

    def compose(self) -> ComposeResult:
        yield TextView()

    def on_mount(self) -> None:
        self.view.focus()
        self.view.show(self.sections)

    @property
    def view(self) -> TextView:
        return self.query_one(TextView)

    @property
    def text(self) -> str:
        return "\n".join(lines(self.view))
