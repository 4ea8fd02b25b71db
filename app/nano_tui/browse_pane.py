"""Pane 3: every trajectory there is, and one of them opened."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import reactive
from textual.widget import Widget

from nano_tui.opening import FIRST, Sample, sample_of
from nano_tui.pane import Pane
from nano_tui.runs_view import RunsView
from nano_widgets.run_table import RunTable

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_tui.run_view import RunView
    from nano_widgets.run_painter import Snippet

WARM_AFTER = 0.5
"""Seconds after the start when the view of a run is made ready."""


class BrowsePane(Pane):
    """The table of runs, and the view of the one that was opened."""

    NUMBER = 3
    NAME = "Browse"
    HELP = (
        "Every run that was found, the newest first. Enter opens one, Esc comes back to the table. New runs and "
        "growing ones appear by themselves. `/` narrows the table to what a query finds, `b` groups it, `c` chooses "
        "its columns."
    )
    BINDINGS = [
        Binding("escape", "back", "Back", tooltip="Back to the table", id="browse.back"),
    ]

    reading: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether a run is shown in the place of the table."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.runs = RunsView(id="runs-view")
        self._view: RunView | None = None

    def compose(self) -> ComposeResult:
        """The table at once; the rest when it is asked for."""
        yield self.runs

    @property
    def table(self) -> RunTable:
        """The table of runs."""
        return self.runs.table

    @property
    def main(self) -> Widget:
        """The table, or the run that is open."""
        return self._view.main if self.reading and self._view else self.table

    def watch_reading(self) -> None:
        """Show the run, or the table."""
        self.runs.display = not self.reading
        if self._view:
            self._view.display = self.reading

    async def fill(self) -> None:
        """Make the table ready, and then what opens a run."""
        await self.runs.fill()
        # Opening the first run is to be as quick as opening the second.
        self.set_timer(WARM_AFTER, self._ready_view)

    async def on_runs_view_opened(self, event: RunsView.Opened) -> None:
        """Open the run that was chosen."""
        event.stop()
        await self.open_run(event.run, event.words, event.snippet)

    async def open_run(self, run: Summary, words: str = "", snippet: Snippet | None = None) -> None:
        """Show a run in the place of the table.

        `words` is a regex for what is marked in it and gone to, `snippet` says where they were found first.
        """
        live = run.live and run.format == "nano-run"
        at = snippet.message if snippet is not None else None
        sample = FIRST if run.sample is None else await asyncio.to_thread(sample_of, run)
        await self.open_path(Path(run.path), sample, live=live, words=words, at=at)

    async def open_path(
        self, path: Path, sample: Sample = FIRST, live: bool = False, words: str = "", at: int | None = None
    ) -> None:
        """Show the run at a path in the place of the table; see `RunBody.open`."""
        view = await self._ready_view()
        with self.app.batch_update():
            await view.open(path, sample, live=live, words=words, at=at)
            self.reading = True
            view.main.focus()

    async def _ready_view(self) -> RunView:
        """The view of a run, made when it is first needed or when there is time for it."""
        if self._view is None:
            await asyncio.to_thread(import_module, "nano_tui.run_view")
            from nano_tui.run_view import RunView

            # Another key may have asked for it meanwhile.
            if self._view is None:
                self._view = RunView(id="browse-view")
                self._view.display = False
                await self.mount(self._view)
        return self._view

    def on_session_view_left(self) -> None:
        """The person is done with the run."""
        self.action_back()

    def action_back(self) -> None:
        """From the open run to the table."""
        self.reading = False
        self.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Going back only from somewhere."""
        return action != "back" or self.reading
