"""A theme that was chosen is there again at the next start; all that is said can be read in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color

from nano_tui import state
from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from support.screen import until, until_seen

SAMPLES = Path(__file__).parents[2] / "sample_trajectories"
LEAST = 2.5
"""Contrast of a text to its ground, from 1 to 21: what a hint in an empty field has in Textual's own themes."""


async def test_a_theme_is_remembered(tmp_path: Path) -> None:
    for theme, before in (("ansi-dark", "textual-dark"), ("textual-light", "ansi-dark")):
        app = NanoTui(Settings((tmp_path,)))
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda app=app, before=before: app.theme == before)
            await pilot.pause()
            app.theme = theme
            await until(pilot, lambda theme=theme: state.load().theme == theme)


def luminance(colour: Color) -> float:
    """Of a colour as the eye sees it, 0 to 1 (<https://www.w3.org/TR/WCAG21/#dfn-relative-luminance>)."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def too_faint(app: App[None]) -> Iterator[tuple[str, str, str]]:
    """Texts on the screen that have less contrast, with their colours."""
    for strip in app.screen._compositor.render_strips(app.size):
        for text, style, _ in strip:
            if style is not None and style.color and style.bgcolor and any(map(str.isalnum, text)):
                colour, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
                darker, lighter = sorted(map(luminance, (colour, ground)))
                if (lighter + 0.05) / (darker + 0.05) < LEAST:
                    yield text.strip(), colour.hex, ground.hex


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_all_that_is_said_can_be_read(theme: str, tmp_path: Path) -> None:
    for folder, said in ((SAMPLES, "age"), (tmp_path, "No runs yet here")):
        app = NanoTui(Settings((folder,)))
        async with app.run_test(size=(180, 40)) as pilot:
            await until_seen(pilot, said, "openai/gpt-4.1-mini")
            app.theme = theme
            await pilot.pause()
            assert list(too_faint(app)) == []
