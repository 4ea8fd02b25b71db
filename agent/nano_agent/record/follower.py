"""Following a run folder while it grows, from any process and without talking to the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.clock import seconds_of
from nano_agent.record.files import RunFiles
from nano_agent.record.live import LiveTail
from nano_agent.record.liveness import Liveness
from nano_agent.record.messages import MessageFacts, build
from nano_agent.record.state import RunState
from nano_agent.record.tail import Tail
from nano_agent.trajectory import Message


@dataclass(frozen=True, slots=True)
class Update:
    """What one look at the folder found."""

    messages: tuple[Message, ...]
    """Messages that became complete since the last look."""
    tail: LiveTail | None
    """What is in flight now. The same object grows from look to look; `None` when nothing is."""
    state: RunState
    """The run's state; the same object changes from look to look."""
    changed: bool
    """Whether anything at all is different from the last look."""


class Follower:
    """Looks at a run folder again and again. A look at a folder where nothing happened costs four `stat` calls."""

    def __init__(self, folder: Path) -> None:
        self.files = RunFiles(folder)
        self.state = RunState()
        self._messages = Tail(self.files.messages)
        self._events = Tail(self.files.events)
        self._live = Tail(self.files.live)
        self._facts = MessageFacts()
        self._tail: LiveTail | None = None
        self._count = 0
        self._liveness = Liveness(self.files, self.state)
        self._beat = 0.0

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The run's metadata, as it was when the process was last looked after."""
        return self._liveness.metadata

    def poll(self) -> Update:
        """Look once. Never raises for what is in the folder; a folder that is gone simply has no news."""
        self._liveness.keep_time()
        # The message line comes after the events about it, so reading in this order sees all that is said of it.
        lines = self._messages.poll()
        events = [event for line in self._events.poll() if isinstance(event := parse(line), dict)]
        for event in events:
            self.state.take(event)
            self._facts.take(event)
        messages = tuple(self._build(line) for line in lines)
        live_changed = self._read_live(bool(messages))
        lost = self._look_after(bool(events))
        return Update(messages, self._tail, self.state, bool(messages or events or live_changed or lost))

    def _build(self, line: bytes) -> Message:
        index = self._count
        self._count += 1
        record = parse(line)
        if not isinstance(record, dict):
            return Message("other", note="unreadable line", raw=line.decode("utf-8", "replace"))
        return build(record, self._facts.of(index), self.files.folder)

    def _read_live(self, completed: bool) -> bool:
        records = [record for line in self._live.poll() if isinstance(record := parse(line), dict)]
        stale = self._tail is not None and (self._tail.message < self._count or self.state.ended)
        if self._live.restarted or stale:
            self._tail = None
        for record in records:
            number = record.get("m")
            self._beat = max(self._beat, seconds_of(record.get("t")) or 0.0)
            if not isinstance(number, int) or number < self._count or record.get("k") == "beat":
                continue
            if self._tail is None or self._tail.message != number:
                self._tail = LiveTail(number)
            self._tail.add(record)
        return bool(records) or self._live.restarted or (stale and completed)

    def _look_after(self, news: bool) -> bool:
        """Notice that the process vanished; not asked while there is news."""
        if news or not self._liveness.look(self._beat):
            return False
        self._tail = None if self.state.doing == "lost" else self._tail
        return True
