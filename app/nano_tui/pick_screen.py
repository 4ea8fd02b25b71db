"""A small list over everything else, to pick from."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from nano_tui.key_bar import KeyBar
from nano_widgets.line_list import LineList
from nano_widgets.pick_list import Option, PickList


class PickScreen(ModalScreen[set[str] | None]):
    """Gives the values that were picked; `None` when the person thought better of it."""

    BINDINGS = [
        Binding("escape,q", "dismiss", "Close", tooltip="Leave it as it was", id="picks.close"),
        Binding("a", "none", "Automatic", tooltip="Pick none: what is shown chooses itself", id="picks.none"),
    ]
    DEFAULT_CSS = """
    PickScreen {
        align: center middle;
        #picks { border: round $accent; padding: 0 1; background: $surface; max-width: 90%; max-height: 90%; }
    }
    """

    def __init__(self, title: str, options: Sequence[Option], picked: Collection[str] = (), many: bool = False) -> None:
        super().__init__()
        self._title, self._many = title, many
        self.list = PickList(options, picked, many, id="picks")

    def compose(self) -> ComposeResult:
        """The list, as large as its options."""
        options = self.list.options
        widest = max(len(option.label) for option in options) + max(len(option.help) for option in options)
        # The signs before the names, gaps, the scroll bar, the frame.
        self.list.styles.width = max(widest + 15, 48)
        self.list.styles.height = len(options) + 2
        self.list.border_title = self._title
        enter = "Space picks · a automatic · Enter done" if self._many else "Enter picks"
        self.list.border_subtitle = f"{enter} · Esc closes"
        yield self.list
        yield KeyBar()

    def on_mount(self) -> None:
        """The keys are the list's."""
        self.list.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Picking none where there are many."""
        return action != "none" or self._many

    @on(LineList.Selected)
    def _picked(self, event: LineList.Selected) -> None:
        event.stop()
        self.dismiss(self.list.picked)

    def action_none(self) -> None:
        """Nothing is picked, and that is all."""
        self.dismiss(set())
