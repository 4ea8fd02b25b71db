"""Messages that stay on disk: a sequence that knows where each is, and decodes it when it is asked for."""

from __future__ import annotations

import os
import time
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from math import isnan, nan
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, get_args, overload
from zlib import crc32

from nano_agent.formats.source import parse
from nano_agent.formats.spans import Span, ends_of
from nano_agent.trajectory import CALLED, CALLED_IN_TEXT, Message, Role, Usage

FROM_BYTES = 8_000_000
"""Bytes of a file from which on its messages stay in it; below, to hold them all is simpler and as quick."""
_CACHED_BYTES, _MOST_CACHED = 4_000_000, 512
_TELL_EVERY, _PAUSE_EVERY, _PAUSE = 0.05, 0.004, 0.0005
_ROLES: tuple[Role, ...] = get_args(Role)
_UNKNOWN = -(2**63)
_LARGEST = 2**62
_ANSWERS, _FAILED_KNOWN, _FAILED, _ESTIMATED, _HAS_USAGE = 1, 2, 4, 8, 16
CHANGED = "This message can no longer be read: its file was changed since it was opened."

Rebuild = Callable[[Any, int], Message]
"""A record as a message; the number tells apart several messages of one record, from 0."""


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


class StoredMessages(Sequence[Message]):
    """The messages of a large file. Some 80 bytes of each are held; the rest is read again when it is looked at.

    To index costs reading and parsing one record (10 KB: 0.05 ms, 50 MB: 0.2 s), or nothing when it was looked at just
    before; to go through all of them costs parsing the file. `glances` costs a microsecond a message. It grows at its
    end while its file is gone through, in another thread; what is there already does not change, but for what only the
    end of a file can tell. A file that was changed meanwhile makes a message that says so, never an error.
    """

    def __init__(self, path: Path, rebuild: Rebuild, watch: Watch | None = None) -> None:
        self._rebuild = rebuild
        self._watch = watch
        self._told = self._paused = time.perf_counter()
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        self._size = os.fstat(self._file).st_size
        self._offsets, self._lengths, self._marks = array("Q"), array("Q"), array("L")
        self._parts, self._roles, self._flags = bytearray(), bytearray(), bytearray()
        self._calls, self._text_calls = array("H"), array("H")
        self._times, self._seconds, self._dollars = array("d"), array("d"), array("d")
        self._codes = array("q")
        self._tokens = array("q")
        self._names, self._notes = array("L"), array("L")
        self._words: dict[str | None, int] = {None: 0}
        self._word_list: list[str | None] = [None]
        self._odd: dict[int, dict[str, Any]] = {}
        self._briefs: dict[int, bytes] = {}
        self._cache: dict[int, tuple[Message, int]] = {}
        self._cached = 0
        self._lock = Lock()
        self.looks = bytearray()
        """A byte for each message, of whoever watched while the file was gone through; see `Watch`. Else empty."""

    # Building it

    def put(self, message: Message, span: Span, part: int = 0, **odd: Any) -> None:
        """Add the message that stands at a place; `odd` are fields that its record alone does not tell."""
        index = len(self._lengths)
        odd |= _too_large(message)
        if odd:
            self._odd[index] = odd
        if span.brief is not None:
            self._briefs[index] = span.brief
        usage = message.usage
        from_text = sum(call.from_text for call in message.tool_calls)
        self._offsets.append(span.offset)
        self._marks.append(crc32(span.ends))
        self._parts.append(part)
        self._roles.append(_ROLES.index(message.role))
        self._calls.append(min(len(message.tool_calls) - from_text, 0xFFFF))
        self._text_calls.append(min(from_text, 0xFFFF))
        self._times.append(nan if message.timestamp is None else message.timestamp)
        self._seconds.append(nan if message.seconds is None else message.seconds)
        self._codes.append(_UNKNOWN if message.exit_code is None or "exit_code" in odd else message.exit_code)
        self._names.append(self._word(message.name))
        self._notes.append(self._word(message.note or None))
        self._dollars.append(nan if usage is None or usage.cost_usd is None else usage.cost_usd)
        self._tokens.extend(_figures(None if "usage" in odd else usage))
        self._flags.append(_flags(message))
        if self._watch is not None:
            self.looks.append(self._watch.look(message))
        self._lengths.append(span.length)  # the last: from now on the message is there
        if self._watch is not None and (not index % 16 or span.brief is not None):
            self._tell(self._watch, span)

    def _tell(self, watch: Watch, span: Span) -> None:
        """Say how far this is, and let other threads have their turn."""
        now = time.perf_counter()
        if now - self._told > _TELL_EVERY or not self._offsets[-1]:
            watch.told(self, (span.offset + span.length) / max(1, self._size))
            self._told = now
        if now - self._paused > _PAUSE_EVERY:
            time.sleep(_PAUSE)
            self._paused = time.perf_counter()

    def change(self, index: int, **fields: Any) -> None:
        """Correct what only a later record told: `seconds`, `failed`, `note`."""
        if "seconds" in fields:
            self._seconds[index] = nan if fields["seconds"] is None else fields["seconds"]
        if "note" in fields:
            self._notes[index] = self._word(fields["note"] or None)
        if "failed" in fields:
            failed = fields["failed"]
            kept = self._flags[index] & ~(_FAILED | _FAILED_KNOWN)
            self._flags[index] = kept | (0 if failed is None else _FAILED_KNOWN | _FAILED * failed)
        self._forget(index)

    def _word(self, word: str | None) -> int:
        number = self._words.get(word)
        if number is None:
            number = self._words[word] = len(self._word_list)
            self._word_list.append(word)
        return number

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
        known = self._cache.get(index)
        if known is not None:
            return known[0]
        message = self._decoded(index)
        self._remember(index, message)
        return message

    def __iter__(self) -> Iterator[Message]:
        i = 0
        while i < len(self):
            yield self._decoded(i)
            i += 1

    def size(self, index: int) -> int:
        """Bytes of a message's record."""
        return self._lengths[index]

    def brief(self, index: int) -> Message:
        """The message, of a giant one without the middle of its long texts: for a line about it."""
        data = self._briefs.get(index)
        return self[index] if data is None else self._with_facts(index, parse(data))

    def glances(self, start: int = 0) -> Iterator[Message]:
        """The messages without texts, records and what is in their calls; nothing is read from disk."""
        for i in range(start, len(self)):
            calls = (CALLED,) * self._calls[i] + (CALLED_IN_TEXT,) * self._text_calls[i]
            yield Message(_ROLES[self._roles[i]], tool_calls=calls, **self._facts(i))

    @property
    def end(self) -> int:
        """The offset behind the last message's record; 0 when there is none."""
        return self._offsets[-1] + self._lengths[-1] if len(self) else 0

    def _decoded(self, index: int) -> Message:
        length = self._lengths[index]
        try:
            data = _read(self._file, self._offsets[index], length)
        except OSError:
            data = b""
        known = len(data) == length and crc32(ends_of(data)) == self._marks[index]
        return self._with_facts(index, parse(data) if known else None)

    def _with_facts(self, index: int, record: Any) -> Message:
        facts = self._facts(index)
        role = _ROLES[self._roles[index]]
        if record is None:
            return Message(role, CHANGED, **{**facts, "note": "changed on disk"}, raw=CHANGED)
        return replace(self._rebuild(record, self._parts[index]), role=role, **facts, **self._odd.get(index, {}))

    def _facts(self, i: int) -> dict[str, Any]:
        flags, code = self._flags[i], self._codes[i]
        return {
            "answers": bool(flags & _ANSWERS),
            "name": self._word_list[self._names[i]],
            "usage": self._usage(i, flags) if flags & _HAS_USAGE else None,
            "timestamp": _known(self._times[i]),
            "seconds": _known(self._seconds[i]),
            "exit_code": None if code == _UNKNOWN else code,
            "failed": bool(flags & _FAILED) if flags & _FAILED_KNOWN else None,
            "note": self._word_list[self._notes[i]] or "",
        }

    def _usage(self, i: int, flags: int) -> Usage:
        prompt, completion, cached, reasoning = (None if n < 0 else n for n in self._tokens[4 * i : 4 * i + 4])
        return Usage(prompt, completion, cached, reasoning, _known(self._dollars[i]), bool(flags & _ESTIMATED))

    def _remember(self, index: int, message: Message) -> None:
        with self._lock:
            self._cache[index] = (message, self._lengths[index])
            self._cached += self._lengths[index]
            while len(self._cache) > 1 and (self._cached > _CACHED_BYTES or len(self._cache) > _MOST_CACHED):
                self._cached -= self._cache.pop(next(iter(self._cache)))[1]

    def _forget(self, index: int) -> None:
        with self._lock:
            if known := self._cache.pop(index, None):
                self._cached -= known[1]


