"""Messages that stay on disk: a sequence that knows where each is, and decodes it when it is asked for."""

from __future__ import annotations

import os
import time
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, overload

from nano_agent.formats.cache import Cache
from nano_agent.formats.facts import Facts, Told
from nano_agent.formats.source import parse
from nano_agent.formats.spans import GIANT, Decode, Place, Span, mark_of
from nano_agent.trajectory import Message

FROM_BYTES = 8_000_000
"""Bytes of a file from which on its messages stay in it; below, to hold them all is simpler and as quick."""
_MOST_NAMES = 500
_TELL_EVERY, _PAUSE_EVERY, _PAUSE = 0.05, 0.004, 0.0005
CHANGED = "This message can no longer be read: its file was changed since it was opened."

Rebuild = Callable[[Sequence[Any], int], Message]
"""A message of its records; the number tells apart several messages of one record, from 0."""


class Watch(Protocol):
    """Whoever wants to know of the messages of a large file while it is still gone through. Called in that thread."""

    def look(self, message: Message) -> int:
        """Look at a message as it goes by; the byte is kept in `StoredMessages.looks`."""

    def told(self, messages: StoredMessages, share: float) -> None:
        """So far the file was gone through, some twenty times a second; anything raised here ends it."""


class HeldMessages(list[Message]):
    """Messages in memory, put together in the same way."""

    def put(self, message: Message, span: Span, part: int = 0, **odd: Any) -> None:
        """Add a message."""
        self.append(message)

    def change(self, index: int, **fields: Any) -> None:
        """Correct what only a later record told."""
        self[index] = replace(self[index], **fields)

    def take_over(self, messages: Sequence[Message], index: int) -> None:
        """Add one of other messages."""
        self.append(messages[index])


