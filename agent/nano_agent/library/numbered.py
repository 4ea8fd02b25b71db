"""Groups by what nearly every run may have another of, its task or its folder: told apart by numbers, in one pass."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate

from nano_agent.library.grouped import AHEAD, Grouped
from nano_agent.library.index import Index
from nano_agent.library.query.fields import TOKENS
from nano_agent.library.query.syntax import Sort
from nano_agent.library.schema import number_of, stored_path
from nano_agent.library.selection import Selection

NUMBERS = {"task": "task_number", "folder": "folder_number"}
"""Groupings whose keys have a number in the index, and its column."""
_AMOUNTS = {
    "started": "",
    "age": "",
    "status": "",
    "cost": "CAST(cost_usd * 1e9 AS INTEGER)",
    "tokens": TOKENS,
    "steps": "n_steps",
    "reward": "CAST(reward * 1e9 AS INTEGER)",
}
"""What groups are sorted by, of one run and as a whole number, which is read ten times faster than any other; empty
where the order or the number of the runs says it."""

_NONE = -1
"""What stands for the number of the runs without a key."""


class Numbered(Grouped):
    """Groups of which only the numbers are kept: 100,000 take a few MB, where their keys would take some 30."""

    def __init__(self, by: str, index: Index, ids: array[int], starts: array[int], numbers: array[int]) -> None:
        super().__init__(by, index, ids, starts)
        self._numbers = numbers

    def place_of(self, key: str | None) -> int | None:
        """Which group has this key."""
        if key is not None and self.by == "folder":
            key = stored_path(key)
        number = number_of(key)
        try:
            return self._numbers.index(_NONE if number is None else number)
        except ValueError:
            return None


def numbered(index: Index, selection: Selection, by: str, sort: Sort) -> Numbered | None:
    """The runs of a selection in many groups, ordered as `grouped` says; `None` where that is not for numbers.

    It is not when the groups are few, since their totals are wanted at once, nor when they stand in the order of their
    keys.
    """
    if by not in NUMBERS or sort.name not in _AMOUNTS:
        return None
    columns = filter(None, (NUMBERS[by], _AMOUNTS[sort.name]))
    ids, keys, *amounts = index.database.run(lambda db: selection.ids_and(db, *columns))
    places: dict[int | None, int] = {}
    groups = [places.setdefault(key, len(places)) for key in keys]
    if len(places) * AHEAD <= len(ids):
        return None
    sizes = [0] * len(places)
    for group in groups:
        sizes[group] += 1
    order = _by_amount(groups, sizes, amounts[0], sort) if amounts else _by_runs(groups, sizes, sort)
    starts = array("q", accumulate((sizes[group] for group in order), initial=0))
    numbers = [_NONE if number is None else number for number in places]
    whole = Numbered(by, index, _sorted(ids, groups, order, starts), starts, array("q", (numbers[i] for i in order)))
    whole.look_ahead()
    return whole


def _by_runs(groups: Sequence[int], sizes: Sequence[int], sort: Sort) -> Sequence[int]:
    """The groups by their newest run or by how many runs they have.

    They are numbered in the order in which the first of their runs stand.
    """
    if sort.name == "status":
        return sorted(range(len(sizes)), key=sizes.__getitem__, reverse=sort.descending)
    if sort.descending != (sort.name == "age"):
        return range(len(sizes))
    # From the oldest on, the newest run is the last of each.
    last = dict(zip(groups, range(len(groups)), strict=True))
    return sorted(last, key=last.__getitem__)


def _by_amount(groups: Sequence[int], sizes: Sequence[int], amounts: Sequence[int | None], sort: Sort) -> Sequence[int]:
    """The groups by the sum or the mean of an amount; what is unknown stands last."""
    sums: dict[int, float] = {}
    known = list(sizes) if sort.name == "steps" else [0] * len(sizes)
    for group, amount in zip(groups, amounts, strict=True):
        if amount is not None:
            sums[group] = sums.get(group, 0) + amount
            known[group] += sort.name == "reward"
    if sort.name in ("steps", "reward"):
        sums = {group: amount / known[group] for group, amount in sums.items()}
    found = sorted(sums, key=sums.__getitem__, reverse=sort.descending)
    return [*found, *(group for group in range(len(sizes)) if group not in sums)]


def _sorted(ids: Sequence[int], groups: Sequence[int], order: Sequence[int], starts: Sequence[int]) -> array[int]:
    """The ids group by group, and within each in their own order."""
    at = [0] * len(order)
    for place, group in enumerate(order):
        at[group] = starts[place]
    found = array("q", bytes(8 * len(ids)))
    for id_, group in zip(ids, groups, strict=True):
        found[at[group]] = id_
        at[group] += 1
    return found
