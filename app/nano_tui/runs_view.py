"""The table of runs with its query, what it is grouped by, its columns: asks for runs, says which is to be opened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.timer import Timer

from nano_tui import state
from nano_tui.bridge import in_background
from nano_tui.runs_shown import RunsShown
from nano_widgets.clipboard import copy
from nano_widgets.line_list import LineList
from nano_widgets.run_painter import Snippet
from nano_widgets.run_table import RunTable

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_tui.query_bar import QueryBar

ASK_AFTER = 0.03
"""Seconds without a key in the query bar after which the query is asked. The one before it is given up then."""
AGES_EVERY = 5.0
"""Seconds between two paintings of the ages."""


class RunsView(RunsShown):
    """The list of runs with its keys."""

    BINDINGS = [
        Binding("slash", "query", "Query", tooltip="Narrow the table by a query", id="browse.query"),
        Binding("b", "group", "Group", tooltip="Group the runs by task, model, status or folder", id="browse.group"),
        Binding("c", "columns", "Columns", tooltip="Choose the columns", id="browse.columns"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the paths of what is marked", id="browse.copy"),
        Binding("escape", "all_runs", "Back", tooltip="Back to all runs", id="runs.back"),
    ]

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
        self._ask_timer: Timer | None = None
        self._text = ""
        """What stood in the query bar when it last said so."""

    async def fill(self) -> None:
        """Keep the ages true, and take what is remembered."""
        self.set_interval(AGES_EVERY, self.table.refresh_rows)
        self.table.wanted = (await asyncio.to_thread(state.load)).columns

    # What is asked for

    @on(RunTable.SortChosen)
    def _sort(self, event: RunTable.SortChosen) -> None:
        event.stop()
        order = replace(self.order, column=event.column, descending=event.descending)
        self.ask(order)
        understood = self.answer is not None and self.answer.order.text == order.text
        if understood and order.sort != (order.column, order.descending):
            self.notify("The query sorts by itself: take its sort: out to sort by a column.", markup=False)

    @on(RunTable.MarksChanged)
    def _marked(self, event: RunTable.MarksChanged) -> None:
        event.stop()
        self.counts.n_marked, self.counts.marked = len(self.table.marks), None
        self.say()
        if self.table.marks and self.feed is not None:
            self.feed.count(list(self.table.marks))

    @on(LineList.Selected, "#runs")
    def _open(self, event: LineList.Selected) -> None:
        event.stop()
        run = self.table.run_at(event.index)
        if run is not None and self.answer is not None:
            self.post_message(self.Opened(run, self.answer.words, self.table.snippet(event.index)))

    # The query

    async def action_query(self) -> None:
        """Open the query bar, or go to it."""
        from nano_tui.query_bar import QueryBar

        if self.bar is None:
            self.bar = QueryBar(id="query")
            await self.mount(self.bar, before=0)
        self.bar.display = True
        self.bar.focus()
        self.bar.history = (await asyncio.to_thread(state.load)).queries

    def on_query_bar_changed(self, event: QueryBar.Changed) -> None:
        """Ask when the typing pauses; at once for what was pasted, completed or brought back whole."""
        event.stop()
        typed = abs(len(event.text) - len(self._text)) <= 1
        self._text = event.text
        self._forget_timer()
        if typed:
            self._ask_timer = self.set_timer(ASK_AFTER, lambda: self._ask_for(event.text))
        else:
            self._ask_for(event.text)

    def on_query_bar_left(self, event: QueryBar.Left) -> None:
        """Back to the table, with what was found."""
        event.stop()
        self.table.focus()
        if event.given_up:
            self.action_all_runs()
            return
        self._ask_for(event.text)
        if event.text.strip():
            self._remember(lambda known: known.with_query(event.text))

    def _ask_for(self, text: str) -> None:
        """Ask a query, unless it is what was asked last."""
        self._forget_timer()
        if text != self.order.text:
            self.ask(replace(self.order, text=text))

    def _forget_timer(self) -> None:
        if self._ask_timer is not None:
            self._ask_timer.stop()
            self._ask_timer = None

    def on_query_bar_values_wanted(self, event: QueryBar.ValuesWanted) -> None:
        """Look for the values that a field has."""
        event.stop()
        if self.feed is not None:
            self.feed.values(event.field)

    def action_all_runs(self) -> None:
        """From what a query found to all runs."""
        self._forget_timer()
        if self.bar:
            self.bar.clear()
            self._text = ""
            self.bar.display = False
        if self.order.text:
            self.ask(replace(self.order, text=""))

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
            self.ask(replace(self.order, group=next(iter(picked), "")))

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
            copy(self, "\n".join(dict.fromkeys(paths)), paths[0] if len(paths) == 1 else f"{len(paths):,} paths")