class StoredMessages(Sequence[Message]):
    """The messages of a large file. Some 100 bytes of each are held; the rest is read again when it is looked at.

    To index costs reading and parsing its records (10 KB: 0.05 ms, 50 MB: 0.2 s), or nothing when it was looked at
    just before; to go through all of them costs parsing the file. `glances` costs some microseconds a message. It grows
    at its end while its file is gone through, in another thread; what is there already does not change, but for what
    only later records tell. A file that was changed meanwhile makes a message that says so, never an error.
    """

    def __init__(
        self,
        file: Path | int,
        rebuild: Rebuild,
        watch: Watch | None = None,
        decode: Decode = lambda offset, data: parse(data),
    ) -> None:
        self._rebuild, self._decode = rebuild, decode
        self._watch = watch
        self._told = self._paused = time.perf_counter()
        self._file = os.dup(file) if isinstance(file, int) else os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        self._size = os.fstat(self._file).st_size
        self._offsets, self._lengths, self._marks = array("Q"), array("Q"), array("L")
        self._parts = array("L")
        self._more: dict[int, array[int]] = {}
        self._facts = Facts()
        self._odd: dict[int, dict[str, Any]] = {}
        self._briefs: dict[int, bytes] = {}
        self._cache = Cache()
        """The last message that would drive all others out of the cache: what is looked at is looked at again."""
        self.call_names: dict[str, None] = {}
        """The names of the calls in all messages, in the order of their first use; some hundreds at most."""
        self.looks = bytearray()
        """A byte for each message, of whoever watched while the file was gone through; see `Watch`. Else empty."""

    # Building it

    @property
    def watched(self) -> bool:
        """Whether somebody looks at each message that is put here."""
        return self._watch is not None

    def put(self, told: Told, span: Span, part: int = 0, more: Sequence[Place] = (), **odd: Any) -> None:
        """Add the message that stands at a place (`more` are those of further records that it is made of).

        `odd` are fields that its records alone do not tell, beside the ones in `Facts`. Where nobody watches, a draft
        of the message will do.
        """
        index = len(self._lengths)
        if odd:
            self._odd[index] = odd
        if span.brief is not None:
            self._briefs[index] = span.brief
        self._offsets.append(span.offset)
        self._marks.append(span.mark)
        self._parts.append(part)
        self._facts.append(told)
        if told.tool_calls:
            self._name_calls(told)
        if more:
            self.add(index, more)
        if self._watch is not None:
            assert isinstance(told, Message)
            self.looks.append(self._watch.look(told))
        self._lengths.append(span.length)  # the last: from now on the message is there
        if self._watch is not None and (not index % 16 or span.brief is not None):
            self._tell(self._watch, span)

    def add(self, index: int, more: Iterable[Place]) -> None:
        """Further records that a message is made of."""
        for place in more:
            self._more.setdefault(index, array("Q")).extend(place)

    def change(self, index: int, **fields: Any) -> None:
        """Correct what only a later record told; fields that `Facts` has, and the calls for their number."""
        if fields.keys() == {"seconds"}:
            self._facts.set_seconds(index, fields["seconds"])
        else:
            message = replace(self._facts.glance(index), **fields)
            self._facts.change(index, message)
            self._name_calls(message)
        self._cache.drop(index)

    def take_over(self, messages: Sequence[Message], index: int) -> None:
        """Add one of other messages of the same file."""
        assert isinstance(messages, StoredMessages)
        (offset, length, mark), *more = messages.places(index)
        span = Span(offset, length, None, messages._briefs.get(index), mark)
        self.put(messages.glance(index), span, messages.part(index), more, **messages._odd.get(index, {}))

    def first(self, count: int) -> StoredMessages:
        """The first messages alone, to go on from there; nobody watches them."""
        found = StoredMessages(self._file, self._rebuild, None, self._decode)
        for name in ("_offsets", "_lengths", "_marks", "_parts"):
            setattr(found, name, getattr(self, name)[:count])
        found._facts = self._facts.first(count)
        found._more = {index: places for index, places in self._more.items() if index < count}
        found._odd = {index: odd for index, odd in self._odd.items() if index < count}
        found._briefs = {index: data for index, data in self._briefs.items() if index < count}
        return found

    def _name_calls(self, told: Told) -> None:
        for call in told.tool_calls:
            if call.name and len(self.call_names) < _MOST_NAMES:
                self.call_names[call.name] = None

    def _tell(self, watch: Watch, span: Span) -> None:
        """Say how far this is, and let other threads have their turn."""
        now = time.perf_counter()
        if now - self._told > _TELL_EVERY or not self._offsets[-1]:
            watch.told(self, (span.offset + span.length) / max(1, self._size))
            self._told = now
        if now - self._paused > _PAUSE_EVERY:
            time.sleep(_PAUSE)
            self._paused = time.perf_counter()

    # Reading it

    def __len__(self) -> int:
        return len(self._lengths)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        """One message, decoded; of a slice, all of its messages."""
        if isinstance(index, slice):
            return [self._decoded(i) for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        message = self._cache.get(index)
        if message is None:
            message = self._decoded(index)
            self._cache.put(index, message, self.size(index))
        return message

    def __iter__(self) -> Iterator[Message]:
        i = 0
        while i < len(self):
            yield self._decoded(i)
            i += 1

    def size(self, index: int) -> int:
        """Bytes of a message's records."""
        return self._lengths[index] + sum(self._more.get(index, ())[1::3])

    def places(self, index: int) -> list[Place]:
        """Where the records are that a message is made of."""
        more = self._more.get(index, array("Q"))
        first = Place(self._offsets[index], self._lengths[index], self._marks[index])
        return [first, *map(Place, more[::3], more[1::3], more[2::3])]

    def part(self, index: int) -> int:
        """Which of the messages of its records a message is."""
        return self._parts[index]

    def brief(self, index: int) -> Message:
        """The message, of a giant one without the middle of its long texts: for a line about it."""
        if index in self._more:
            return self._facts.glance(index) if self.size(index) > GIANT else self[index]
        data = self._briefs.get(index)
        return self[index] if data is None else self._with_facts(index, [self._decode(self._offsets[index], data)])

    def glance(self, index: int) -> Message:
        """The message without texts, records and what is in its calls; nothing is read from disk."""
        return self._facts.glance(index)

    def glances(self, start: int = 0) -> Iterator[Message]:
        """The messages from one on, each as `glance` has it."""
        return self._facts.glances(start, len(self))

    def data(self, index: int) -> list[tuple[int, bytes]] | None:
        """A message's records as they are in the file, with their offsets; `None` when that was changed since."""
        found = list[tuple[int, bytes]]()
        for offset, length, mark in self.places(index):
            data = _read(self._file, offset, length)
            if len(data) != length or mark_of(data) != mark:
                return None
            found.append((offset, data))
        return found

    def records(self, index: int) -> list[Any] | None:
        """The records that a message is made of; `None` when the file was changed since."""
        places = self.data(index)
        found = [self._decode(offset, data) for offset, data in places or ()]
        return None if places is None or None in found else found

    def _decoded(self, index: int) -> Message:
        return self._with_facts(index, self.records(index))

    def _with_facts(self, index: int, records: Sequence[Any] | None) -> Message:
        fields, role = self._facts.fields(index), self._facts.role(index)
        if records is None:
            return Message(role, CHANGED, **{**fields, "note": "changed on disk"}, raw=CHANGED)
        return replace(self._rebuild(records, self._parts[index]), role=role, **fields, **self._odd.get(index, {}))


def _read(file: int, offset: int, length: int) -> bytes:
    """Exactly these bytes; fewer where the file ends before, none where it cannot be read."""
    try:
        data = os.pread(file, length, offset)
        while len(data) < length and (more := os.pread(file, length - len(data), offset + len(data))):
            data += more
    except OSError:
        return b""
    return data


def is_large(path: Path) -> bool:
    """Whether the messages of a file are to stay in it."""
    try:
        return path.is_file() and path.stat().st_size >= FROM_BYTES
    except OSError:
        return False
