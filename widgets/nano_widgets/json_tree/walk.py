"""Searching a JSON tree, folded or not, and finding the way to what was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from nano_widgets.flow.pattern import Pattern
from nano_widgets.json_tree.nodes import Branch, Node, Stretch, elements, plain
from nano_widgets.json_tree.pieces import Large, Piece

MOST_HITS = 10_000
_ASK_EVERY = 2_000
_HOLDERS = (dict, list, Large, Branch)
Way = tuple[int, ...]
"""Numbers of elements from a root down: the root's own first. Ways sort as the tree is read."""


class TreeHunt:
    """The elements whose key or value a pattern is found in, in order; a thread looks, the screen reads `ways`."""

    def __init__(self, roots: Sequence[Any], pattern: Pattern, cancelled: Callable[[], bool]) -> None:
        self.ways: list[Way] = []
        self.finished = False
        self._roots = roots
        self._matches = pattern.search
        # Pieces of text in which the words do not stand need not be parsed.
        source = pattern.pattern
        plain_words = source.isascii() and source.isalnum() and pattern.flags & re.IGNORECASE
        self._words = source.lower() if plain_words else ""
        self._cancelled = cancelled
        self._seen = 0

    def run(self) -> None:
        """Look through everything; ends early with many hits, or when it is cancelled."""
        # What is nested a thousand times is not looked into, nor what turns out to be no JSON.
        with suppress(RecursionError, ValueError):
            for number, root in enumerate(self._roots):
                if isinstance(root, _HOLDERS) and not self._look(root, (number,)):
                    return
        self.finished = True

    def _look(self, value: Any, way: Way) -> bool:
        """Look below a value; whether to go on."""
        for place, key, element in self._below(value):
            self._seen += 1
            if not self._seen % _ASK_EVERY and self._cancelled():
                return False
            if (isinstance(key, str) and self._matches(key)) or self._is_hit(element):
                self.ways.append((*way, place))
                if len(self.ways) >= MOST_HITS:
                    return False
            if isinstance(element, _HOLDERS) and element and not self._look(element, (*way, place)):
                return False
        return True

    def _is_hit(self, value: Any) -> bool:
        if isinstance(value, _HOLDERS):
            return False
        return self._matches(value if isinstance(value, str) else plain(value)) is not None

    def _below(self, value: Any) -> Iterator[tuple[int, Any, Any]]:
        """Number, key and value of everything in a value that may be or hold a hit."""
        if isinstance(value, Large):
            for part, first in zip(value.parts, value.firsts, strict=True):
                if not isinstance(part, Piece):
                    yield first, *part
                elif not self._words or self._words in value.text[part.start : part.end].lower():
                    found = elements(Stretch(value, first, part.count))
                    yield from ((place, key, element) for place, (key, element) in enumerate(found, first))
            return
        if isinstance(value, Branch):
            found = value.below()
        else:
            found = value.items() if isinstance(value, Mapping) else enumerate(value)
        yield from ((place, key, element) for place, (key, element) in enumerate(found))


def nearest(children: Sequence[Node], place: int) -> Node | None:
    """The line that an element is, or is in: the last one that does not begin after it."""
    return next((child for child in reversed(children) if child.place <= place), None)
