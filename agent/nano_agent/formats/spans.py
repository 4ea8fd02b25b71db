"""Where the records of a large file are: its lines, or the items of the one long list in a JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zlib import crc32

from nano_agent.formats.shrunk import shrunk
from nano_agent.formats.source import parse

GIANT = 1 << 20
"""Bytes of a record from which on its long strings are cut before it is parsed."""
_BLOCK = 1 << 20
_LARGEST_HEAD = 1 << 24
_MOST_TRIES = 64
_BOM = b"\xef\xbb\xbf"
_LIST = re.compile(rb'"messages"\s*:\s*\[(\s*)(\{\s*"[^"\\]*")')
_COMMA = re.compile(rb"\s*,\s*(?=\{)")
_SPACE = re.compile(rb"\s*")
_NOT_SPACE = re.compile(r"\S")

Decode = Callable[[int, bytes], Any]
"""The record in some bytes of the file, which stand at this offset; `None` when there is none."""


class NotApart(Exception):
    """The records of a file cannot be told apart surely without reading all of it as one."""


class Place(NamedTuple):
    """Where a record is, and what it looks like there."""

    offset: int
    length: int
    mark: int


@dataclass(frozen=True, slots=True)
class Span:
    """One record and where it is."""

    offset: int
    length: int
    value: Any
    """The record, parsed; of a giant one the long strings are cut. `None` for what is no JSON."""
    brief: bytes | None = None
    """A giant one's text with its long strings cut."""
    mark: int = 0
    """By which it is known again: see `mark_of`."""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.offset, self.length, self.mark)


def mark_of(data: bytes) -> int:
    """A sum over the first and the last bytes of a record, by which it is known again."""
    return crc32(data[:64] + data[-64:])


def _span(offset: int, data: bytes, decode: Decode = lambda offset, data: parse(data)) -> Span:
    if len(data) <= GIANT:
        return Span(offset, len(data), decode(offset, data), None, mark_of(data))
    brief = shrunk(data)
    return Span(offset, len(data), decode(offset, brief), brief, mark_of(data))


def line_spans(file: BinaryIO, decode: Decode = lambda offset, data: parse(data)) -> Iterator[Span]:
    """Every line with something in it, without its line end and the white space around it."""
    offset = 0
    for line in file:
        content = line.removeprefix(_BOM) if not offset else line
        if data := content.strip():
            yield _span(offset + line.find(data[:1], len(line) - len(content)), data, decode)
        offset += len(line)


def spans_in(data: bytes, offset: int, decode: Decode) -> Iterator[Span]:
    """The JSON documents that stand one behind the other in a line, up to the first that cannot be read."""
    text, decoder, at = data.decode("latin-1"), json.JSONDecoder(), 0  # a character for each byte
    try:
        while start := _NOT_SPACE.search(text, at):
            _, at = decoder.raw_decode(text, start.start())
            yield _span(offset + start.start(), data[start.start() : at], decode)
    except (ValueError, RecursionError):
        return


class ListSpans:
    """The items of the list under `messages` in a JSON document, read a block at a time.

    Items are cut where their writer's own way between two objects stands, and each must be JSON on its own, as must
    what is left of the document without them: then together they are the document, and nothing else. Raises
    `NotApart` where that does not work out.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.rest: dict[str, Any] = {}
        """The document without the items; known once these have been gone through."""
        self.start: dict[str, Any] = {}
        """What of it stands before the items; known from the first one on."""
        self._file = file
        self._data = bytearray()
        self._base = 0
        self._ended = False

    def __iter__(self) -> Iterator[Span]:
        head, between = self._open()
        tries, search = 0, 0
        while True:
            place = self._data.find(between, search)
            if place < 0:
                search = max(0, len(self._data) - len(between))
                if self._more():
                    continue
                break
            end = place + between.index(b"}") + 1
            span = _span(self._base, bytes(self._data[:end]))
            if not isinstance(span.value, dict):
                tries, search = tries + 1, end
                if tries > _MOST_TRIES:
                    raise NotApart
                length = self._first_of(bytes(self._data[:end]))
                if length is None:
                    continue
                if not _COMMA.match(self._data, length):
                    break  # that was the last one, and the rest of the document looks like it
                yield self._take(length)
                tries = search = 0
                continue
            yield span
            self._drop(end)
            self._next()
            tries = search = 0
        while self._more():
            pass
        yield from self._last(head)

    def _open(self) -> tuple[bytes, bytes]:
        """What comes before the first item, and what will stand between two."""
        while (found := _LIST.search(self._data)) is None:
            if len(self._data) > _LARGEST_HEAD or not self._more():
                raise NotApart
        head = bytes(self._data[: found.end(0) - len(found[2]) - len(found[1])])
        start = parse(head.removeprefix(_BOM) + b"]}")
        self.start = start if isinstance(start, dict) else {}
        space, first = bytes(found[1]), bytes(found[2])
        self._drop(found.start(2))
        if b"\n" in space:
            return head.removeprefix(_BOM), space + b"}," + space + b"{"
        comma = b", " if b'": ' in self._data[:200] else b","
        return head.removeprefix(_BOM), b"}" + comma + first

    def _more(self) -> bool:
        block = b"" if self._ended else self._file.read(max(_BLOCK, len(self._data) // 4))
        self._ended = not block
        self._data += block
        return bool(block)

    def _drop(self, count: int) -> None:
        del self._data[:count]
        self._base += count

    def _next(self) -> None:
        """Go on to the next item, behind the comma."""
        found = _COMMA.match(self._data)
        if found is None:
            raise NotApart
        self._drop(found.end())

    def _first_of(self, data: bytes) -> int | None:
        """How many bytes the first JSON value is long; `None` when it is not whole."""
        text = data.decode("utf-8", "surrogateescape")
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return None
        return len(text[:end].encode("utf-8", "surrogateescape"))

    def _take(self, length: int) -> Span:
        """The item at the start, of this length."""
        span = _span(self._base, bytes(self._data[:length]))
        if not isinstance(span.value, dict):
            raise NotApart
        self._drop(length)
        self._next()
        return span

    def _last(self, head: bytes) -> Iterator[Span]:
        """The last item (or the last few), and then the rest of the document."""
        while True:
            data = bytes(self._data)
            length = self._first_of(data)
            span = _span(self._base, data[: length or 0])
            if length is None or not isinstance(span.value, dict):
                raise NotApart
            yield span
            self._drop(length)
            space = _SPACE.match(self._data)
            at = space.end() if space else 0
            if self._data[at : at + 1] != b",":
                break
            self._next()
        rest = parse(head + bytes(self._data))
        if not isinstance(rest, dict) or rest.get("messages") != []:
            raise NotApart
        self.rest = rest


def opened(path: Path) -> BinaryIO:
    """The file, for one pass from its start."""
    return path.open("rb", buffering=_BLOCK)
