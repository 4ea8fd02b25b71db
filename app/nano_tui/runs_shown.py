"""The table of runs and the counts below it, as the feed tells them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.timer import Timer

from nano_tui.line import Line
from nano_tui.runs_answer import Answer, Order
from nano_tui.runs_counts import Counts
from nano_tui.runs_feed import RunsFeed
from nano_widgets.run_painter import Snippet
from nano_widgets.run_table import RunTable

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_tui.query_bar import QueryBar

LOOK_AFTER = 0.1
"""Seconds without a move after which it is looked up where the words stand in the rows that are seen."""


class RunsShown(Vertical):
    """Shows what the feed answers."""

    order: reactive[Order] = reactive(Order(), init=False, repaint=False, bindings=True)
    """What is asked for."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = RunTable(id="runs")
        self.feed: RunsFeed | None = None
        """Who knows the runs; its messages come here."""
        self.bar: QueryBar | None = None
        self.answer: Answer | None = None
        """The last answer."""
        self.counts = Counts()
        self._line = Line()
        self._snippets: dict[int, Snippet] = {}
        self._look_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The table at once; the rest when it is asked for."""
        self.table.notice = self.counts.nothing
        yield self.table
        yield self._line

    async def chosen(self) -> list[Summary]:
        """The marked runs; without marks the one under the cursor."""
        rows = self.answer.runs if self.answer is not None else None
        ids = list(self.table.marks) or list(self.table.lines.ids(self.table.cursor))
        return await asyncio.to_thread(lambda: list(rows.of(ids))) if rows is not None else []

    # Answers

    def on_runs_feed_found(self, message: RunsFeed.Found) -> None:
        """Show what the query found."""
        message.stop()
        answer, before = message.answer, self.answer
        self.answer = answer
        if not answer.words:
            self._snippets = {}
        self._snippets.update(answer.snippets)
        self.counts.found(answer)
        self.table.notice = self.counts.nothing
        self.table.show_snippets(self._snippets)
        self.table.sort, self.table.descending = answer.order.sort
        self.table.show(answer.rows, stay=before is None or not _starts_anew(before.order, answer.order))
        self.say()
        if self.bar:
            self.bar.understood()
        self._look_soon()

    def on_runs_feed_counted(self, message: RunsFeed.Counted) -> None:
        """Say what the rows are together."""
        message.stop()
        self.counts.totals = message.totals
        self.say()

    def on_runs_feed_marked(self, message: RunsFeed.Marked) -> None:
        """Say what the marked runs are together."""
        message.stop()
        self.counts.marked = message.totals if self.table.marks else None
        self.say()

    def on_runs_feed_seen(self, message: RunsFeed.Seen) -> None:
        """Show where the words are."""
        message.stop()
        if self.answer is not None and message.order == self.answer.order:
            self._snippets.update(message.snippets)
            self.table.show_snippets(self._snippets)

    def on_runs_feed_scanned(self, message: RunsFeed.Scanned) -> None:
        """Say how far the scan is; what it has read so far can be shown already."""
        message.stop()
        self.counts.scanned(message.news)
        self.table.notice = self.counts.nothing
        self.say()
        if message.news.changed and self.feed is not None:
            self.feed.ask_again()

    def on_runs_feed_misunderstood(self, message: RunsFeed.Misunderstood) -> None:
        """Say why the query is not understood, and that what is shown is not what it finds."""
        message.stop()
        self.counts.understood = False
        self.table.notice = self.counts.nothing
        self.say()
        if self.bar:
            self.bar.complain(message.error)

    def on_runs_feed_values(self, message: RunsFeed.Values) -> None:
        """Values for completions."""
        message.stop()
        if self.bar:
            self.bar.know(message.field, message.values)

    def say(self) -> None:
        """Say how many there are, and what they are together."""
        self._line.text = self.counts.in_words()

    def ask(self, order: Order) -> None:
        """Ask for other rows."""
        if order.text != self.order.text:
            self._snippets = {}
        self.order = order
        if self.feed is not None:
            self.feed.ask(order)

    # Where the words are

    def on_line_list_highlighted(self) -> None:
        """Other rows may be seen now."""
        self._look_soon()

    def _look_soon(self) -> None:
        if self.answer is None or not self.answer.words:
            return
        if self._look_timer is not None:
            self._look_timer.stop()
        self._look_timer = self.set_timer(LOOK_AFTER, self._look)

    def _look(self) -> None:
        answer = self.answer
        if answer is not None and answer.words and self.feed is not None:
            unknown = [id_ for id_ in self.table.visible_ids if id_ not in self._snippets]
            if unknown and answer.searched is None:
                self.feed.look_into(answer.order, unknown)


def _starts_anew(before: Order, now: Order) -> bool:
    """Whether a person wants to see the first rows: in another order, in other groups, or what another query finds.

    Back from a query to all runs, the cursor stays on the run that was found.
    """
    return replace(now, text="") != replace(before, text="") or now.text not in ("", before.text)
