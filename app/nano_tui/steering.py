"""Steering runs from the app: a command goes to a run's inbox, in the background, and what cannot be sent is said."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from textual.widget import Widget

from nano_tui.bridge import in_background

CONFIRM_WITHIN = 4.0
"""Seconds within which the second press must come."""


class Steerer:
    """Sends commands to runs for a widget, whose notices it uses."""

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self._asked: tuple[Path, float] | None = None
        self._sent = 0

    def send(self, folder: Path, do: str, told: str = "", **fields: Any) -> None:
        """Send a command, and say `told` when it is in the inbox; the run records what becomes of it."""
        self._sent += 1
        # A group of its own, since what is sent must not take the place of what was sent before.
        in_background(self._owner, f"{do}-{self._sent}", lambda: self._send(folder, do, told, fields))

    async def _send(self, folder: Path, do: str, told: str, fields: dict[str, Any]) -> None:
        from nano_agent.control.sending import send

        try:
            await asyncio.to_thread(send, folder, do, **fields)
        except OSError as error:
            why = error.strerror or str(error)
            self._owner.notify(f"The run cannot be told: {why}", severity="error", markup=False)
        else:
            if told:
                self._owner.notify(told, timeout=3, markup=False)

    def press_stop(self, folder: Path) -> None:
        """The key for stopping was pressed: at the second time the run is told, since it cannot be taken back."""
        now = time.monotonic()
        asked, self._asked = self._asked, None
        if asked is not None and asked[0] == folder and now - asked[1] < CONFIRM_WITHIN:
            self.send(folder, "stop", "Stopping: the run answers its open calls and writes its end.")
            return
        self._asked = (folder, now)
        self._owner.notify("Press S again to stop this run.", timeout=CONFIRM_WITHIN, markup=False)
