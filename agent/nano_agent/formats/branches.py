"""Trees of records, of which the way from one leaf up to the root is the history."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any


class Parents:
    """The number of each entry's parent, -1 for a root (`null`); some hundred bytes of each entry.

    Where the parent is not named, or lost, the entry before stands in, so that a lost line does not lose what came
    before it. A parent comes before its children, so there are no circles.
    """

    def __init__(self, identity: str, parent: str) -> None:
        self._identity, self._parent = identity, parent
        self._places = dict[int, int]()
        self.numbers = array("q")
        self.are_named = False
        """Whether any entry names its parent."""

    def take(self, entry: dict[str, Any]) -> None:
        """Add the next entry."""
        number = len(self.numbers)
        self.are_named = self.are_named or self._parent in entry
        named, identity = entry.get(self._parent, ""), entry.get(self._identity)
        before = self._places.get(hash(named), number - 1) if isinstance(named, str) else number - 1
        self.numbers.append(-1 if named is None else before)
        if isinstance(identity, str):
            self._places[hash(identity)] = number

    def branches(self) -> dict[int, list[int]]:
        """The entries that are not on the way to the last one: by the first of each branch, the numbers of all."""
        return branches_beside(self.numbers, len(self.numbers) - 1) if self.are_named else {}


def branches_beside(parents: Sequence[int], leaf: int) -> dict[int, list[int]]:
    """The entries that are not on the way from the leaf: by the first of each branch, the indexes of all of it."""
    active, i = bytearray(len(parents)), leaf
    while i >= 0:
        active[i] = 1
        i = parents[i]
    branches, first = dict[int, list[int]](), dict[int, int]()
    for i, parent in enumerate(parents):
        if not active[i]:
            first[i] = first.get(parent, i)
            branches.setdefault(first[i], []).append(i)
    return branches
