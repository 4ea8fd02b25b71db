"""Searching many or long texts, bit by bit, so that nothing waits for it."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from re import IGNORECASE
from threading import Lock

from nano_widgets.flow.pattern import Pattern

MOST_HITS = 100_000
_CHUNK = 200_000

Hit = tuple[int, str, int]
"""The number of a source, which of its texts, and the offset in it."""
Texts = Callable[[int], Iterable[tuple[str, str]]]
"""The texts of a source, with their names, in the order they are shown."""


def compiled(query: str) -> Pattern:
    """The pattern of a query."""
    return Pattern(query)


class Search:
    """The hits of one pattern in `count` sources, in their order; found from one of them on, then from the first.

    `run` is for a thread, `work` for doing it bit by bit; what was found so far may be asked for at any time.
    """

    def __init__(self, pattern: Pattern, count: int, texts: Texts, start: int = 0) -> None:
        self.pattern = pattern
        # `re` is slow where case does not count. Words without special characters are looked for in lower case first.
        plain = pattern.is_words and pattern.pattern.isascii()
        self._words = pattern.pattern.lower() if plain and pattern.flags & IGNORECASE else ""
        self._lock = Lock()
        self._stopped = False
        self.hits: list[Hit] = []
        self.finished = False
        self._order: dict[tuple[int, str], int] = {}
        self._texts = texts
        self._work = self._scan(start, count)
        self._keys: list[tuple[int, int, int]] = []

    def run(self) -> None:
        """Search until everything was looked at or `stop` is called."""
        while not self._stopped and self.work(0.004):
            time.sleep(0.0005)  # whoever paints goes first

    def stop(self) -> None:
        """End the search that another thread runs."""
        self._stopped = True

    def work(self, seconds: float) -> bool:
        """Search for that long; whether there is more to do."""
        end = time.perf_counter() + seconds
        for _ in self._work:
            if self.pattern.too_slow:
                break
            if time.perf_counter() > end:
                return True
        self.finished = True
        return False

    def _scan(self, start: int, count: int) -> Iterator[None]:
        for index in (*range(start, count), *range(min(start, count))):
            for place, (name, text) in enumerate(self._texts(index)):
                self._order[(index, name)] = place
                yield from self._scan_text(index, name, place, text)
            yield

    def _scan_text(self, index: int, name: str, place: int, text: str) -> Iterator[None]:
        position = 0
        while position < len(text):
            end = position + _CHUNK
            if end < len(text):
                end = text.find("\n", end, end + _CHUNK) + 1 or end + _CHUNK
            if not self._words or self._words in text[position:end].lower():
                for match in self.pattern.finditer(text, position, end):
                    if len(self.hits) >= MOST_HITS:
                        return
                    if match.end() > match.start():
                        self._add((index, place, match.start()), (index, name, match.start()))
            position = end
            yield

    def _add(self, key: tuple[int, int, int], hit: Hit) -> None:
        with self._lock:
            at = len(self._keys) if not self._keys or key > self._keys[-1] else bisect_left(self._keys, key)
            self._keys.insert(at, key)
            self.hits.insert(at, hit)

    def next(self, part: tuple[int, str], offset: int, direction: int) -> int | None:
        """The number of the hit after (or before) a place, `None` when there is none.

        Around the end only when all was looked at, for until then a nearer one may still be found.
        """
        if not self.hits:
            return None
        key = (part[0], self._order.get(part, -1), offset)
        with self._lock:
            at = bisect_right(self._keys, key) if direction > 0 else bisect_left(self._keys, key) - 1
            if not 0 <= at < len(self.hits) and not self.finished:
                return None
            return at % len(self.hits)

    def number(self, hit: Hit) -> int:
        """The number of a hit that was found; others may have come before it since."""
        with self._lock:
            return bisect_left(self._keys, (hit[0], self._order.get(hit[:2], -1), hit[2]))

    @property
    def said(self) -> str:
        """How many hits there are, as far as known."""
        if self.pattern.too_slow:
            return f"{len(self.hits):,}, then given up: this expression takes too long"
        more = "+" if not self.finished or len(self.hits) >= MOST_HITS else ""
        return f"{len(self.hits):,}{more}"
