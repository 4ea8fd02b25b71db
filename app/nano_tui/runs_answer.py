"""What the list of runs shows for a query, looked up in the library; for threads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nano_agent.library.grouped import Grouped
    from nano_agent.library.library import Library
    from nano_agent.library.query import Query
    from nano_agent.library.rows import Rows
    from nano_agent.library.search import Hit
    from nano_agent.library.selection import Totals
    from nano_agent.library.summary import Summary
    from nano_widgets.run_painter import Snippet

TELL_EVERY = 0.25
"""Seconds between two answers while files are searched."""
MOST_LIVE = 400
MOST_RECENT = 50


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a query as typed, the column to sort by where it does not say, and what to group by."""

    text: str = ""
    column: str = "started"
    descending: bool = True
    group: str = ""
    """One of `selection.GROUPINGS`; empty for no groups."""

    def query(self) -> Query:
        """The whole query; raises `QueryError`."""
        from nano_agent.library.query import Sort, parse

        query = parse(self.text)
        return query if query.sorts else replace(query, sorts=(Sort(self.column, self.descending),))

    @property
    def sort(self) -> tuple[str, bool]:
        """The column that the rows are sorted by, the query's own before the chosen one, and whether it descends."""
        from nano_agent.library.query import FIELDS

        by = self.query().sorts[0]
        return ("started", not by.descending) if by.name == "age" else (FIELDS[by.name].name, by.descending)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that a query finds, as they are now."""

    order: Order
    rows: Rows | Grouped
    words: str = ""
    """A regex for the words that were searched for."""
    snippets: Mapping[int, Snippet] = field(default_factory=dict)
    """Where these words are, for the rows that were looked into, by their ids."""
    searched: tuple[int, int] | None = None
    """While files are searched: how many were, of how many."""
    refused: str = ""
    """Why a file that was named is not among the rows, when nothing else is either."""

    @property
    def runs(self) -> Rows:
        """The rows without their groups."""
        from nano_agent.library.grouped import Grouped

        return self.rows.rows if isinstance(self.rows, Grouped) else self.rows


def look_up(library: Library, order: Order, query: Query, anew: bool) -> Iterator[Answer]:
    """What the index alone can tell; what is asked for anew may come first with only the rows that are seen first."""
    words = words_of(query)
    if order.group:
        found = library.grouping(order.group, query) if anew else [library.grouped(order.group, query)]
        yield from (Answer(order, groups, words) for groups in found)
        return
    for rows in library.rows_soon(query) if anew else [library.rows(query)]:
        if len(rows):
            # What is painted first; fetched here, it costs the screen nothing.
            rows[0]
        refused = "" if rows or order.text else next(library.refusals(), "")
        yield Answer(order, rows, words, refused=refused)
        rows.fetch_ends()


def search(library: Library, order: Order, query: Query, cancelled: Callable[[], bool]) -> Iterator[Answer]:
    """Look words up in the files, with an answer now and then for what was found so far."""
    found, words = library.search(query, cancelled), words_of(query)
    snippets: dict[int, Snippet | None] = {}
    told = time.monotonic()

    def so_far(searched: tuple[int, int] | None) -> Answer:
        ids = list(snippets)
        rows = library.grouped(order.group, query, ids) if order.group else library.rows_of(ids)
        return Answer(order, rows, words, {id_: one for id_, one in snippets.items() if one}, searched)

    for hit in found.steps():
        if hit is not None:
            # The first place in a run is where it is opened.
            snippets.setdefault(hit.id, snippet_of(hit))
        if time.monotonic() - told > TELL_EVERY:
            yield so_far((found.looked_at, found.candidates))
            told = time.monotonic()
    if not cancelled():
        yield so_far(None)


def snippet_of(hit: Hit) -> Snippet | None:
    """Where a hit is; `None` when a query says only what must not be there."""
    from nano_widgets.run_painter import Snippet

    find = hit.find
    if find is None:
        return None
    where = f"step {find.step} {find.piece}" if find.step is not None else find.piece
    return Snippet(where, find.excerpt, find.spans, find.message)


def snippets(library: Library, query: Query, ids: Sequence[int], cancelled: Callable[[], bool]) -> dict[int, Snippet]:
    """Where a query's words stand in some runs."""
    found = {hit.id: snippet_of(hit) for hit in library.finds(query, ids, cancelled)}
    return {id_: one for id_, one in found.items() if one is not None}


def words_of(query: Query) -> str:
    """A regex for what a query looks up in the trajectories themselves; empty when it names only fields."""
    from nano_agent.library.query import Words
    from nano_agent.library.query.sql import leaves

    # In small letters, for which the transcript's search takes large ones too, as the library does.
    found = [(leaf.text if isinstance(leaf, Words) else leaf.value).lower() for leaf in leaves(query.where)]
    # One word alone without an escape: the transcript looks for such a one by comparing characters.
    return "|".join(r"\s+".join(map(re.escape, text.split())) for text in dict.fromkeys(found))


def live_runs(library: Library) -> list[Summary]:
    """The runs that go on, and those of ours that were begun lately, each once."""
    found: dict[str, Summary] = {}
    for query, most in (("format:nano-run age<12h", MOST_RECENT), ("is:live", MOST_LIVE)):
        rows = library.rows(query)
        newest = (rows[i] for i in range(min(len(rows), most)))
        found |= {run.path: run for run in newest if run is not None}
    return list(found.values())


def totals(library: Library, answer: Answer, query: Query, cancelled: Callable[[], bool]) -> Totals:
    """The rows of an answer taken together."""
    with library.index.database.until(cancelled):
        # Words may not all be in the index, but then the rows that were found are few.
        return library.totals("", answer.runs.ids) if answer.words else library.totals(query)
