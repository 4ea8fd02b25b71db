"""What is searched for: words as they are, or a regular expression that can be stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol

SECONDS = 0.5
"""How long a regular expression may look at one stretch of text; most need a thousandth of that."""
_SPECIAL = frozenset(r".^$*+?{}[]\|()")


class Match(Protocol):
    """Where a pattern was found."""

    def start(self) -> int:
        """The offset of its first character."""

    def end(self) -> int:
        """The offset behind its last one."""

    def span(self) -> tuple[int, int]:
        """Both."""


class Pattern:
    """A regular expression, and where it is none, the words as they are. Case counts only when there are capitals.

    One that never comes to an end in some text (`(a+)+$`) is given up after `SECONDS`: `too_slow` is true from then on,
    and nothing more is found. A long text is looked at without keeping other threads waiting.
    """

    def __init__(self, query: str) -> None:
        self.pattern = query
        self.flags = re.MULTILINE | (0 if any(c.isupper() for c in query) else re.IGNORECASE)
        self.too_slow = False
        self.is_words = not set(query) & _SPECIAL
        # Words are found in linear time by the standard library, which takes no time to load.
        self._words = re.compile(re.escape(query), self.flags) if self.is_words else None
        self._expression = None if self.is_words else _expression(query, self.flags)

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Match]:
        """Every place in `text[start:end]` where it is found."""
        stop = len(text) if end is None else end
        if self._words is not None:
            yield from self._words.finditer(text, start, stop)
        elif not self.too_slow:
            assert self._expression is not None
            try:
                yield from self._expression.finditer(text, start, stop, timeout=SECONDS)
            except TimeoutError:
                self.too_slow = True

    def search(self, text: str, start: int = 0) -> Match | None:
        """The first place where it is found."""
        return next(self.finditer(text, start), None)


def _expression(query: str, flags: int) -> Any:
    regex: Any = import_module("regex")
    found = (regex.IGNORECASE if flags & re.IGNORECASE else 0) | regex.MULTILINE
    try:
        return regex.compile(query, found)
    except regex.error:
        return regex.compile(regex.escape(query), found)
