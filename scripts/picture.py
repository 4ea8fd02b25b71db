"""Make the pictures of the README: the app on the samples, one of them being replayed as a live run.

    .venv/bin/python scripts/picture.py

Writes docs/screenshot.svg and docs/narrow.svg, the pictures of docs/views.md, and docs/screenshot.png where Chromium is
installed: only a browser draws Textual's SVG as a terminal would look.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = (172, 42), (80, 24)
WITHIN = 60.0


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nano-tui-") as temporary:
        # Neither the index nor the remembered form of whoever makes the picture.
        for name in ("CACHE", "STATE", "CONFIG"):
            os.environ[f"XDG_{name}_HOME"] = temporary
        (DOCS / "screenshot.svg").write_text(asyncio.run(three_panes(Path(temporary))), encoding="utf-8")
        (DOCS / "narrow.svg").write_text(asyncio.run(one_pane()), encoding="utf-8")
    to_png(DOCS / "screenshot.svg", DOCS / "screenshot.png")
    subprocess.run([sys.executable, str(ROOT / "scripts" / "views.py")], check=True)


async def three_panes(place: Path) -> str:
    """A run in the middle of its work, and a finished one opened beside it."""
    from nano_tui import demo
    from nano_tui.app import NanoTui
    from nano_tui.samples import samples_folder
    from nano_tui.settings import Settings

    samples = samples_folder()
    assert samples is not None
    # A copy, so that the picture does not say where this checkout is.
    sample = shutil.copytree(samples / demo.SAMPLE, place / demo.SAMPLE)
    app = NanoTui(Settings((samples,), place / "runs", "browse", partial(demo.prepare, place, sample)))
    async with app.run_test(size=WIDE) as pilot:
        table = app.main.browse.table
        await until(pilot.pause, lambda: table.row_count > len(list(samples.iterdir())) - 1)
        view = app.query("#live-view")
        await until(pilot.pause, lambda: bool(view) and "[patch applied" in shown(app))
        picture = app.export_screenshot(title="nano-tui")
    demo.end_runs(place / "runs")
    return picture


async def one_pane() -> str:
    """A run opened on a small screen: outline and transcript."""
    from nano_tui.app import NanoTui
    from nano_tui.samples import samples_folder
    from nano_tui.settings import Settings

    samples = samples_folder()
    assert samples is not None
    app = NanoTui(Settings((samples / "parallel-calls",)))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot.pause, lambda: "1 assistant" in shown(app))
        await pilot.press("l", "l")
        await pilot.pause(0.3)
        return app.export_screenshot(title="nano-tui")


def shown(app: object) -> str:
    """The text on the screen."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.screen import screen_text

    return screen_text(app)  # type: ignore[arg-type]


async def until(pause: Callable[..., object], true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline, "the picture's moment never came"
        await pause(0.02)  # type: ignore[misc]


def to_png(svg: Path, png: Path) -> None:
    """Draw the SVG in a browser; says so where there is none."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"no browser found ({', '.join(BROWSERS)}): {png.name} was not made")
        return
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text(encoding="utf-8"))
    assert size is not None
    width, height = (int(float(number)) + 1 for number in size.groups())
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
    command = [browser, *options, f"--window-size={width},{height}", f"--screenshot={png}", svg.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    print(f"{png.relative_to(ROOT)}: {width} x {height}")


if __name__ == "__main__":
    main()
