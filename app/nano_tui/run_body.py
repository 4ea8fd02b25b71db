"""How a run is shown, without its keys: how it is read, followed and ended."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.reactive import reactive

from nano_agent.trajectory import Trajectory
from nano_tui.bridge import in_background
from nano_tui.following import follow
from nano_tui.opening import FIRST, FirstLook, Sample, read_one
from nano_tui.run_places import RunPlaces

if TYPE_CHECKING:
    from nano_agent.formats.stored import StoredMessages
    from nano_agent.record import Update

MOMENT = 0.15
"""Seconds that opening a run may take before its place is shown without it."""


class RunBody(RunPlaces):
    """A run in its places: read, followed while it goes on, ended."""

    going: reactive[bool] = reactive(False, bindings=True)
    """Whether the run goes on."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.trajectory: Trajectory | None = None
        self._shown = asyncio.Event()
        self._facts: tuple[object, ...] = ()

    # What is shown

    async def open(
        self, path: Path, sample: Sample = FIRST, live: bool = False, words: str = "", at: int | None = None
    ) -> None:
        """Show the run at a path; a run of ours that is live is followed.

        `words` (a regex) are marked in it, and it is shown at the first of them, from message `at` on.

        Returns when it is shown, or after a moment when that takes longer: so what opens at once does not flicker.
        """
        self._clear(f"Reading {path} …")
        self.going = live
        self._shown.clear()
        in_background(self, "run", lambda: self._follow(path) if live else self._read(path, sample, words, at))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._shown.wait(), MOMENT)

    def _clear(self, notice: str) -> None:
        self.trajectory, self._facts = None, ()
        self.inspecting = self.outlined = False
        self.status.clear("")
        self.about.text = ""
        self.transcript.show_messages(())
        self.transcript.notice = notice
        self.outline.set_row_count(0)

    async def _follow(self, folder: Path) -> None:
        await follow(folder, self, self._is_seen)

    def _is_seen(self) -> bool:
        return self.screen.is_current and all(getattr(node, "display", True) for node in self.ancestors_with_self)

    async def _read(self, path: Path, sample: Sample, words: str, at: int | None) -> None:
        from nano_agent.formats import NotATrajectory

        watch = FirstLook(lambda messages, share: self._still_reading(path, messages, share))
        try:
            trajectory = await asyncio.to_thread(read_one, path, sample, watch)
        except NotATrajectory as error:
            self._clear(f"{error.why}: {error.path}")
            self._shown.set()
            return
        finally:
            watch.given_up = True
        if trajectory.live and trajectory.format == "nano-run":
            self.going = True
            await self._follow(path)
            return
        self._read_to_the_end(trajectory)
        if at is not None:
            self.transcript.go_to_item(self.transcript.view.items.of_message(at))
        if words:
            self.transcript.start_search(words)

    def _still_reading(self, path: Path, messages: StoredMessages, share: float) -> None:
        """Show as much of a large file as was gone through, and how much that is."""
        if self.trajectory is None or messages is not self.trajectory.messages:
            self._show(Trajectory("reading", path, messages))
        else:
            self._more()
        self.about.text = f"Reading {path.name}: {share:.0%}, {len(messages):,} messages so far"

    def _more(self) -> None:
        self.transcript.grew()
        self.outline.grew()

    def _read_to_the_end(self, trajectory: Trajectory) -> None:
        if self.trajectory is not None and trajectory.messages is self.trajectory.messages:
            self.trajectory = trajectory
            self.about.text = trajectory.task or str(trajectory.path)
            self._more()
            self.transcript.changed()
        else:
            self._show(trajectory)
        self.status.show(trajectory, self.transcript.view.items.n_steps)

    def _show(self, trajectory: Trajectory) -> None:
        self.trajectory = trajectory
        self.about.text = trajectory.task or str(trajectory.path)
        self.transcript.notice = "There is no message in it."
        self.transcript.show(trajectory)
        self.outline.show(trajectory, self.transcript.view.items)
        self._shown.set()

    # A run that goes on: see `Watcher`

    def begin(self, trajectory: Trajectory, first: Update) -> None:
        """See `Watcher.begin`."""
        self._show(replace(trajectory, live=True))
        self.go_on(replace(first, messages=()))

    def go_on(self, update: Update) -> None:
        """See `Watcher.go_on`."""
        if self.trajectory is None:
            return
        state = update.state
        counts = (state.step, state.tool_calls, state.cost_usd, state.limits)
        facts = (state.doing, state.since, state.until, state.detail, counts)
        if facts != self._facts:
            # Between two of these it is only the age that changes, and the line sees to that every second.
            self._facts = facts
            self.status.watch_run(state, self.trajectory.metadata, self.trajectory.model)
        if update.messages:
            self.transcript.append(update.messages)
            self.outline.append(update.messages)
            self.trajectory = replace(self.trajectory, messages=self.transcript.view.messages)
        self.transcript.set_tail(update.tail)

    def end(self, trajectory: Trajectory) -> None:
        """See `Watcher.end`."""
        self.trajectory = trajectory
        self.going = False
        self.status.show(trajectory, self.transcript.view.items.n_steps)
        self.transcript.ended()

    def gone(self) -> None:
        """See `Watcher.gone`."""
        self.going = False
        self.status.clear("its folder is gone; what was read of it is below")
        self.transcript.ended()
