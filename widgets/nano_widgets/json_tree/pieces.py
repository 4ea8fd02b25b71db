"""Long JSON text, read in pieces: what is not looked at stays text.

Parsing 50 MB at once makes a million objects, takes 400 MB, and stops every thread for as long as it lasts. Here a
scan with regular expressions finds where elements end; each piece of elements is parsed for its number and to be sure
that it is JSON, and is forgotten until somebody opens it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

PIECE = 200_000
"""Characters that are parsed at a time."""

_AHEAD = 65_536
"""Characters that one search may look at, which bounds how long it keeps other threads waiting."""
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = r"[-+.\w]++"
_KEY = rf"(?:{_STRING}\s*+:\s*+)?+"


def _nested(levels: int) -> str:
    """A pattern of containers nested that deep. It takes `[}` for one too: pieces are parsed later anyway."""
    inner = f"|{_nested(levels - 1)}" if levels > 1 else ""
    return rf'[{{\[](?:[^"{{}}\[\]]++|{_STRING}{inner})*+[}}\]]'


_SHALLOW = _nested(10)
_RUN = re.compile(rf"(?:\s*+{_KEY}(?:{_SHALLOW}|{_STRING}|{_SCALAR})\s*+,)++")
"""Elements that hold nothing deep, each with its comma."""
_HEAD = re.compile(rf"\s*+(?:({_STRING})\s*+:\s*+)?+")
_NUMBER = re.compile(_SCALAR)
_COMMA = re.compile(r"\s*+(,?)")
_CLOSERS = {"{": "}", "[": "]"}


class NotJson(ValueError):
    """The text is no JSON object or array; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Elements that follow each other, still as text."""

    start: int
    end: int
    count: int


@dataclass(slots=True)
class Large:
    """An object or array that is too long to be parsed at once."""

    text: str
    """The whole text that it stands in."""
    start: int
    end: int = 0
    parts: list[Piece | tuple[str | None, Large]] = field(default_factory=list)
    """Pieces, and the large elements between them with their keys."""
    firsts: list[int] = field(default_factory=list)
    """The number of the first element of each part."""
    count: int = 0
    """How many elements there are."""

    @property
    def is_object(self) -> bool:
        """Whether its elements have keys."""
        return self.text[self.start] == "{"

    def add(self, part: Piece | tuple[str | None, Large]) -> None:
        """Take in a part at the end."""
        self.parts.append(part)
        self.firsts.append(self.count)
        self.count += part.count if isinstance(part, Piece) else 1

    def part_of(self, element: int) -> int:
        """The number of the part that an element is in."""
        return bisect_right(self.firsts, element) - 1

    def parse(self, start: int, end: int) -> dict[str, Any] | list[Any]:
        """The elements in a stretch of the text."""
        opener = self.text[self.start]
        found = orjson.loads(f"{opener}{self.text[start:end]}{_CLOSERS[opener]}")
        assert isinstance(found, dict | list)
        return found


def looks_like_json(text: str) -> bool:
    """Whether it begins like an object or an array, and ends like one."""
    first = re.compile(r"\s*+").match(text)
    begin = text[first.end() : first.end() + 1] if first else ""
    return begin in _CLOSERS and text[-1000:].rstrip()[-1:] == _CLOSERS[begin]


def read(text: str, cancelled: Callable[[], bool] = lambda: False) -> Any:
    """The parsed value of a short text, a `Large` for a long one. Raises `NotJson`.

    A megabyte takes about 20 ms, in which other threads are never kept waiting for more than a few.
    """
    try:
        start = len(text) - len(text.lstrip())
        if len(text) <= PIECE or text[start] not in _CLOSERS:
            return orjson.loads(text)
        end, found = _Scan(text, cancelled).container(start)
        if text[end:].strip():
            raise NotJson("There is more after the end of the JSON.")
        return orjson.loads(text) if found is None else found
    except (orjson.JSONDecodeError, IndexError, KeyError) as error:
        raise NotJson(f"This is no JSON: {error}.") from error
    except RecursionError as error:
        raise NotJson("This JSON is nested too deep.") from error


class _Scan:
    def __init__(self, text: str, cancelled: Callable[[], bool]) -> None:
        self._text = text
        self._cancelled = cancelled

    def container(self, at: int) -> tuple[int, Large | None]:
        """Where the container that begins at `at` ends, and what it is when that is long."""
        text, found = self._text, Large(self._text, at)
        closer = _CLOSERS[text[at]]
        begin = position = at + 1
        while True:
            if run := _RUN.match(text, position, position + _AHEAD):
                position = run.end()
            else:
                head = _HEAD.match(text, position, position + _AHEAD)
                there = head.end() if head else position
                if text[there] == closer:
                    return self._close(found, begin, there)
                begin, position = self._element(found, begin, position, there, head[1] if head else None)
            if position - begin > PIECE and text[position - 1] == ",":
                self._flush(found, begin, position - 1)
                begin = position

    def _element(self, found: Large, begin: int, position: int, there: int, key: str | None) -> tuple[int, int]:
        """Go over one element at `there`; from where on nothing is parsed yet, and where the next element begins."""
        text = self._text
        if text[there] in _CLOSERS:
            end, child = self.container(there)
            if child is not None:
                self._flush(found, begin, max(begin, position - 1))
                found.add((orjson.loads(key) if key else None, child))
                begin = end
        elif text[there] == '"':
            end = self._string_end(there)
            if end - there > PIECE:
                self._flush(found, begin, max(begin, position - 1))
                found.add(Piece(position, end, 1))
                begin = end
        else:
            end = self._number_end(there)
        comma = _COMMA.match(text, end)
        after = comma.end() if comma else end
        if not (comma and comma[1]) and text[after] not in "]}":
            raise NotJson(f"This is no JSON: a comma was expected at character {after:,}.")
        return (after if begin == end else begin), after

    def _string_end(self, start: int) -> int:
        """Where a string ends; of 50 MB too, which a regular expression would take a second for."""
        end = start
        while True:
            end = self._text.find('"', end + 1)
            if end < 0:
                raise NotJson(f"This is no JSON: the string at character {start:,} does not end.")
            slashes = 0
            while self._text[end - 1 - slashes] == "\\":
                slashes += 1
            if not slashes % 2:
                return end + 1

    def _number_end(self, start: int) -> int:
        found = _NUMBER.match(self._text, start)
        if found is None:
            raise NotJson(f"This is no JSON: something else was expected at character {start:,}.")
        return found.end()

    def _close(self, found: Large, begin: int, there: int) -> tuple[int, Large | None]:
        found.end = there + 1
        if not found.parts and found.end - found.start <= PIECE:
            return found.end, None
        self._flush(found, begin, there)
        return found.end, found

    def _flush(self, found: Large, begin: int, end: int) -> None:
        if self._cancelled():
            raise NotJson("Reading it was given up.")
        if self._text[begin:end].strip():
            found.add(Piece(begin, end, len(found.parse(begin, end))))
