"""The table of runs with all that belongs to it: the query, the counts below, what it is grouped by, its columns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer

from nano_tui import state
from nano_tui.bridge import in_background
from nano_tui.line import Line
from nano_tui.runs_answer import Answer, Order
from nano_tui.runs_counts import Counts
from nano_tui.runs_feed import RunsFeed
from nano_widgets.line_list import LineList
from nano_widgets.run_painter import Snippet
from nano_widgets.run_table import RunTable

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_tui.query_bar import QueryBar

ASK_AFTER = 0.12
"""Seconds without a key in the query bar after which the query is asked."""
LOOK_AFTER = 0.1
"""Seconds without a move after which it is looked up where the words stand in the rows that are seen."""
AGES_EVERY = 5.0
"""Seconds between two paintings of the ages."""


class RunsView(Vertical):
    """Asks the feed for rows and shows what it answers; says which run is to be opened."""

    BINDINGS = [
        Binding("slash", "query", "Query", tooltip="Narrow the table by a query", id="browse.query"),
        Binding("b", "group", "Group", tooltip="Group the runs by task, model, status or folder", id="browse.group"),
        Binding("c", "columns", "Columns", tooltip="Choose the columns", id="browse.columns"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the paths of what is marked", id="browse.copy"),
        Binding("escape", "all_runs", "Back", tooltip="Back to all runs", id="runs.back"),
    ]

    order: reactive[Order] = reactive(Order(), init=False, bindings=True)
    """What is asked for."""

    @dataclass
    class Opened(Message):
        """A run is to be opened."""

        run: Summary
        words: str
        """A regex for what is marked in it and gone to; empty for nothing."""
        snippet: Snippet | None
        """Where in it the words were found first, if that is known."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = RunTable(id="runs")
        self.feed: RunsFeed | None = None
        """Who knows the runs; its messages come here."""
        self._bar: QueryBar | None = None
        self._line = Line()
        self._counts = Counts()
        self._answer: Answer | None = None
        self._snippets: dict[int, Snippet] = {}
        self._ask_timer: Timer | None = None
        self._look_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The table at once; the rest when it is asked for."""
        self.table.notice = self._counts.nothing
        yield self.table
        yield self._line

    async def fill(self) -> None:
        """Keep the ages true, and take what is remembered."""
        self.set_interval(AGES_EVERY, self.table.refresh_rows)
        self.table.wanted = (await asyncio.to_thread(state.load)).columns

    async def chosen(self) -> list[Summary]:
        """The marked runs; without marks the one under the cursor."""
        rows = self._answer.runs if self._answer is not None else None
        ids = list(self.table.marks) or list(self.table.lines.ids(self.table.cursor))
        return await asyncio.to_thread(lambda: list(rows.of(ids))) if rows is not None else []

    # Answers

    def on_runs_feed_found(self, message: RunsFeed.Found) -> None:
        """Show what the query found."""
        message.stop()
        answer, self._answer = message.answer, message.answer
        if not answer.words:
            self._snippets = {}
        self._snippets.update(answer.snippets)
        self._counts.found(answer)
        self.table.notice = self._counts.nothing
        self.table.show_snippets(self._snippets)
        self.table.show(answer.rows)
        self._say()
        if self._bar:
            self._bar.understood()
        self._look_soon()

    def on_runs_feed_counted(self, message: RunsFeed.Counted) -> None:
        """Say what the rows are together."""
        message.stop()
        self._counts.totals = message.totals
        self._say()

    def on_runs_feed_marked(self, message: RunsFeed.Marked) -> None:
        """Say what the marked runs are together."""
        message.stop()
        self._counts.marked = message.totals if self.table.marks else None
        self._say()

    def on_runs_feed_seen(self, message: RunsFeed.Seen) -> None:
        """Show where the words are."""
        message.stop()
        if self._answer is not None and message.order == self._answer.order:
            self._snippets.update(message.snippets)
            self.table.show_snippets(self._snippets)

    def on_runs_feed_scanned(self, message: RunsFeed.Scanned) -> None:
        """Say how far the scan is; what it has read so far can be shown already."""
        message.stop()
        self._counts.scanned(message.news)
        self.table.notice = self._counts.nothing
        self._say()
        if message.news.changed and self.feed is not None:
            self.feed.ask_again()

    def on_runs_feed_misunderstood(self, message: RunsFeed.Misunderstood) -> None:
        """Say why the query is not understood."""
        message.stop()
        if self._bar:
            self._bar.complain(message.error)

    def on_runs_feed_values(self, message: RunsFeed.Values) -> None:
        """Values for completions."""
        message.stop()
        if self._bar:
            self._bar.know(message.field, message.values)

    def _say(self) -> None:
        self._line.text = self._counts.in_words()

    # Where the words are

    def on_line_list_highlighted(self) -> None:
        """Other rows may be seen now."""
        self._look_soon()

    def _look_soon(self) -> None:
        if self._answer is None or not self._answer.words:
            return
        if self._look_timer is not None:
            self._look_timer.stop()
        self._look_timer = self.set_timer(LOOK_AFTER, self._look)

    def _look(self) -> None:
        answer = self._answer
        if answer is not None and answer.words and self.feed is not None:
            unknown = [id_ for id_ in self.table.visible_ids if id_ not in self._snippets]
            if unknown and answer.searched is None:
                self.feed.look_into(answer.order, unknown)

    # What is asked for

    def _ask(self, order: Order) -> None:
        if order.text != self.order.text:
            self._snippets = {}
        self.order = order
        if self.feed is not None:
            self.feed.ask(order)

    @on(RunTable.SortChosen)
    def _sort(self, event: RunTable.SortChosen) -> None:
        event.stop()
        self._ask(replace(self.order, column=event.column, descending=event.descending))

    @on(RunTable.MarksChanged)
    def _marked(self, event: RunTable.MarksChanged) -> None:
        event.stop()
        self._counts.n_marked, self._counts.marked = len(self.table.marks), None
        self._say()
        if self.table.marks and self.feed is not None:
            self.feed.count(list(self.table.marks))

    @on(LineList.Selected, "#runs")
    def _open(self, event: LineList.Selected) -> None:
        event.stop()
        run = self.table.run_at(event.index)
        if run is not None and self._answer is not None:
            self.post_message(self.Opened(run, self._answer.words, self.table.snippet(event.index)))

    # The query

    async def action_query(self) -> None:
        """Open the query bar, or go to it."""
        from nano_tui.query_bar import QueryBar

        if self._bar is None:
            self._bar = QueryBar(id="query")
            await self.mount(self._bar, before=0)
        self._bar.display = True
        self._bar.focus()
        self._bar.history = (await asyncio.to_thread(state.load)).queries

    def on_query_bar_changed(self, event: QueryBar.Changed) -> None:
        """Ask when the typing pauses."""
        event.stop()
        if self._ask_timer:
            self._ask_timer.stop()
        order = replace(self.order, text=event.text)
        self._ask_timer = self.set_timer(ASK_AFTER, lambda: self._ask(order))

    def on_query_bar_left(self, event: QueryBar.Left) -> None:
        """Back to the table, with what was found."""
        event.stop()
        self.table.focus()
        if event.given_up:
            self.action_all_runs()
        elif event.text.strip():
            self._remember(lambda known: known.with_query(event.text))

    def on_query_bar_values_wanted(self, event: QueryBar.ValuesWanted) -> None:
        """Look for the values that a field has."""
        event.stop()
        if self.feed is not None:
            self.feed.values(event.field)

    def action_all_runs(self) -> None:
        """From what a query found to all runs."""
        if self._ask_timer:
            self._ask_timer.stop()
        if self._bar:
            self._bar.clear()
            self._bar.display = False
        if self.order.text:
            self._ask(replace(self.order, text=""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back to all runs from some of them."""
        return action != "all_runs" or bool(self.order.text)

    # Groups, columns, paths

    def action_group(self) -> None:
        """Choose what to group by."""
        from nano_tui.runs_picks import group_screen

        self.app.push_screen(group_screen(self.order.group), self._group)

    def _group(self, picked: set[str] | None) -> None:
        if picked is not None:
            self._ask(replace(self.order, group=next(iter(picked), "")))

    def action_columns(self) -> None:
        """Choose the columns."""
        from nano_tui.runs_picks import column_screen

        self.app.push_screen(column_screen(self.table.wanted, self.table.shown), self._columns)

    def _columns(self, picked: set[str] | None) -> None:
        if picked is not None:
            self.table.wanted = columns = tuple(sorted(picked))
            self._remember(lambda known: replace(known, columns=columns))

    def _remember(self, change: Any) -> None:
        in_background(self, "remember", lambda: asyncio.to_thread(state.change, change))

    async def action_copy(self) -> None:
        """Copy the paths of the marked runs, or of the one under the cursor, one a line."""
        if paths := [run.path for run in await self.chosen()]:
            self.app.copy_to_clipboard("\n".join(dict.fromkeys(paths)))
            self.notify(_copied(paths), timeout=2, markup=False)


def _copied(paths: Sequence[str]) -> str:
    return f"Copied {paths[0]}" if len(paths) == 1 else f"Copied {len(paths):,} paths."
