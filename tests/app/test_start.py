"""What must not be loaded before the first screen, told by a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "litellm",
    "openai",
    "httpx",
    "git",
    "pydantic",
    "yaml",
    "pyarrow",
    "pygments",
    "markdown_it",
    "sqlite3",
    "ray",
)
NEVER = ("litellm", "openai", "httpx", "git", "pyarrow", "ray")

PROGRAM = """
import asyncio, json, sys, time
from pathlib import Path
from nano_tui.app import NanoTui
from nano_tui.main_screen import MainScreen
from nano_tui.settings import Settings

loaded = {}

class Watched(MainScreen):
    def __init__(self, settings):
        super().__init__(settings)
        begin = self._beginning.start
        # Called when the first picture has been painted.
        self._beginning.start = lambda: (loaded.update({"at the first screen": sorted(sys.modules)}), begin())

async def main():
    app = NanoTui(settings := Settings((Path(sys.argv[1]),)))
    app.main = Watched(settings)
    async with app.run_test(size=(160, 48), notifications=True, tooltips=True) as pilot:
        end = time.monotonic() + 60
        while not app.query("#form") or "No runs" not in app.main.browse.table.notice:
            assert time.monotonic() < end, app.main.browse.table.notice
            await pilot.pause(0.02)
        loaded["when all is there"] = sorted(sys.modules)

asyncio.run(main())
print(json.dumps(loaded))
"""


def test_nothing_heavy_is_loaded_before_the_first_screen(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    for names, forbidden in ((loaded["at the first screen"], HEAVY), (loaded["when all is there"], NEVER)):
        assert not [name for name in names if name.split(".")[0] in forbidden]
    assert "nano_widgets.launch_form" not in loaded["at the first screen"]
