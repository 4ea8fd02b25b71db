"""Searching: fields in the index, words in the files, hits as they are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nano_agent.formats import NotATrajectory, read
from nano_agent.library.content import Find, Lookup, holds
from nano_agent.library.index import Index
from nano_agent.library.query import And, Condition, Expression, Not, Or, Query, Words
from nano_agent.library.query.sql import AnswerLeaf, Leaf, leaves, where
from nano_agent.library.selection import Selection
from nano_agent.library.summary import Summary
from nano_agent.trajectory import Trajectory

PAGE = 200
HITS_A_RUN = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a query's words stand, or a run that a query without words finds."""

    id: int
    """The run's row id."""
    summary: Summary
    find: Find | None
    """Where the words are; `None` when the query only says what must not be there."""


class Search:
    """One query over the runs below some roots. Iterating yields hits; it may be cancelled at any time."""

    def __init__(
        self,
        index: Index,
        query: Query,
        roots: Sequence[str],
        answer: AnswerLeaf,
        cancelled: Callable[[], bool] = lambda: False,
        hits_a_run: int = HITS_A_RUN,
        among: Sequence[int] | None = None,
    ) -> None:
        self._index = index
        self._query = query
        self._cancelled = cancelled
        self._hits = hits_a_run
        self._leaves: list[Leaf] = list(leaves(query.where))
        self._lookup = Lookup(self._leaves, cancelled)
        self._wanted = list(_wanted(query.where))
        self._selection = Selection(index, query, roots, answer, among)
        self.candidates = 0
        """How many runs may match as far as the index knows."""
        self.looked_at = 0
        """How many of them have been looked at."""

    def __iter__(self) -> Iterator[Hit]:
        return (hit for hit in self.steps() if hit is not None)

    def steps(self) -> Iterator[Hit | None]:
        """The hits, and a `None` for each file that was looked at: what comes of a long search may be nothing."""
        ids = self._selection.ids()
        self.candidates = len(ids)
        left = set(ids)
        for start in range(0, len(ids), PAGE):
            for id_, path, n, of in self._index.places(ids[start : start + PAGE]):
                if self._cancelled():
                    return
                if id_ not in left:
                    continue
                # A file is read once, for all of its trajectories that may match.
                runs = {n: id_} if of == 1 else {n: i for i, n in self._index.runs_of(path) if i in left}
                left.difference_update(runs.values())
                yield from self._in_file(path, runs)
                self.looked_at += len(runs)
                yield None

    def _in_file(self, path: str, wanted: dict[int, int]) -> Iterator[Hit]:
        """The hits in one file; `wanted` are its trajectories that may match, by their place in it."""
        if not self._leaves:
            for id_ in wanted.values():
                if (summary := self._index.fetch([id_])[0]) is not None:
                    yield Hit(id_, summary, None)
            return
        absent = self._lookup.absent(path)
        truths = [holds(leaf, False) if gone else None for leaf, gone in zip(self._leaves, absent, strict=True)]
        wanted = {n: id_ for n, id_ in wanted.items() if not any(absent) or self._matches(id_, truths)}
        if not wanted or self._cancelled():
            return
        try:
            for n, trajectory in enumerate(read(Path(path))):
                if self._cancelled():
                    return
                if n in wanted:
                    yield from self._in_trajectory(trajectory, wanted[n])
        except NotATrajectory:
            return  # it changed since it was listed; the next scan will say so

    def _in_trajectory(self, trajectory: Trajectory, id_: int) -> Iterator[Hit]:
        truths, finds = self._lookup.examine(trajectory, self._wanted, self._hits)
        if self._cancelled() or not self._matches(id_, truths):
            return
        summary = self._index.fetch([id_])[0]
        if summary is not None:
            yield from (Hit(id_, summary, find) for find in (finds or (None,)))

    def _matches(self, id_: int, truths: Sequence[bool | None]) -> bool:
        """Whether a run matches, or may match, given the truth of each leaf as far as it is known."""
        given = iter(truths)

        def answer(leaf: Leaf, negated: bool) -> tuple[str, list[Any]]:
            truth = next(given)
            # What is not known is taken as what lets the run through.
            return ("1" if (truth is None and not negated) or truth else "0"), []

        condition, parameters = where(self._query.where, answer)
        sql = f"SELECT 1 FROM runs WHERE id = ? AND {condition}"
        return self._index.database.run(lambda db: db.execute(sql, [id_, *parameters]).fetchone()) is not None


def _wanted(expression: Expression, negated: bool = False) -> Iterator[bool]:
    """For each leaf whether its finds are shown: those that should be there."""
    match expression:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part, negated)
        case Not(part):
            yield from _wanted(part, not negated)
        case Words():
            yield not negated
        case Condition() as condition:
            if condition in tuple(leaves(condition)):
                yield negated == (condition.operator == "!=")
