"""All trajectories under the folders being browsed: scanned into the index, asked by queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from nano_agent.library.grouped import Grouped, grouped
from nano_agent.library.index import Index
from nano_agent.library.numbered import numbered
from nano_agent.library.query import Query, parse
from nano_agent.library.query.sql import NEWEST_FIRST, leaves
from nano_agent.library.rows import Rows
from nano_agent.library.scan import Progress, Scan
from nano_agent.library.search import Hit, Search
from nano_agent.library.selection import Group, Selection, Totals, values
from nano_agent.library.summary import Summary
from nano_agent.library.text_index import answer, is_exact
from nano_agent.library.walk import outermost

FIRST = 1000
"""Rows that are there before all are sorted: some twenty pages."""


class Library:
    """The trajectories below some roots; without roots, all that were ever listed.

    Every method may be called from any thread. Queries are text or parsed; a text that cannot be understood raises
    `QueryError`.
    """

    def __init__(self, roots: Sequence[str | Path] = (), index: Path | None = None) -> None:
        self.roots = outermost(roots)
        self.index = Index(index)

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()

    def rows(self, query: str | Query = "") -> Rows:
        """The rows that a query finds, sorted.

        Words and commands are looked up in the full-text index as far as it is built; where it cannot tell, the row
        is among them (see `is_exact`).
        """
        return Rows(self.index, self._selection(query).ids())

    def rows_soon(self, query: str | Query) -> Iterator[Rows]:
        """The same; where sorting takes long, first with those rows alone that stand at the beginning.

        The others are `None` until then; how many there are is right from the first.
        """
        selection = self._selection(query)
        if selection.is_whole and selection.is_sorted:
            first = Rows(self.index, selection.first_ids(FIRST))
            yield first
            if all(first.ids):
                return
        yield Rows(self.index, selection.ids())

    def rows_of(self, ids: Iterable[int]) -> Rows:
        """The rows with these ids, in this order."""
        return Rows(self.index, ids)

    def is_exact(self, query: str | Query) -> bool:
        """Whether `rows` finds just what the query asks for, so that no trajectory needs to be looked into."""
        return is_exact(self.index, leaves(_parsed(query).where))

    def summaries(self, query: str | Query = "") -> Iterator[Summary]:
        """The summaries that a query finds, one after the other."""
        return iter(self.rows(query))

    def search(self, query: str | Query, cancelled: Callable[[], bool] = lambda: False) -> Search:
        """The places where a query's words stand, found as one goes; a run without such a place is a hit of its own."""
        return Search(self.index, _parsed(query), self.roots, answer, cancelled)

    def scan(
        self, report: Callable[[Progress], None] = lambda progress: None, cancelled: Callable[[], bool] = lambda: False
    ) -> Progress:
        """Bring the index up to date with what is below the roots, in this process and thread."""
        return Scan(self.index, self.roots, report, cancelled).run()

    def found(self, query: str | Query) -> Iterator[Summary]:
        """The summaries that a query finds, in its order, words and commands looked up where the query has some."""
        asked = _parsed(query)
        if self.is_exact(asked):
            return iter(self.rows(asked))
        return (hit.summary for hit in Search(self.index, asked, self.roots, answer, hits_a_run=1))

    def totals(self, query: str | Query = "", among: Sequence[int] | None = None) -> Totals:
        """What a query finds, or the runs with some ids, taken together."""
        return self._selection(query, among).totals()

    def groups(self, by: str, query: str | Query = "") -> list[Group]:
        """What a query finds, by one of `selection.GROUPINGS`, the largest group first."""
        return self._selection(query).groups(by)

    def grouped(self, by: str, query: str | Query = "", among: Sequence[int] | None = None) -> Grouped:
        """What a query finds, or the runs with some ids, group by group in the query's order."""
        *_, whole = self.grouping(by, query, among)
        return whole

    def grouping(self, by: str, query: str | Query = "", among: Sequence[int] | None = None) -> Iterator[Grouped]:
        """The same; where the groups are few, first without the runs in them, which take as long again."""
        asked = _parsed(query)
        selection, sort = self._selection(asked, among), (*asked.sorts, NEWEST_FIRST)[0]
        many = numbered(self.index, selection, by, sort)
        return iter((many,)) if many is not None else grouped(self.index, selection, by, sort)

    def finds(
        self, query: str | Query, ids: Sequence[int], cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Hit]:
        """The first place where a query's words stand in each of some runs, in no order of their own."""
        asked = _parsed(query)
        return iter(Search(self.index, asked, self.roots, answer, cancelled, hits_a_run=1, among=ids))

    def refusals(self) -> Iterator[str]:
        """For each root that is a file and no trajectory, a sentence on why."""
        for root in self.roots:
            if why := self.index.refusal(root):
                yield f"{root}: {why}"

    def values(self, field: str) -> list[str]:
        """The values that a text field has, the most frequent first; for completion."""
        return values(self.index, field)

    def _selection(self, query: str | Query, among: Sequence[int] | None = None) -> Selection:
        return Selection(self.index, _parsed(query), self.roots, answer, among)


def _parsed(query: str | Query) -> Query:
    return parse(query) if isinstance(query, str) else query
