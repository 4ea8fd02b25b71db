"""An app that holds a diff."""

from __future__ import annotations

from textual.app import App, ComposeResult

from nano_widgets.diff_view import DiffView
from support.painted import lines


class DiffHost(App[None]):
    """A diff, and its lines as they are read."""

    def compose(self) -> ComposeResult:
        yield DiffView()

    def on_mount(self) -> None:
        self.view.focus()

    @property
    def view(self) -> DiffView:
        return self.query_one(DiffView)

    @property
    def lines(self) -> list[str]:
        return [line.strip("┃│ ").rstrip() for line in lines(self.view)]
