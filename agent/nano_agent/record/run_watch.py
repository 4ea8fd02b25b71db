"""What a run does, told without reading its history: cheap enough to look at hundreds of runs every second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.files import RunFiles
from nano_agent.record.liveness import Liveness
from nano_agent.record.state import RunState
from nano_agent.record.tail import Tail


class RunWatch:
    """Looks at one run again and again. A look while nothing happens costs two `stat` calls."""

    def __init__(self, folder: Path) -> None:
        self.files = RunFiles(folder)
        self.state = RunState()
        self._events = Tail(self.files.events)
        self._liveness = Liveness(self.files, self.state)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the run says about itself."""
        return self._liveness.metadata

    def poll(self) -> bool:
        """Look once; whether anything is different from the last look. Never raises for what is in the folder."""
        self._liveness.keep_time()
        lines = self._events.poll()
        for line in lines:
            if isinstance(event := parse(line), dict):
                self.state.take(event)
        # Also when there was news: that of a run which vanished long ago is old.
        return self._liveness.look(self._beat()) or bool(lines)

    def _beat(self) -> float:
        """The last sign of life; the live file has one every few seconds."""
        try:
            return self.files.live.stat().st_mtime
        except OSError:
            return 0.0
