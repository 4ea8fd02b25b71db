"""The app: what is common to all screens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.notifications import SeverityLevel
from textual.screen import Screen

from nano_tui.bridge import WorkFailed
from nano_tui.garbage import SETTLED_AFTER, settle
from nano_tui.key_order import KeyOrder
from nano_tui.keys import keys_of
from nano_tui.main_screen import MainScreen
from nano_tui.settings import Settings
from nano_tui.signals import leave_on_signals
from nano_widgets.safe import safe

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_tui.scanning import Scanning


class NanoTui(App[None]):
    """Launch, watch and browse runs."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "nano-tui"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = [
        Binding("question_mark,f1", "help", "Help", tooltip="What this pane is for, and its keys", id="app.help"),
        Binding("q,ctrl+q", "quit", "Quit", tooltip="Leave; runs that are going go on", id="app.quit"),
        Binding("ctrl+p", "command_palette", "Palette", tooltip="Find anything that can be done", id="app.palette"),
    ]

    def __init__(self, settings: Settings | None = None, scanning: Scanning | None = None) -> None:
        """`scanning` is a scan of what is browsed that has begun already."""
        super().__init__()
        self.main = MainScreen(settings or Settings(), scanning)
        """The screen below all dialogs."""
        self._keys_in_order = KeyOrder(self, super().on_event)

    def get_default_screen(self) -> Screen[Any]:
        """The three panes."""
        return self.main

    @property
    def going_on(self) -> Sequence[Summary]:
        """The runs that are going, as far as is known."""
        return self.main.going_on

    def on_mount(self) -> None:
        """Leave tidily when the system asks for it; go easy on Python's garbage collection."""
        if not self.is_headless:
            leave_on_signals(self)
            self.set_timer(SETTLED_AFTER, settle)

    async def on_event(self, event: events.Event) -> None:
        """As Textual's, but that a key waits until the one before has done its work."""
        if isinstance(event, events.Key | events.Paste) and not self.screen_stack:
            return  # typed while the app was closing
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._keys_in_order.take(event)
        else:
            await super().on_event(event)
            self._keys_in_order.came_back(event)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Say what broke in the background, and keep the details."""
        from nano_tui.faults import keep

        place = keep(message.name, message.error)
        self.notify(
            f"{message.name}: {type(message.error).__name__}: {message.error}\nDetails are in {place}.",
            title="Something broke that should not",
            severity="error",
            timeout=15,
            markup=False,
        )

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """As Textual's, for texts that hold paths and errors: harmless, and never markup."""
        super().notify(safe(message), title=safe(title), severity=severity, timeout=timeout, markup=False)

    def action_help(self) -> None:
        """Explain the pane and the keys where the focus is."""
        from nano_tui.help import HelpScreen, about

        self.push_screen(HelpScreen(*about(self.focused), keys_of(self.screen)))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that a key can do here, and the theme."""
        from nano_tui.palette import commands

        yield from (SystemCommand(*command) for command in commands(self, screen))
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
