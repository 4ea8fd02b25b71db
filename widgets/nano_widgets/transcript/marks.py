"""Which items of a transcript deserve a mark in the map beside it. Found bit by bit, for a run may be long."""

from __future__ import annotations

import re
import time

from nano_widgets.flow.row import Piece
from nano_widgets.looks import EDIT, ERROR, TEST, USER, Looker
from nano_widgets.transcript.view import View

HIT = 16
"""A search hit; of several marks in one cell of the map, the greatest shows."""
_OF_SIGN: dict[int, Piece] = {
    USER: ("●", "user"),
    TEST: ("✓", "ok"),
    EDIT: ("±", "edit"),
    ERROR: ("!", "error"),
    HIT: ("◆", "warning"),
}


class ItemMarks:
    """The marks of all items."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._marks = bytearray()
        self._next = 0
        self._news = False

    def work(self, seconds: float) -> bool:
        """Look at more items for that long; whether there is more to do."""
        end = time.perf_counter() + seconds
        items = self._view.items
        self._marks.extend(bytes(len(items) - len(self._marks)))
        while self._next < len(items):
            old = self._marks[self._next]
            self._marks[self._next] = new = self._mark(self._next) | (old & HIT)
            self._news |= new != old
            self._next += 1
            if time.perf_counter() > end:
                return True
        return False

    def take_news(self) -> bool:
        """Whether any mark came or went since this was asked last."""
        news, self._news = self._news, False
        return news

    def again_from(self, item: int) -> None:
        """Items from this one on changed."""
        self._next = min(self._next, item)

    def hits(self, items: set[int]) -> None:
        """Mark these items as search hits, and no others."""
        for item, mark in enumerate(self._marks):
            if mark >= HIT:
                self._marks[item] = mark - HIT
        for item in items:
            if item < len(self._marks):
                self._marks[item] |= HIT

    def sign(self, first: int, end: int) -> Piece | None:
        """What the map shows for some items."""
        greatest = max(self._marks[first:end], default=0)
        return _OF_SIGN[1 << greatest.bit_length() - 1] if greatest else None

    def find(self, mark: int, item: int, direction: int) -> int | None:
        """The nearest item with a mark after (or before) another; looks at items that are still unknown itself."""
        count = len(self._view.items)
        known = self._next
        if direction > 0:
            match = _having(mark).search(self._marks, item + 1, known) if item + 1 < known else None
            if match is not None:
                return match.start()
            return next((i for i in range(max(item + 1, known), count) if self._is(mark, i)), None)
        found = next((i for i in range(item - 1, known - 1, -1) if self._is(mark, i)), None)
        if found is not None:
            return found
        before = bytes(self._marks[: min(item, known)])[::-1]
        match = _having(mark).search(before)
        return len(before) - 1 - match.start() if match is not None else None

    def _mark(self, item: int) -> int:
        messages, indexes = self._view.messages, self._view.items.messages(item)
        known = getattr(messages, "looks", b"")
        looker, mark = Looker(), 0
        for i in indexes:
            mark |= known[i] if i < len(known) else looker.look(messages[i])
        return mark & ~USER if self._view.items.step(item) else mark

    def _is(self, mark: int, item: int) -> bool:
        return bool(self._mark(item) & mark)


def _having(mark: int) -> re.Pattern[bytes]:
    """Matches a byte in which a mark is set."""
    return re.compile(b"[" + b"".join(re.escape(bytes((byte,))) for byte in range(2 * HIT) if byte & mark) + b"]")
