"""The run's side of its inbox: a look costs nothing while nobody writes, and it is looked at ten times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nano_agent.control.commands import Command, NotUnderstood, understood
from nano_agent.formats.source import parse
from nano_agent.record.files import RunFiles
from nano_agent.record.tail import Tail

POLL_INTERVAL = 0.1
_SHOWN = 200


class Inbox:
    """A run's view of its inbox, and of signals that ask it to stop."""

    def __init__(self, folder: Path, warn: Callable[[str], None] = lambda _: None) -> None:
        self._tail = Tail(RunFiles(folder).inbox)
        self._warn = warn
        self._next_look = 0.0
        self.stopped = False
        """Whether the run is to end."""
        self.stopped_by = ""
        self.source: Callable[[], list[Command]] = list
        """Where commands come from beside the file: the terminal of a run in the foreground."""

    def stop(self, by: str) -> None:
        """Ask for the end of the run; callable from a signal handler and from any thread."""
        self.stopped_by = self.stopped_by or by
        self.stopped = True

    def skip(self) -> list[Command]:
        """Pass over what stands in the file already: it was meant for an earlier process. Returns what that is."""
        return [command for line in self._tail.poll() if (command := self._read(line)) is not None]

    def poll(self, *, now: bool = False) -> list[Command]:
        """The commands that came since the last look; without `now` the file is looked at only when it is time."""
        found = [*self.source()]
        if now or time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + POLL_INTERVAL
            found += [command for line in self._tail.poll() if (command := self._read(line)) is not None]
        return found

    def _read(self, line: bytes) -> Command | None:
        if not line.strip():
            return None
        try:
            return understood(parse(line))
        except NotUnderstood as error:
            self._warn(f"inbox: not understood, {error}: {line[:_SHOWN].decode('utf-8', 'replace')}")
            return None
