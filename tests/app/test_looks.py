"""What a person sees, kept as text: a few views of a sample run, compared with tests/app/looks.

`NANO_NEW_LOOKS=1 pytest tests/app/test_looks.py` writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from support.screen import screen_text, until

LOOKS = Path(__file__).with_name("looks")
SAMPLE = Path(__file__).parents[2] / "sample_trajectories" / "fix-off-by-one"
WITHIN = 5.0
RENEW = os.environ.get("NANO_NEW_LOOKS")
WAYS = {
    "transcript": (["l", "l", "l"], "3 assistant"),
    "search": (["slash", *"range", "enter"], " of "),
    "call": (["escape", "l", "enter", "enter"], "[call]"),
    "result": (["o"], "[result]"),
    "diff": (["D"], "@@"),
    "tree": (["t"], "[tree]"),
    "record": (["r"], "exactly"),
    "request": (["m"], "new since"),
    "cost": (["dollar_sign"], "neither"),
}
"""The keys that lead from each view to the next, and what must be seen before it is compared."""


@pytest.mark.parametrize("size", [(118, 30), (80, 24)], ids=["wide", "narrow"])
async def test_the_views_look_as_they_did(tmp_path: Path, size: tuple[int, int]) -> None:
    run = shutil.copytree(SAMPLE, tmp_path / SAMPLE.name)
    app = NanoTui(Settings((run,)))
    place = LOOKS / f"{size[0]}x{size[1]}"
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await until(pilot, lambda: "1 assistant" in screen_text(app))
        for name, (keys, seen) in WAYS.items():
            await pilot.press(*keys)
            await until(pilot, lambda seen=seen: seen in screen_text(app), name)
            kept = place / f"{name}.txt"
            if RENEW:
                await pilot.pause(0.5)
                place.mkdir(parents=True, exist_ok=True)
                kept.write_text(look(app), encoding="utf-8")
            expected = kept.read_text(encoding="utf-8")
            # Colours and marks come a moment after the text.
            end = time.monotonic() + WITHIN
            while look(app) != expected and time.monotonic() < end:
                await pilot.pause(0.02)
            assert look(app) == expected, f"{name} looks different: {kept}"


def look(app: NanoTui) -> str:
    """The screen as text."""
    return "\n".join(line.rstrip() for line in screen_text(app).split("\n")) + "\n"
