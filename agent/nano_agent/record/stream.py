"""Everything a run writes, in the order in which it happened: events, messages, pieces of what is in flight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.files import RunFiles
from nano_agent.record.liveness import Liveness
from nano_agent.record.state import RunState
from nano_agent.record.tail import Tail

Record = dict[str, Any]


class RunStream:
    """Reads a run folder from its start, and goes on as it grows.

    Records are those of `events.jsonl`, and between them `{"type": "message", "index": 2, "message": {...}}`, each
    after the event that is about it, and `{"type": "live", ...}` with a record of `live.jsonl`. The last one is of type
    `end`; a run whose process vanished gets one with the exit status `lost`.
    """

    def __init__(self, folder: Path) -> None:
        files = RunFiles(folder)
        self.state = RunState()
        self.folder = folder
        self._events, self._messages, self._live = Tail(files.events), Tail(files.messages), Tail(files.live)
        self._liveness = Liveness(files, self.state)
        self._waiting: list[Any] = []
        self._told = 0
        """Index of the first message that was not told yet."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state.ended

    def poll(self) -> Iterator[Record]:
        """What came since the last look."""
        # A message is written after the events about it, so all of those are there when this order is kept.
        self._waiting += map(parse, self._messages.poll())
        news = False
        for line in self._events.poll():
            if isinstance(event := parse(line), dict):
                news = True
                yield from self._event(event)
        yield from self._until(None)
        for line in self._live.poll():
            if isinstance(record := parse(line), dict) and record.get("m") == self._told and "s" in record:
                yield {"type": "live", **record}
        if not news and not self.ended and self._liveness.look(self._beat()):
            # It ended without an event that says so.
            reason = self._liveness.metadata.get("exit_reason") or "its process vanished"
            yield {"type": "end", "exit_status": self.state.exit_status, "reason": reason}

    def _event(self, event: Record) -> Iterator[Record]:
        self.state.take(event)
        kind, index = event.get("type"), event.get("message")
        if kind == "request" and isinstance(before := event.get("messages"), int):
            yield from self._until(before)
        elif kind in ("reply", "tool_end") and isinstance(index, int):
            yield from self._until(index)
        elif kind == "end":
            yield from self._until(None)
        yield event
        if kind in ("reply", "tool_end") and isinstance(index, int):
            yield from self._until(index + 1)

    def _until(self, index: int | None) -> Iterator[Record]:
        """The messages that were not told yet, up to this one; all there are without one."""
        while self._waiting and (index is None or self._told < index):
            yield {"type": "message", "index": self._told, "message": self._waiting.pop(0)}
            self._told += 1

    def _beat(self) -> float:
        try:
            return self._live.path.stat().st_mtime
        except OSError:
            return 0.0
