"""An app whose terminal is gone does not stay, whatever Textual waits for."""

from __future__ import annotations

import subprocess
import sys

STUCK = """
import asyncio, os, signal
from nano_tui import signals

class Stuck:
    def exit(self, result, return_code): pass

async def main():
    signals.LASTS = 0.1
    signals.leave_on_signals(Stuck())
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_an_app_that_cannot_leave_is_ended_when_its_terminal_is_gone() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (129, b"")
