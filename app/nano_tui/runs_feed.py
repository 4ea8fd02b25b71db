"""Keeping the list of runs true: a process scans and watches, and when it has news the rows are asked for again."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.dom import DOMNode
from textual.message import Message

from nano_tui.bridge import in_background, in_thread

if TYPE_CHECKING:
    from nano_agent.library.library import Library
    from nano_agent.library.process import News, ScanProcess
    from nano_agent.library.query import Query
    from nano_agent.library.rows import Rows
    from nano_agent.library.selection import Totals
    from nano_agent.library.summary import Summary

REST = 0.25
"""Seconds at least between two times that the rows are asked for because of news."""
TELL_EVERY = 0.25
"""Seconds between two messages while files are searched."""
MOST_LIVE = 400
MOST_RECENT = 50


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a query as typed, and the column to sort by where the query does not say."""

    text: str = ""
    column: str = "started"
    descending: bool = True


class RunsFeed:
    """Everything that is known of runs, handed to the node that owns it as messages."""

    @dataclass
    class Found(Message):
        """The rows that the current query finds, as they are now."""

        rows: Rows
        live: Sequence[Summary]
        """The runs that are going and those that ended lately, whatever the query."""
        totals: Totals | None = None
        """The rows taken together; `None` when files were searched for words."""
        estimated: bool = False
        """Whether any of the costs in the totals is an estimate."""
        words: str = ""
        """A regex for the words that were searched for."""
        searched: tuple[int, int] | None = None
        """While files are searched: how many were, of how many."""

    @dataclass
    class Scanned(Message):
        """The process that scans has news."""

        news: News

    @dataclass
    class Misunderstood(Message):
        """The query cannot be understood."""

        error: str

    @dataclass
    class Ended(Message):
        """Nobody scans any more; what is listed stays."""

        why: str

    def __init__(self, owner: DOMNode, roots: Callable[[], Sequence[Path]]) -> None:
        """`roots` names the folders to look into; it looks at the disk and is called in a thread."""
        self._owner = owner
        self._roots = roots
        self._library: Library | None = None
        self._process: ScanProcess | None = None
        self._order = Order()
        self._asking = self._stale = self._closed = False

    def start(self) -> None:
        """Open the library and keep it true until `close`."""
        in_background(self._owner, "library", self._start)

    async def _start(self) -> None:
        self._library, process = await asyncio.to_thread(self._open)
        if self._closed:
            return
        # What was known when the app was last used is shown at once; the scan corrects it.
        self.ask(self._order)
        self._process = process
        process.start()

    def _open(self) -> tuple[Library, ScanProcess]:
        from nano_agent.library.library import Library
        from nano_agent.library.process import ScanProcess

        library = Library(self._roots())
        return library, ScanProcess(library.index.database.path, library.roots, self._told, self._ended)

    def _told(self, news: News) -> None:
        self._owner.post_message(self.Scanned(news))

    def _ended(self, why: str) -> None:
        self._owner.post_message(self.Ended(why))

    def close(self) -> None:
        """End the process, without waiting for it."""
        self._closed = True
        if self._process is not None:
            threading.Thread(target=self._process.close, daemon=True).start()

    def look_again(self) -> None:
        """There may be other folders to look into now."""
        in_background(self._owner, "roots", self._look_again)

    async def _look_again(self) -> None:
        from nano_agent.library.walk import outermost

        roots = await asyncio.to_thread(lambda: outermost(self._roots()))
        if self._library is not None and self._process is not None and roots != self._library.roots:
            self._library.roots = roots
            self._process.look_at(roots)

    def ask(self, order: Order) -> None:
        """Ask for other rows, or for the same in another order."""
        self._order, self._asking, self._stale = order, True, False
        in_background(self._owner, "query", self._answer)

    def ask_again(self) -> None:
        """Ask once more for what was asked for last, since something has changed: soon, or when it is answered."""
        if self._asking:
            self._stale = True
        else:
            self.ask(self._order)

    async def _answer(self) -> None:
        while self._library is not None:
            self._stale = False
            await self._query(self._library, self._order)
            await asyncio.sleep(REST)
            if not self._stale:
                break
        self._asking = False

    async def _query(self, library: Library, order: Order) -> None:
        from nano_agent.library.query import QueryError, Sort, parse

        try:
            query = parse(order.text)
        except QueryError as error:
            self._owner.post_message(self.Misunderstood(error.message))
            return
        if not query.sorts:
            query = replace(query, sorts=(Sort(order.column, order.descending),))
        if await asyncio.to_thread(library.is_exact, query):
            self._owner.post_message(await asyncio.to_thread(_look_up, library, query))
        else:
            await in_thread(lambda cancelled: self._search(library, query, cancelled))

    def _search(self, library: Library, query: Query, cancelled: Callable[[], bool]) -> None:
        """Look words up in the files, telling what was found so far; in a thread."""
        from nano_agent.library.rows import Rows

        search, words, live = library.search(query, cancelled), words_of(query), _live(library)
        found: dict[int, None] = {}
        told = time.monotonic()
        for hit in search:
            found[hit.id] = None
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                searched = (search.looked_at, search.candidates)
                rows = Rows(library.index, list(found))
                self._owner.post_message(self.Found(rows, live, words=words, searched=searched))
        if not cancelled():
            self._owner.post_message(self.Found(Rows(library.index, list(found)), live, words=words))


def words_of(query: Query) -> str:
    """A regex for what a query looks up in the trajectories themselves; empty when it names only fields."""
    from nano_agent.library.query import Words
    from nano_agent.library.query.sql import leaves

    # In small letters, for which the transcript's search takes large ones too, as the library does.
    found = [(leaf.text if isinstance(leaf, Words) else leaf.value).lower() for leaf in leaves(query.where)]
    return "|".join(map(re.escape, dict.fromkeys(found)))


def _look_up(library: Library, query: Query) -> RunsFeed.Found:
    rows = library.rows(query)
    if len(rows):
        # The first page is what is painted; fetched here, it costs the screen nothing.
        rows[0]
    estimated = _estimated(library, query)
    return RunsFeed.Found(rows, _live(library), library.totals(query), estimated, words_of(query))


def _estimated(library: Library, query: Query) -> bool:
    """Whether any of the costs was priced from a table."""
    from nano_agent.library.query import And, parse

    return library.totals(replace(query, where=And((query.where, parse("is:estimated").where)))).runs > 0


def _live(library: Library) -> list[Summary]:
    """The runs that go on, and those of ours that were begun lately, each once."""
    found: dict[str, Summary] = {}
    for query, most in (("format:nano-run age<12h", MOST_RECENT), ("is:live", MOST_LIVE)):
        rows = library.rows(query)
        newest = (rows[i] for i in range(min(len(rows), most)))
        found |= {run.path: run for run in newest if run is not None}
    return list(found.values())
