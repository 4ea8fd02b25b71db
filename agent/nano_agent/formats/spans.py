"""Where the records of a large file are: its lines, or the items of the one long list in a JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zlib import crc32

from nano_agent.formats.shrunk import shrunk
from nano_agent.formats.source import parse

GIANT = 1 << 20
"""Bytes of a record from which on its long strings are cut before it is parsed."""
_BLOCK = 1 << 20
_SMALL_HEAD, _LARGEST_HEAD = 4096, 1 << 24
_MOST_TRIES = 64
_BOM = b"\xef\xbb\xbf"
_ITEM = rb'\[(?P<space>\s*)(?P<first>\{\s*"[^"\\]*")'
_LIST = rb'"(?P<key>%s)"\s*:\s*' + _ITEM
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*" + _ITEM)
_COMMA = re.compile(rb"\s*,\s*(?=\{)")
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


class Span(NamedTuple):
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


def span_at(offset: int, data: bytes, decode: Decode = lambda offset, data: parse(data)) -> Span:
    """The record in some bytes of the file, which stand there."""
    if len(data) <= GIANT:
        return Span(offset, len(data), decode(offset, data), None, mark_of(data))
    brief = shrunk(data)
    return Span(offset, len(data), decode(offset, brief), brief, mark_of(data))


def line_spans(file: BinaryIO, decode: Decode = lambda offset, data: parse(data)) -> Iterator[Span]:
    """Every line with something in it, without its line end and the white space around it."""
    offset = 0
    for line in file:
        content = line if offset else line.removeprefix(_BOM)
        if data := content.strip():
            start = offset
            if content is not line or line[0] != data[0]:
                start += line.find(data[:1], len(line) - len(content))
            if len(data) > GIANT:
                yield span_at(start, data, decode)
            else:  # as in `span_at`, without a call for each of many lines
                yield Span(start, len(data), decode(start, data), None, mark_of(data))
        offset += len(line)


def spans_in(data: bytes, offset: int, decode: Decode) -> Iterator[Span]:
    """The JSON documents that stand one behind the other in a line, up to the first that cannot be read."""
    text, decoder, at = data.decode("latin-1"), json.JSONDecoder(), 0  # a character for each byte
    try:
        while start := _NOT_SPACE.search(text, at):
            _, at = decoder.raw_decode(text, start.start())
            yield span_at(offset + start.start(), data[start.start() : at], decode)
    except (ValueError, RecursionError):
        return


class ListSpans:
    """The items of the long lists in a JSON document, under some keys or its root, read a block at a time.

    Items are cut where their writer's own way between two objects stands, and each must be JSON on its own, as must
    what is left of the document without them: then together they are the document, and nothing else. Raises
    `NotApart` where that does not work out.
    """

    def __init__(
        self, file: BinaryIO, keys: Iterable[str] = ("messages",), decode: Decode = lambda offset, data: parse(data)
    ) -> None:
        self.rest: dict[str, Any] = {}
        """The document without the items; known once these have been gone through. Empty when the root is the list."""
        self.start: dict[str, Any] = {}
        """What of it stands before the items; known from the first one on."""
        self.key = ""
        """In which list the item is that came last; empty when the root is the list."""
        self._left, self._gone = set(keys), set[str]()
        self._decode = decode
        self._file = file
        self._data = bytearray()
        self._head = b""
        self._base = 0
        self._ended = False

    def __iter__(self) -> Iterator[Span]:
        between = self._root() or self._open()
        if between is None:
            raise NotApart
        while between is not None:
            yield from self._items(between)
            between = self._open() if self._left else None
        while self._more():
            pass
        self._close()

    def _items(self, between: bytes) -> Iterator[Span]:
        """The items of one list, up to its end."""
        tries, search, probed = 0, 0, _BLOCK
        while True:
            place = self._data.find(between, search)
            if place < 0:
                search = max(0, len(self._data) - len(between))
                # Where no other list is wanted, what is behind this one may as well be read with its last item.
                if self._left and len(self._data) >= 2 * probed:
                    probed = len(self._data)
                    if self._is_last():
                        break
                if self._more():
                    continue
                break
            end = place + between.index(b"}") + 1
            span = span_at(self._base, bytes(self._data[:end]), self._decode)
            if isinstance(span.value, dict):
                yield span
                self._drop(end)
                self._next()
                tries, search, probed = 0, 0, _BLOCK
                continue
            tries, search = tries + 1, end
            if tries > _MOST_TRIES:
                raise NotApart
            length = self._first_of(bytes(self._data[:end]))
            if length is None:
                continue
            if not _COMMA.match(self._data, length):
                break  # that was the last one, and the rest of the document looks like it
            yield self._take(length)
            self._next()
            tries, search, probed = 0, 0, _BLOCK
        yield from self._last()

    def _root(self) -> bytes | None:
        """What will stand between two items of the document itself; `None` when it is no list of objects."""
        while len(self._data) < _SMALL_HEAD and self._more():
            pass
        found = _ROOT.match(self._data)
        if found is None:
            return None
        self._left.clear()
        return self._begin(found)

    def _open(self) -> bytes | None:
        """What will stand between two items of the next list; `None` when there is none any more."""
        pattern = re.compile(_LIST % b"|".join(re.escape(key.encode()) for key in sorted(self._left)))
        at = 0
        while True:
            while (found := pattern.search(self._data, at)) is None:
                if len(self._data) > _LARGEST_HEAD:
                    raise NotApart
                if not self._more():
                    return None
            at = found.end()
            start = parse((self._head + self._data[: found.start("space")]).removeprefix(_BOM) + b"]}")
            key = found["key"].decode()
            if isinstance(start, dict) and start.get(key) == []:  # else it stands deeper in
                self.start, self.key = self.start or start, key
                self._left.discard(key)
                self._gone.add(key)
                return self._begin(found)

    def _begin(self, found: re.Match[bytes]) -> bytes:
        """Go on to the first item; returns what will stand between two."""
        space, first = bytes(found["space"]), bytes(found["first"])
        self._head += bytes(self._data[: found.start("space")])
        self._drop(found.start("first"))
        if b"\n" in space:  # either of them is spread over lines, or each stands on its own
            return (space if b"\n" in first.partition(b'"')[0] else b"") + b"}," + space + b"{"
        comma = b", " if b'": ' in self._data[:200] else b","
        return b"}" + comma + first

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

    def _is_last(self) -> bool:
        """Whether the list ends with the item at the start, which has nothing like the way between two behind it."""
        length = self._first_of(bytes(self._data))
        return length is not None and self._data[length:].lstrip()[:1] == b"]"

    def _take(self, length: int) -> Span:
        """The item at the start, of this length."""
        span = span_at(self._base, bytes(self._data[:length]), self._decode)
        if not isinstance(span.value, dict):
            raise NotApart
        self._drop(length)
        return span

    def _last(self) -> Iterator[Span]:
        """The last item (or the last few) of a list."""
        for _ in range(_MOST_TRIES):
            while (length := self._first_of(bytes(self._data))) is None:
                if not self._more():
                    raise NotApart
            yield self._take(length)
            if self._data.lstrip()[:1] != b",":
                return
            self._next()
        raise NotApart

    def _close(self) -> None:
        """See that what is left is a document whose lists are empty, so that no other list was meant."""
        rest = parse((self._head + self._data).removeprefix(_BOM))
        if rest == [] and not self.key:
            return
        if not isinstance(rest, dict) or not self.key or any(rest.get(key) != [] for key in self._gone):
            raise NotApart
        if any(isinstance(rest.get(key), list) and rest[key] for key in self._left):
            raise NotApart  # of something else than objects
        self.rest = rest


def opened(path: Path) -> BinaryIO:
    """The file, for one pass from its start."""
    return path.open("rb", buffering=_BLOCK)
