"""Noticing that a run ended without saying so: its process vanished, or its last event could not be written."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.clock import Jumps, seconds_of
from nano_agent.record.files import RunFiles
from nano_agent.record.process import Condition, age, condition
from nano_agent.record.state import RunState

INTERVAL = 1.0
"""Seconds between two looks at whether the run's process is still there."""


class Liveness:
    """Looks after the process of one run, and corrects the run's state."""

    def __init__(self, files: RunFiles, state: RunState) -> None:
        self._files = files
        self._state = state
        self._checked = 0.0
        self._jumps = Jumps()
        self.metadata: Mapping[str, Any] = {}
        """The run's metadata, as it was at the last look."""
        self.read()

    def keep_time(self) -> None:
        """Notice that the clock was set, so that no age is wrong; called before every look at the events."""
        if jump := self._jumps.since_last():
            self._state.shift(jump)

    def look(self, beat: float) -> bool:
        """Look, once a second at most; whether the state is another now.

        `beat` is the time of the last sign of life in the live file, in seconds since the epoch.
        """
        now = time.monotonic()
        if self._state.ended or now - self._checked < INTERVAL:
            return False
        self._checked = now
        # In this order: what a process that is gone has written is final.
        process = self.metadata.get("process")
        how = condition(process, max(beat, self._state.last_event or 0.0))
        self.read()
        if ended := self.metadata.get("ended_at"):
            # The end is in the metadata but no event says so: the disk was full, or the folder was edited.
            self._state.wake()
            self._state.doing, self._state.since, self._state.ask = "ended", seconds_of(ended), None
            self._state.exit_status = str(self.metadata.get("exit_status"))
            return True
        # A run that was taken up again meanwhile has another process, which is looked at the next time.
        return process == self.metadata.get("process") and self._is_now(how, process)

    def _is_now(self, how: Condition, process: object) -> bool:
        """Take in how the process is; whether the state is another now."""
        was_suspended = self._state.doing == "suspended"
        if how == "gone":
            self._state.lose()
        elif how == "suspended" and not was_suspended:
            self._state.suspend()
        elif how == "alive" and was_suspended:
            self._state.wake()
        else:
            lived = age(process)
            self._state.begun_within(math.inf if lived is None else lived, time.time())
            return False
        return True

    def read(self) -> None:
        """Read the metadata; what cannot be read leaves what was known."""
        try:
            metadata = parse(self._files.metadata.read_bytes())
        except OSError:
            return
        self.metadata = metadata if isinstance(metadata, dict) else self.metadata
