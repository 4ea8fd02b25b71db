"""A view over the index in groups: each with what its runs are together, and the runs in their order."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

from nano_agent.library.index import Index
from nano_agent.library.query.fields import STARTED, TOKENS
from nano_agent.library.query.syntax import Sort
from nano_agent.library.rows import Rows
from nano_agent.library.selection import (
    GROUPINGS,
    NOTHING,
    TOTALS,
    Group,
    Selection,
    columns_among,
    key_of,
    totals_of,
)

AHEAD = 100
"""A group with more runs than this is taken together before it is asked for: a screen full of them would wait."""
AT_ONCE = 48
"""Groups that are taken together in one question, about as many as a screen shows."""
_MANY = ("task", "group", "folder")
"""Groupings that may have a key for each run. Totals of so many cost twice what the counts of their runs do."""
_RUNS, _AMOUNT, _KEY = 0, -2, -1
"""Places in the columns of a group: `selection.TOTALS` or the count alone, what it is sorted by, and its key."""
_COUNTED = 3
"""How many columns a group has when its runs are only counted."""
_AMOUNTS = {
    "started": f"max({STARTED})",
    "age": f"max({STARTED})",
    "cost": "sum(cost_usd)",
    "tokens": f"sum({TOKENS})",
    "steps": "sum(n_steps) * 1.0 / count(*)",
    "reward": "avg(reward)",
    "status": "count(*)",
}
"""What groups are sorted by, as SQL."""


class Grouped:
    """The rows that a query found, group by group. A group's totals are looked up when they are asked for."""

    def __init__(self, by: str, index: Index, ids: array[int], starts: array[int]) -> None:
        self.by = by
        """One of `selection.GROUPINGS`."""
        self.rows = Rows(index, ids)
        """All runs, those of the first group first."""
        self.starts = starts
        """Where in `rows` each group begins; one more, for the end of the last."""
        self._index = index
        self._known: dict[int, Group] = {}

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> Group:
        """Group `i`; a few ms when it and its neighbours must be looked up."""
        if i not in self._known:
            self._look_up(i)
        return self._known[i]

    def key(self, i: int) -> str | None:
        """The value that the runs of group `i` share; `None` for those that have none."""
        return self[i].key

    def place_of(self, key: str | None) -> int | None:
        """Which group has this key."""
        return next((i for i in range(len(self)) if self.key(i) == key), None)

    def look_ahead(self) -> None:
        """Look up what takes longer than a screen may wait for; for threads."""
        for i in range(len(self)):
            if self._size(i) > AHEAD and i not in self._known:
                self._look_up(i)

    def _size(self, i: int) -> int:
        return self.starts[i + 1] - self.starts[i]

    def _look_up(self, i: int) -> None:
        first = i - i % AT_ONCE
        near = (j for j in range(first, min(first + AT_ONCE, len(self))) if j not in self._known)
        wanted = [j for j in near if j == i or self._size(j) <= AHEAD]
        ids = ((id_, j) for j in wanted for id_ in self.rows.ids[self.starts[j] : self.starts[j + 1]])
        found = columns_among(self._index, ids, GROUPINGS[self.by])
        for j in wanted:
            # A group whose runs are all gone meanwhile has none.
            row = found.get(j, NOTHING)
            self._known[j] = Group(key_of(self.by, row[-1]), totals_of(row))


class _Keyed(Grouped):
    """Groups whose keys are at hand, and their totals when they are few."""

    def __init__(self, by: str, index: Index, ids: array[int], columns: Sequence[tuple[Any, ...]]) -> None:
        super().__init__(by, index, ids, _starts(columns))
        self._keys = [key_of(by, row[_KEY]) for row in columns]
        if columns and len(columns[0]) > _COUNTED:
            self._known = {i: Group(self._keys[i], totals_of(row)) for i, row in enumerate(columns)}

    def key(self, i: int) -> str | None:
        """The value that the runs of group `i` share; `None` for those that have none."""
        return self._keys[i]


def grouped(index: Index, selection: Selection, by: str, sort: Sort) -> Iterator[Grouped]:
    """The runs of a selection by one of `GROUPINGS`, the groups in the order of what the runs are sorted by.

    Groups stand by their newest run, their cost or tokens taken together, their mean steps or reward; sorted by status
    they stand by the number of their runs, by anything else in the order of their keys. Where they are few, they
    come twice: as soon as they are known, with rows that are not there yet, and with all.
    """
    key = GROUPINGS[by]
    # Children stand below their parent, which began before them.
    within = f"{STARTED}, file, n" if by == "family" else selection.order
    while True:
        found = _columns(index, selection, by, sort)
        order = _in_order(found, sort)
        columns = [found[i] for i in order]
        starts = _starts(found)
        if not found or len(found[0]) > _COUNTED:
            # No run has this id, so each of these rows is one that is gone.
            yield _Keyed(by, index, array("q", bytes(8 * starts[-1])), columns)
        ids = index.database.run(partial(selection.ids_by, order=f"{key}, {within}"))
        if len(ids) == starts[-1]:
            break
    in_order = array("q")
    for i in order:
        in_order.extend(ids[starts[i] : starts[i + 1]])
    whole = _Keyed(by, index, in_order, columns)
    whole.look_ahead()
    yield whole


def _columns(index: Index, selection: Selection, by: str, sort: Sort) -> list[tuple[Any, ...]]:
    """The columns of each group, in the order of their keys; only counted when that saves more than it costs."""
    key, amount = GROUPINGS[by], _AMOUNTS.get(sort.name, "NULL")
    if by in _MANY:
        columns = f"count(*), {amount}"
        found = index.database.run(partial(selection.columns_by, columns=columns, key=key))
        if len(found) * AHEAD > sum(row[_RUNS] for row in found):
            return found
    return index.database.run(partial(selection.columns_by, columns=f"{TOTALS}, {amount}", key=key))


def _starts(columns: Sequence[tuple[Any, ...]]) -> array[int]:
    return array("q", accumulate((row[_RUNS] for row in columns), initial=0))


def _in_order(found: Sequence[tuple[Any, ...]], sort: Sort) -> list[int]:
    """The places of the groups in their new order; what is unknown stands last, and so does the group without a key."""
    if sort.name not in _AMOUNTS:
        named = [i for i, row in enumerate(found) if row[_KEY] is not None]
        without = [i for i, row in enumerate(found) if row[_KEY] is None]
        return [*(reversed(named) if sort.descending else named), *without]
    amounts = [row[_AMOUNT] for row in found]
    known = [i for i, value in enumerate(amounts) if value is not None]
    # The sort is stable either way, so groups of the same amount stay in the order of their keys.
    known.sort(key=amounts.__getitem__, reverse=sort.descending != (sort.name == "age"))
    return [*known, *(i for i, value in enumerate(amounts) if value is None)]
