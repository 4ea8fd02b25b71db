"""Keeping the list of runs true: a process scans and watches, and when it has news the rows are asked for again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.dom import DOMNode
from textual.message import Message

from nano_tui.bridge import in_background, in_thread
from nano_tui.garbage import give_back
from nano_tui.runs_answer import Answer, Order, live_runs, look_up, search, totals
from nano_tui.runs_questions import RunsQuestions
from nano_tui.runs_roots import RootsWatch
from nano_tui.scanning import Scanning

if TYPE_CHECKING:
    from nano_agent.library.library import Library
    from nano_agent.library.process import News
    from nano_agent.library.query import Query, QueryError
    from nano_agent.library.selection import Totals
    from nano_agent.library.summary import Summary

REST = 0.25
"""Seconds at least between two times that the rows are asked for because of news."""
NO_TEXT = 3.0
"""Seconds after a query in which no text is indexed: the next query is likely, and the rows are to be there at once."""
PAINTING = 0.05
"""Seconds that rows are given to be painted before more is asked for."""
_BUSY = 2.0
"""So many times as long as asking took is rested, so that a large library does not ask all the time."""


class RunsFeed(RunsQuestions):
    """Everything that is known of runs, handed to the node that owns it as messages."""

    @dataclass
    class Found(Message):
        """The rows that the current query finds."""

        answer: Answer

    @dataclass
    class Counted(Message):
        """The rows of the last answer taken together."""

        totals: Totals

    @dataclass
    class Live(Message):
        """The runs that are going and those that began lately, whatever the query."""

        runs: Sequence[Summary]

    @dataclass
    class Scanned(Message):
        """The process that scans has news."""

        news: News

    @dataclass
    class Misunderstood(Message):
        """The query cannot be understood."""

        error: QueryError

    @dataclass
    class Troubled(Message):
        """What is known of runs cannot be kept."""

        why: str

    @dataclass
    class Ended(Message):
        """Nobody scans any more; what is listed stays."""

        why: str

    def __init__(self, owner: DOMNode, roots: Callable[[], Sequence[Path]], scanning: Scanning | None = None) -> None:
        """`roots` names the folders to look into; it looks at the disk and is called in a thread.

        `scanning` has begun already; without it, the scan begins with the feed.
        """
        super().__init__(owner)
        self._scanning = scanning or Scanning(roots)
        self._roots_watch = RootsWatch(roots, self._look_at)
        self._order = Order()
        self._answered: Order | None = None
        self._asking = self._stale = self._closed = False
        self._news = True
        """Whether something changed since it was last asked which runs go on."""
        self._has_rows = asyncio.Event()

    async def first_rows(self, patience: float) -> None:
        """Wait until the first rows are painted, or so many seconds are over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_rows.wait(), patience)

    # The process

    def start(self) -> None:
        """Open the library and keep it true until `close`."""
        in_background(self._owner, "library", self._start)

    async def _start(self) -> None:
        self._library = library = await asyncio.to_thread(self._open)
        if self._closed:
            return
        if trouble := library.index.database.trouble:
            self._owner.post_message(self.Troubled(trouble))
            # It is kept elsewhere then, where nobody else would look for it.
            self._end_scan()
            self._scanning = Scanning(lambda: library.roots, library.index.database.path)
        # What was known when the app was last used is shown at once; the scan corrects it.
        self._ask(self._order)
        self._scanning.start()
        self._scanning.listen(self._told, self._ended)
        self._roots_watch.start(library.roots)

    def _open(self) -> Library:
        from nano_agent.library.library import Library

        return Library(self._scanning.roots())

    def _told(self, news: News) -> None:
        self._owner.post_message(self.Scanned(news))

    def _ended(self, why: str) -> None:
        self._owner.post_message(self.Ended(why))

    def close(self) -> None:
        """End the process, without waiting for it."""
        self._closed = True
        self._roots_watch.close()
        self._end_scan()

    def _end_scan(self) -> None:
        threading.Thread(target=self._scanning.process.close, daemon=True).start()

    def look_again(self) -> None:
        """There may be other folders to look into now."""
        self._roots_watch.look_again()

    def _look_at(self, roots: list[str]) -> None:
        """Look into these folders from now on. In the thread that found them."""
        if self._library is not None:
            self._library.roots = roots
            self._scanning.process.look_at(roots)

    # Rows

    def ask(self, order: Order) -> None:
        """Ask for other rows, or for the same in another order, as a person wants it."""
        self._scanning.process.rest(NO_TEXT)
        self._ask(order)

    def _ask(self, order: Order) -> None:
        self._order, self._asking, self._stale = order, True, False
        in_background(self._owner, "query", self._answer)

    def ask_again(self) -> None:
        """Ask once more for what was asked for last, since something has changed: soon, or when it is answered."""
        self._news = True
        if self._asking:
            self._stale = True
        else:
            self._ask(self._order)

    async def _answer(self) -> None:
        while self._library is not None:
            self._stale = False
            began = time.monotonic()
            answer = await self._query(self._library, self._order)
            # Who sees no rows waits for the first ones.
            if answer is None or answer.runs:
                await asyncio.sleep(max(REST, _BUSY * (time.monotonic() - began)))
            if not self._stale:
                break
        self._asking = False

    async def _query(self, library: Library, order: Order) -> Answer | None:
        from nano_agent.library.query import QueryError

        post = self._owner.post_message
        try:
            query = order.query()
        except QueryError as error:
            post(self.Misunderstood(error))
            return None
        answer = await in_thread(lambda cancelled: self._look(library, order, query, cancelled))
        if answer is None or answer.runs:
            await asyncio.sleep(PAINTING)
            self._has_rows.set()
        # What takes longer than the rows comes after them. Another query does not change which runs go on.
        if self._news:
            live = await asyncio.to_thread(live_runs, library)
            # What came meanwhile is asked for in a moment.
            self._news = self._stale
            post(self.Live(live))
        if answer is not None:
            post(self.Counted(await in_thread(lambda cancelled: totals(library, answer, query, cancelled))))
            await asyncio.to_thread(give_back)
        return answer

    def _look(self, library: Library, order: Order, query: Query, cancelled: Callable[[], bool]) -> Answer | None:
        """Hand on what is found, as it is found; the last of it. In a thread."""
        answer, anew = None, order != self._answered
        self._answered = order
        with library.index.database.until(cancelled):
            exact = library.is_exact(query)
            for answer in look_up(library, order, query, anew) if exact else search(library, order, query, cancelled):
                if cancelled():
                    return None
                self._owner.post_message(self.Found(answer))
        return answer
