"""Noticing that a run goes round in circles."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

LONGEST = 3
"""Calls in the longest round that is noticed: look, edit, test."""
_KEPT = 60


class Repetition:
    """Counts how often the same call, or the same round of a few calls, was made in a row."""

    def __init__(self) -> None:
        self._calls: deque[Hashable] = deque(maxlen=_KEPT)

    def take(self, call: Hashable) -> int:
        """Take in a call; how many times in a row the round that it ends was gone through, 1 when it is new."""
        self._calls.append(call)
        calls = list(self._calls)
        return max(_rounds(calls, length) for length in range(1, LONGEST + 1))


def _rounds(calls: list[Hashable], length: int) -> int:
    """How often the last `length` calls stand at the end of the list, one after the other."""
    last, count = calls[-length:], 1
    while calls[-length * (count + 1) : -length * count] == last:
        count += 1
    return count
