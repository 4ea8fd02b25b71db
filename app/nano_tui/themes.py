"""The colours that were chosen, kept from one start to the next."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nano_tui import state
from nano_tui.bridge import in_background

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen
    from textual.theme import Theme


def keep_theme(app: App[Any], screen: Screen[Any]) -> None:
    """Take the theme that was chosen last, and remember each that is chosen from now on."""
    chosen = state.load().theme
    if chosen in app.available_themes:
        app.theme = chosen

    def changed(theme: Theme) -> None:
        if theme.name != state.load().theme:
            in_background(screen, "theme", lambda: _remember(theme.name))

    app.theme_changed_signal.subscribe(screen, changed)


async def _remember(name: str) -> None:
    await asyncio.to_thread(state.change, lambda remembered: replace(remembered, theme=name))
