"""Asking the index: which rows, in which order, in which groups."""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from nano_agent.library.index import Index
from nano_agent.library.kinds import KINDS
from nano_agent.library.query import FIELDS, Query
from nano_agent.library.query.fields import STARTED, TOKENS
from nano_agent.library.query.sql import AnswerLeaf, Leaf, Sql, order_by, where
from nano_agent.library.schema import HEAVY, disk_path, like_root, root_range

GROUPINGS = {
    "task": "coalesce(instance, group_name, task)",
    "group": "group_name",
    "model": "model",
    "status": "CASE WHEN live THEN 'live' ELSE exit_status END",
    "format": "format",
    "repo": "repo",
    "folder": "folder_of(path)",
    "family": "family",
}
"""What runs may be grouped by, as SQL."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Many runs taken together. Sums are over the runs that know the figure; `None` when none does."""

    runs: int
    cost_usd: float | None
    cost_known: int
    """How many runs know their cost."""
    estimated: bool
    """Whether any of the costs is an estimate."""
    tokens: int | None
    tokens_known: int
    steps: int | None
    reward: float | None
    """The mean over the runs that have one."""
    newest: float | None
    """When the latest of them started, in seconds since the epoch."""
    live: int
    done: int
    """Runs that ended the way they should."""
    limit: int
    """Runs that a limit ended."""
    bad: int
    """Runs that ended in any other way that is recorded."""


@dataclass(frozen=True, slots=True)
class Group:
    """The runs that share a value."""

    key: str | None
    totals: Totals


def anywhere(leaf: Leaf, negated: bool) -> Sql:
    """The answer for words and commands when nobody has looked: every run may match."""
    return ("0" if negated else "1"), []


class Selection:
    """A query over the runs below some roots (none: all that the index knows), or over the runs with some ids."""

    def __init__(
        self,
        index: Index,
        query: Query,
        roots: Sequence[str],
        answer: AnswerLeaf = anywhere,
        among: Sequence[int] | None = None,
    ) -> None:
        self._index = index
        condition, parameters = where(query.where, answer)
        below, root_parameters = _below(index, roots) if among is None else _among(among)
        self.condition = f"{below} AND {condition}"
        self.order = order_by(query.sorts, indexed=HEAVY.isdisjoint(re.findall(r"\w+", self.condition)))
        self.parameters = [*root_parameters, *parameters]
        self.is_whole = self.condition == "1 AND 1"
        """Whether it is all runs of the index."""
        self.is_sorted = bool(query.sorts) and query.sorts[0].name not in ("started", "age")
        """Whether its order is another than the usual one, so that all rows must be sorted."""

    def ids(self) -> array[int]:
        """The ids of the rows, in order."""
        return self._index.database.run(lambda db: self.ids_by(db, self.order))

    def ids_by(self, db: sqlite3.Connection, order: str) -> array[int]:
        """The ids of the rows, in the order of these terms."""
        # One long string takes half the time of one Python object a row, and is made outside of Python's lock.
        sql = f"SELECT group_concat(id) FROM (SELECT id FROM runs WHERE {self.condition} ORDER BY {order})"
        joined: str | None = db.execute(sql, self.parameters).fetchone()[0]
        return _ids(joined)

    def ids_and(self, db: sqlite3.Connection, *columns: str) -> list[list[Any]]:
        """The ids of the rows, in order, and some columns of whole numbers."""
        # Null would be left out of what is joined.
        named = ", ".join(f"ifnull({column}, 'null') AS c{i}" for i, column in enumerate(columns))
        rows = f"SELECT id, {named} FROM runs WHERE {self.condition} ORDER BY {self.order}"
        joined = ", ".join(["group_concat(id)", *(f"group_concat(c{i})" for i in range(len(columns)))])
        found = db.execute(f"SELECT {joined} FROM ({rows})", self.parameters).fetchone()
        return [orjson.loads(f"[{values or ''}]") for values in found]

    def first_ids(self, most: int) -> array[int]:
        """The ids of so many rows at most, in order, and 0, which is no run's id, for each of the others."""
        # Keeping the first few while counting takes a fifth of the time that it takes to sort all.
        found = f"SELECT id FROM runs WHERE {self.condition} ORDER BY {self.order} LIMIT {most}"
        sql = f"SELECT (SELECT count(*) FROM runs WHERE {self.condition}), (SELECT group_concat(id) FROM ({found}))"
        parameters = [*self.parameters, *self.parameters]
        count, joined = self._index.database.run(lambda db: db.execute(sql, parameters).fetchone())
        first = _ids(joined)
        return first + array("q", bytes(8 * (count - len(first))))

    def totals(self) -> Totals:
        """All of them taken together."""
        sql = f"SELECT {TOTALS} FROM runs WHERE {self.condition}"
        return totals_of(self._index.database.run(lambda db: db.execute(sql, self.parameters).fetchone()))

    def columns_by(self, db: sqlite3.Connection, columns: str, key: str) -> list[tuple[Any, ...]]:
        """For each value of an expression some columns and, last, the value; in the order of the values."""
        sql = f"SELECT {columns}, {key} AS key FROM runs WHERE {self.condition} GROUP BY key ORDER BY key"
        return db.execute(sql, self.parameters).fetchall()

    def groups(self, by: str) -> list[Group]:
        """The runs by one of `GROUPINGS`, the largest group first."""
        rows = self._index.database.run(lambda db: self.columns_by(db, TOTALS, GROUPINGS[by]))
        found = [Group(key_of(by, row[-1]), totals_of(row)) for row in rows]
        return sorted(found, key=lambda group: -group.totals.runs)


