"""The lines of a JSON tree: what each says, what is below it, and where in the JSON it is.

Long objects, arrays and texts are shown in stretches, so that opening one is never more than a few hundred lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nano_widgets.json_tree.pieces import Large, Piece
from nano_widgets.units import count, size

MANY = 500
"""Elements or lines from which on they are shown in stretches of that many."""
_LONG_TEXT = 200
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Key = str | int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Elements of an object or array that follow each other."""

    whole: Mapping[str, Any] | Sequence[Any] | Large
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a text that follow each other."""

    text: str
    start: int
    end: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text."""

    text: str


class Branch:
    """What stands in a tree without being JSON itself, and holds some."""

    words = ""
    """What its line says; foreign text."""
    ink = ""
    right = ""
    """What stands at the right end of the line."""

    def below(self) -> Iterable[tuple[Key, Any]]:
        """Keys and values of what it holds."""
        raise NotImplementedError


class Node:
    """One line of the tree."""

    __slots__ = ("depth", "key", "open", "parent", "place", "value")

    def __init__(self, parent: Node | None, key: Key, value: Any, place: int = 0) -> None:
        self.parent = parent
        self.key = key
        """The member's name or the element's number; `None` for what has neither."""
        self.value = value
        self.place = place
        """The number of the element in what holds it; of a root, among the roots."""
        self.depth: int = parent.depth + 1 if parent else 0
        self.open = False

    @property
    def foldable(self) -> bool:
        """Whether there is anything below it."""
        value = self.value
        if isinstance(value, str):
            return len(value) > _LONG_TEXT or "\n" in value
        if isinstance(value, dict | list):
            return bool(value)
        return isinstance(value, Large | Stretch | Lines | Branch)

    def children(self, width: int = 200) -> list[Node]:
        """What is below it, made anew; lines of text are broken at that many cells."""
        try:
            return list(self._children(width))
        except ValueError:
            return [Node(self, None, Line("What stands here is no JSON."))]

    def _children(self, width: int) -> Iterator[Node]:
        value = self.value
        if isinstance(value, str):
            yield from _of_text(self, Lines(value, 0, len(value), 0, 1 + value.count("\n")), width)
        elif isinstance(value, Lines):
            yield from _lines(self, value, width)
        elif isinstance(value, Large):
            yield from _of_large(self, value)
        elif isinstance(value, Branch):
            yield from (Node(self, key, below, place) for place, (key, below) in enumerate(value.below()))
        elif isinstance(value, Stretch):
            yield from _elements(self, value)
        else:
            stretches = range(0, len(value), MANY)
            if len(stretches) == 1:
                yield from _elements(self, Stretch(value, 0, len(value)))
            else:
                for first in stretches:
                    yield Node(self, None, Stretch(value, first, min(MANY, len(value) - first)), first)


def _lines(parent: Node, lines: Lines, width: int) -> Iterator[Node]:
    for number, line in enumerate(lines.text[lines.start : lines.end].split("\n"), lines.first):
        wide = max(8, width if line.isascii() else width // 2)
        for start in range(0, max(1, len(line)), wide):
            yield Node(parent, None, Line(line[start : start + wide]), number)


def _of_text(parent: Node, text: Lines, width: int) -> Iterator[Node]:
    if text.count <= MANY:
        yield from _lines(parent, text, width)
        return
    start = first = 0
    for block in re.finditer(rf"(?:[^\n]*+\n){{1,{MANY}}}+", text.text):
        number = block[0].count("\n")
        yield Node(parent, None, Lines(text.text, start, block.end() - 1, first, number), first)
        start, first = block.end(), first + number
    if start < len(text.text):
        yield Node(parent, None, Lines(text.text, start, len(text.text), first, 1), first)


def _of_large(parent: Node, large: Large) -> Iterator[Node]:
    for part, first in zip(large.parts, large.firsts, strict=True):
        if not isinstance(part, Piece):
            yield Node(parent, first if part[0] is None else part[0], part[1], first)
        elif part.count == 1:
            yield from _elements(parent, Stretch(large, first, 1))
        else:
            yield Node(parent, None, Stretch(large, first, part.count), first)


def _elements(parent: Node, stretch: Stretch) -> Iterator[Node]:
    for place, (key, value) in enumerate(elements(stretch), stretch.first):
        yield Node(parent, key, value, place)


def elements(stretch: Stretch) -> Iterable[tuple[Key, Any]]:
    """The keys (or numbers) and values of a stretch; what is text still is parsed for it."""
    whole, first = stretch.whole, stretch.first
    if isinstance(whole, Large):
        piece = whole.parts[whole.part_of(first)]
        assert isinstance(piece, Piece)
        found = whole.parse(piece.start, piece.end)
        return found.items() if isinstance(found, dict) else enumerate(found, first)
    last = first + stretch.count
    if isinstance(whole, Mapping):
        return islice(whole.items(), first, last)
    return enumerate(islice(whole, first, last), first)


def path(node: Node) -> str:
    """Where it is, as `jq` writes it: `.steps[3]["odd key"]`."""
    keys = list[str]()
    current: Node | None = node
    while current is not None and current.parent is not None:
        if isinstance(current.key, int):
            keys.append(f"[{current.key}]")
        elif current.key is not None:
            plain = _PLAIN_KEY.fullmatch(current.key)
            keys.append(f".{current.key}" if plain else f"[{json.dumps(current.key, ensure_ascii=False)}]")
        current = current.parent
    found = "".join(reversed(keys))
    return found if found.startswith(".") else f".{found}"


def summary(value: Any) -> tuple[str, str]:
    """What a line says of a value, and the name of its look; foreign text of any length."""
    if isinstance(value, str):
        if len(value) > _LONG_TEXT or "\n" in value:
            lines = value.count("\n") + 1
            return f'"{value[:_LONG_TEXT]}…"  {count(lines, "line") if lines > 1 else size(len(value))}', "string"
        return f'"{value}"', "string"
    if isinstance(value, Line):
        return value.text, ""
    if isinstance(value, Branch):
        return value.words, value.ink
    if isinstance(value, Mapping):
        return f"{{{count(len(value), 'member')}}}" if value else "{}", "muted"
    if isinstance(value, Large):
        noun = "member" if value.is_object else "element"
        opener, closer = "{}" if value.is_object else "[]"
        return f"{opener}{count(value.count, noun)}{closer}  {size(value.end - value.start)}", "muted"
    if isinstance(value, list | tuple):
        return f"[{count(len(value), 'element')}]" if value else "[]", "muted"
    if isinstance(value, Stretch):
        whole = value.whole
        keyed = whole.is_object if isinstance(whole, Large) else isinstance(whole, Mapping)
        return _range("members" if keyed else "elements", value.first, value.count, keyed), "muted"
    if isinstance(value, Lines):
        return _range("lines", value.first, value.count, True), "muted"
    return plain(value), "literal"


def _range(noun: str, first: int, number: int, from_one: bool) -> str:
    first += from_one
    return f"{noun} {first:,} to {first + number - 1:,}" if number > 1 else f"{noun[:-1]} {first:,}"


def plain(value: Any) -> str:
    """A scalar as JSON writes it."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def as_json(value: Any) -> str:
    """A value to be copied: a text as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Line):
        return value.text
    if isinstance(value, Lines):
        return value.text[value.start : value.end]
    if isinstance(value, Large):
        return value.text[value.start : value.end]
    if isinstance(value, Stretch):
        keyed = value.whole.is_object if isinstance(value.whole, Large) else isinstance(value.whole, Mapping)
        found = elements(value)
        return as_json(dict(found) if keyed else [element for _, element in found])
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return repr(value)
