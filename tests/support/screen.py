"""Driving the app in tests: wait for what must become true, read what is on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

DEADLINE = 30.0
"""Seconds; two busy cores are slow, and a test that fails may take its time."""

INTERVAL = 0.03
"""Seconds between two looks: one at a whole screen takes as long, on two busy cores."""


def screen_text(app: App[Any]) -> str:
    """What a person sees now, line by line."""
    width, height = app.size
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in strip)[: width * 2] for strip in strips[:height])


async def until(pilot: Pilot[Any], true: Callable[[], object], what: str = "") -> None:
    """Let the app work until something is true; fails with the screen when it does not become so."""
    end = time.monotonic() + DEADLINE
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"never came true: {what or true}\n{screen_text(pilot.app)}")
        await pilot.pause(INTERVAL)


async def until_seen(pilot: Pilot[Any], *texts: str) -> None:
    """Let the app work until all texts are on the screen."""

    def seen() -> bool:
        screen = screen_text(pilot.app)
        return all(text in screen for text in texts)

    await until(pilot, seen, f"{texts} on the screen")


async def typed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys as fast as a person who does not look; then let the app come to rest, once."""
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 else key
        pilot.app.post_message(Key(name, key if len(key) == 1 else None))
    await pilot.pause()