def columns_among(index: Index, ids: Iterable[tuple[int, int]], key: str) -> dict[int, tuple[Any, ...]]:
    """For runs by their ids, each with the number of its group: the groups' columns of `TOTALS`, and last their key.

    Runs that are gone are not counted, and a group of which all are gone is missing.
    """
    pairs = "SELECT value ->> 0 AS run, value ->> 1 AS part FROM json_each(?)"
    # All runs of a group have its key, so any of them has the right one.
    sql = f"SELECT part, {TOTALS}, {key} FROM ({pairs}) CROSS JOIN runs ON id = run GROUP BY part"
    asked = orjson.dumps(list(ids)).decode()
    return {part: tuple(row) for part, *row in index.database.run(lambda db: db.execute(sql, [asked]).fetchall())}


def key_of(by: str, value: Any) -> str | None:
    """A group's key as people know it."""
    if value is None:
        return None
    return disk_path(value) if by in ("folder", "family") else str(value)


def values(index: Index, name: str, most: int = 100) -> list[str]:
    """The values that a text field has in the index, the most frequent first."""
    sql = f"SELECT {FIELDS[name].sql} AS v FROM runs WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC LIMIT ?"

    def work(db: sqlite3.Connection) -> list[str]:
        found = [value for (value,) in db.execute(sql, (most,))]
        # The tools of a run are one value.
        return list(dict.fromkeys(tool for value in found for tool in value.split("\x1f"))) if name == "tool" else found

    return index.database.run(work)


TOTALS = ", ".join(
    (
        "count(*), sum(cost_usd), count(cost_usd), max(cost_estimated AND cost_usd IS NOT NULL)",
        f"sum({TOKENS}), count({TOKENS}), sum(n_steps), avg(reward), max({STARTED})",
        *(f"total(kind = {KINDS.index(kind)})" for kind in ("live", "good", "limit", "bad")),
    )
)
"""The columns of `Totals`."""
NOTHING = (0, None, 0, None, None, 0, None, None, None, 0, 0, 0, 0, None)
"""These columns of no runs, and no key."""


def totals_of(row: Sequence[Any]) -> Totals:
    """The totals in a row that begins with the columns of `TOTALS`."""
    runs, cost, known, estimated, tokens, tokens_known, steps, reward, newest, live, done, limit, bad = row[:13]
    return Totals(
        runs,
        cost,
        known,
        bool(estimated),
        tokens,
        tokens_known,
        steps,
        reward,
        newest,
        int(live),
        int(done),
        int(limit),
        int(bad),
    )


def _ids(joined: str | None) -> array[int]:
    return array("q", orjson.loads(f"[{joined or ''}]"))


def _among(ids: Sequence[int]) -> Sql:
    """The condition that a run is one of these."""
    return "id IN (SELECT value FROM json_each(?))", [f"[{','.join(map(str, ids))}]"]


def _below(index: Index, roots: Sequence[str]) -> Sql:
    """The condition that a run lies below one of the roots; nothing at all when every run does."""
    if not roots:
        return "1", []
    ranges = [root_range(root) for root in roots]
    if index.database.run(lambda db: _covers_all(db, ranges)):
        return "1", []
    condition = " OR ".join(like_root("path") for _ in ranges)
    return f"({condition})", [parameter for one in ranges for parameter in one]


def _covers_all(db: sqlite3.Connection, ranges: Sequence[tuple[str, str, str]]) -> bool:
    """Whether every file lies below one of the roots: told from the gaps between them, a few looks into an index."""
    pieces = sorted([(root, root, ">") for root, _, _ in ranges] + [(low, high, ">=") for _, low, high in ranges])
    end, after = "", ">="
    for low, high, next_after in pieces:
        if db.execute(f"SELECT 1 FROM files WHERE path {after} ? AND path < ? LIMIT 1", (end, low)).fetchone():
            return False
        end, after = high, next_after
    return db.execute(f"SELECT 1 FROM files WHERE path {after} ? LIMIT 1", (end,)).fetchone() is None
