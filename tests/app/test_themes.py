"""A theme that was chosen is there again at the next start."""

from __future__ import annotations

from pathlib import Path

from nano_tui import state
from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from support.screen import until


async def test_a_theme_is_remembered(tmp_path: Path) -> None:
    for theme, before in (("ansi-dark", "textual-dark"), ("textual-light", "ansi-dark")):
        app = NanoTui(Settings((tmp_path,)))
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda app=app, before=before: app.theme == before)
            await pilot.pause()
            app.theme = theme
            await until(pilot, lambda theme=theme: state.load().theme == theme)
