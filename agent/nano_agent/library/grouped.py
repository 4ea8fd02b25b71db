"""A view over the index in groups: each with what its runs are together, and the runs in their order."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

from nano_agent.library.index import Index
from nano_agent.library.query.fields import STARTED
from nano_agent.library.query.syntax import Sort
from nano_agent.library.rows import Rows
from nano_agent.library.selection import GROUPINGS, Group, Selection, key_of, totals_of

_RUNS, _COST, _TOKENS, _STEPS, _REWARD, _NEWEST = 0, 1, 4, 6, 7, 8
"""Places in the columns of `selection.TOTALS`."""


class Grouped:
    """The rows that a query found, group by group. A group's totals become an object when they are asked for."""

    def __init__(self, by: str, rows: Rows, columns: Sequence[tuple[Any, ...]]) -> None:
        self.by = by
        """One of `selection.GROUPINGS`."""
        self.rows = rows
        """All runs, those of the first group first."""
        self._columns = columns
        self.starts = array("q", accumulate((row[_RUNS] for row in columns), initial=0))
        """Where in `rows` each group begins; one more, for the end of the last."""

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self._columns)

    def __getitem__(self, i: int) -> Group:
        """Group `i`."""
        return Group(self.key(i), totals_of(self._columns[i]))

    def key(self, i: int) -> str | None:
        """The value that the runs of group `i` share; `None` for those that have none."""
        return key_of(self.by, self._columns[i][-1])


def grouped(index: Index, selection: Selection, by: str, sort: Sort) -> Iterator[Grouped]:
    """The runs of a selection by one of `GROUPINGS`, the groups in the order of what the runs are sorted by.

    Groups stand by their newest run, their cost or tokens taken together, their mean steps or reward; sorted by status
    they stand by the number of their runs, by anything else in the order of their keys. They come twice: as soon as
    they are known, with rows that are not there yet, and with all.
    """
    key = GROUPINGS[by]
    # Children stand below their parent, which began before them.
    within = f"{STARTED}, file, n" if by == "family" else selection.order
    while True:
        found = index.database.run(partial(selection.totals_by, key=key))
        order = _in_order(found, sort)
        columns = [found[i] for i in order]
        starts = list(accumulate((row[_RUNS] for row in found), initial=0))
        # No run has this id, so each of these rows is one that is gone.
        yield Grouped(by, Rows(index, array("q", bytes(8 * starts[-1]))), columns)
        ids = index.database.run(partial(selection.ids_by, order=f"{key}, {within}"))
        if len(ids) == starts[-1]:
            break
    in_order = array("q")
    for i in order:
        in_order.extend(ids[starts[i] : starts[i + 1]])
    yield Grouped(by, Rows(index, in_order), columns)


def _in_order(found: Sequence[tuple[Any, ...]], sort: Sort) -> list[int]:
    """The places of the groups in their new order; what is unknown stands last, and so does the group without a key."""
    amount = _AMOUNTS.get(sort.name)
    if amount is None:
        named = [i for i, row in enumerate(found) if row[-1] is not None]
        without = [i for i, row in enumerate(found) if row[-1] is None]
        return [*(reversed(named) if sort.descending else named), *without]
    descending = sort.descending != (sort.name == "age")
    amounts = [amount(row) for row in found]
    known = [i for i, value in enumerate(amounts) if value is not None]
    # The sort is stable either way, so groups of the same amount stay in the order of their keys.
    known.sort(key=lambda i: -amounts[i] if descending else amounts[i])
    return [*known, *(i for i, value in enumerate(amounts) if value is None)]


def _mean_steps(row: tuple[Any, ...]) -> Any:
    return None if row[_STEPS] is None else row[_STEPS] / row[_RUNS]


_AMOUNTS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "started": lambda row: row[_NEWEST],
    "age": lambda row: row[_NEWEST],
    "cost": lambda row: row[_COST],
    "tokens": lambda row: row[_TOKENS],
    "steps": _mean_steps,
    "reward": lambda row: row[_REWARD],
    "status": lambda row: row[_RUNS],
}