def _read(file: int, offset: int, length: int) -> bytes:
    """Exactly these bytes, fewer where the file ends before."""
    data = os.pread(file, length, offset)
    while len(data) < length and (more := os.pread(file, length - len(data), offset + len(data))):
        data += more
    return data


def is_large(path: Path) -> bool:
    """Whether the messages of a file are to stay in it."""
    try:
        return path.is_file() and path.stat().st_size >= FROM_BYTES
    except OSError:
        return False


def _too_large(message: Message) -> dict[str, Any]:
    """Figures that no column holds."""
    found: dict[str, Any] = {}
    if message.exit_code is not None and abs(message.exit_code) >= _LARGEST:
        found["exit_code"] = message.exit_code
    figures = () if message.usage is None else astuple(message.usage)[:4]
    if any(figure is not None and not 0 <= figure < _LARGEST for figure in figures):
        found["usage"] = message.usage
    return found


def _flags(message: Message) -> int:
    flags = _ANSWERS * message.answers
    if message.failed is not None:
        flags |= _FAILED_KNOWN | _FAILED * message.failed
    if message.usage is not None:
        flags |= _HAS_USAGE | _ESTIMATED * message.usage.cost_estimated
    return flags


def _figures(usage: Usage | None) -> tuple[int, int, int, int]:
    if usage is None:
        return (-1, -1, -1, -1)
    figures = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens)
    return tuple(-1 if figure is None else figure for figure in figures)  # type: ignore[return-value]


def _known(number: float) -> float | None:
    return None if isnan(number) else number
