"""Pane 2: every run that goes on, and one of them as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from nano_tui.pane import Pane
from nano_tui.steering import Steerer
from nano_widgets.fleet_rows import FleetRow, in_words
from nano_widgets.fleet_table import FleetTable
from nano_widgets.line_list import LineList

if TYPE_CHECKING:
    from nano_tui.run_view import RunView

STEERING = ("decide", "say", "interrupt", "stop")
NOTHING = "No run goes on. Start one in pane 1."


class LivePane(Pane):
    """The fleet: what every run does; and one run that is watched: its state, and every message as it comes."""

    NUMBER = 2
    NAME = "Live"
    HELP = (
        "All runs that go on and those that ended lately; who needs a person comes first. Enter watches one as it "
        "happens: what the model thinks, says and calls, what the commands print. The view follows the end until you "
        "scroll up; G follows again. Esc comes back to all runs."
    )
    BINDINGS = [
        Binding(
            "a", "decide", "Decide", tooltip="Look at the call that waits, to approve or deny it", id="live.decide"
        ),
        Binding("s", "say", "Say", tooltip="Say something to the model of this run", id="live.say"),
        Binding(
            "i", "interrupt", "Interrupt", tooltip="End its reply or command; the run goes on", id="live.interrupt"
        ),
        Binding("S", "stop", "Stop", tooltip="Stop this run; press it twice", id="live.stop"),
        Binding("escape", "fleet", "All runs", tooltip="Back to the table of all runs that go on", id="live.back"),
    ]

    watching: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether one run is shown in the place of the table."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.fleet = FleetTable(id="fleet")
        self.fleet.notice = NOTHING
        self.is_untouched = True
        """Whether no run was watched yet."""
        self._steerer = Steerer(self)
        self._view: RunView | None = None
        self._offered: tuple[str, ...] = ()
        self._one_at_a_time = asyncio.Lock()
        self._wanted: Path | None = None

    def compose(self) -> ComposeResult:
        """The table; the view of a run comes when there is one to watch."""
        yield self.fleet

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see here."""
        return self._view is None and not self.fleet.row_count

    @property
    def main(self) -> Widget | None:
        """The transcript, or the table."""
        return self._view.main if self.watching and self._view else self.fleet

    @property
    def folder(self) -> Path | None:
        """The run that is watched, or was last."""
        return self._wanted

    @property
    def in_sight(self) -> Path | None:
        """The run that is on the screen now."""
        return self._wanted if self.watching and self.display and self.screen.is_current else None

    def show_fleet(self, rows: Sequence[FleetRow]) -> None:
        """Show what the runs do."""
        self.fleet.show(rows)
        self._offer()
        words = in_words(rows)
        self.say(Content(words) if words else None)

    def watch_watching(self) -> None:
        """Show the run, or the table."""
        self.fleet.display = not self.watching
        if self._view:
            self._view.display = self.watching

    @on(LineList.Selected, "#fleet")
    async def _chosen(self, event: LineList.Selected) -> None:
        event.stop()
        if (folder := self.fleet.chosen(event.index)) is not None:
            await self.attach(folder)
            self.go_to()

    async def attach(self, folder: Path) -> None:
        """Watch a run; the pane need not be visible."""
        had_focus, self.is_untouched = self.has_focus_within, False
        async with self._one_at_a_time:
            await self._open_run(folder)
        if had_focus and self.main:
            self.main.focus()

    async def _open_run(self, folder: Path) -> None:
        if self._view is None:
            from nano_tui.run_view import RunView

            self._view = RunView(id="live-view")
            await self.mount(self._view)
        self.watching = True
        # A run that has ended and goes on again is followed anew.
        if folder != self._wanted or not self._view.going:
            self._wanted = folder
            await self._view.open(folder, live=True)

    def action_fleet(self) -> None:
        """From the run to the table."""
        self.watching = False
        self.fleet.focus()

    def on_session_view_left(self) -> None:
        """The person is done with the run."""
        self.action_fleet()

    # Steering the run under the cursor

    @on(LineList.Highlighted, "#fleet")
    def _offer(self) -> None:
        """Offer what can be done to the run under the cursor."""
        if (offered := self._offers()) != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def _offers(self) -> tuple[str, ...]:
        row = self.fleet.current
        if self.watching or row is None:
            return ()
        waits = ("decide",) if row.state.ask is not None else ()
        return (*waits, "say") if row.state.ended else (*waits, "say", "interrupt", "stop")

    async def action_decide(self) -> None:
        """Show the run and the call that it waits with: nothing is approved unseen."""
        if (row := self.fleet.current) is not None:
            await self.attach(row.folder)
            self.go_to()

    async def action_say(self) -> None:
        """Show the run, and write to its model."""
        await self.action_decide()
        if self._view is not None:
            await self._view.action_say()

    def action_interrupt(self) -> None:
        """End what the run is doing."""
        if (row := self.fleet.current) is not None and not row.state.ended:
            self._steerer.send(row.folder, "interrupt", "Interrupted.")

    def action_stop(self) -> None:
        """Stop the run, at the second press."""
        if (row := self.fleet.current) is not None and not row.state.ended:
            self._steerer.press_stop(row.folder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Going back only from a run, steering only from the table."""
        if action == "fleet":
            return self.watching
        return action not in STEERING or action in self._offers()
