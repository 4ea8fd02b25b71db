"""Going on from a recorded run: a fork of any step, the run itself resumed, and a look at its family."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.message import Message

from nano_tui.bridge import in_background
from nano_tui.steered_view import SteeredView

if TYPE_CHECKING:
    from nano_agent.family import Member
    from nano_agent.trajectory import Trajectory
    from nano_tui.going_on import Plan

_FORK = (
    "A new run with {what} and the files as they were then, in a work tree of its own. Your checkout is not touched."
)
_FOREIGN = "A new run with {what}, in a work tree of its own. Your checkout is not touched."
_RESUME = "The run goes on in its own folder, from where it was. Its limits count what it has used already."


class BranchingView(SteeredView):
    """A run that others can be begun from."""

    BINDINGS = [
        Binding("f", "fork", "Fork", tooltip="Begin a new run from this step", id="run.fork"),
        Binding("R", "resume", "Resume", tooltip="Go on with this run, which has ended", id="run.resume"),
        Binding("F", "family", "Family", show=False, tooltip="Runs that were forked from each other", id="run.family"),
    ]

    @dataclass
    class Begun(Message):
        """Runs were started from this one, or it goes on."""

        folders: Sequence[Path]

    def action_fork(self) -> None:
        """Ask how, then begin a run from the current step."""
        from nano_tui.going_on import Fork

        if (run := self.trajectory) is None:
            return
        step = max(0, self.inspector.step if self.inspecting else self.transcript.step)
        plan = Fork(run, step)
        what = f"the history up to step {step}" if step else "the same task"
        about = (_FORK if plan.ours else _FOREIGN).format(what=what)
        self._ask_how(f"Fork after step {step}" if step else "Fork from the start", about, "Fork", plan)

    def action_resume(self) -> None:
        """Ask how, then go on with the run."""
        from nano_tui.going_on import Resume

        if (run := self.trajectory) is not None:
            about = f"{_RESUME} It ended: {run.exit_status}" + (f", {run.exit_reason}." if run.exit_reason else ".")
            self._ask_how("Resume", about, "Resume", Resume(run))

    def _ask_how(self, title: str, about: str, verb: str, plan: Plan) -> None:
        from nano_tui.go_on_screen import GoOnScreen

        self.app.push_screen(GoOnScreen(title, about, verb, plan), self._begun)

    async def action_limits(self) -> None:
        """Change the limits; those of a run that has ended are changed by going on with it."""
        if self.going:
            await super().action_limits()
        else:
            self.action_resume()

    def _begun(self, folders: list[Path] | None) -> None:
        if folders:
            self.post_message(self.Begun(folders))

    def action_family(self) -> None:
        """Show who was forked from whom, to go there."""
        if self.trajectory is not None:
            path = self.trajectory.path
            in_background(self, "family", lambda: self._show_family(path))

    async def _show_family(self, path: Path) -> None:
        from nano_agent.family import family_of
        from nano_tui.pick_screen import PickScreen
        from nano_widgets.pick_list import Option

        members = await asyncio.to_thread(family_of, path)
        if len(members) < 2:
            self.notify("No run was forked from this one, nor this one from another.", markup=False)
            return
        options = [Option(str(one.path), _label(one), _about(one)) for one in members]
        self.app.push_screen(PickScreen("Family", options, {str(path)}), self._go_to)

    async def _go_to(self, picked: set[str] | None) -> None:
        for path in picked or ():
            live = (await asyncio.to_thread(_member_status, Path(path))) == "live"
            await self.open(Path(path), live=live)

    def _show(self, trajectory: Trajectory) -> None:
        super()._show(trajectory)
        if origin := origin_in_words(trajectory):
            self.about.text = f"{origin} · {self.about.text}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Every run can be forked; those of ours that have ended can go on."""
        run = self.trajectory
        ours = run is not None and run.format == "nano-run"
        if action == "fork":
            return run is not None
        if action == "family":
            return ours
        if action == "resume":
            return ours and not self.going
        if action == "limits":
            return ours
        return super().check_action(action, parameters)


def origin_in_words(run: Trajectory) -> str:
    """`forked from 2026-11-21T03-26-00-1f2e3d4c after step 9`; empty for a run that was not."""
    origin = run.metadata.get("forked_from")
    if not isinstance(origin, dict):
        return ""
    return f"forked from {origin.get('run')} after step {origin.get('step')}"


def _label(one: Member) -> str:
    return f"{one.lead}{one.id}" + (f" after step {one.step}" if one.step is not None else "")


def _about(one: Member) -> str:
    return f"{one.status}  {one.metadata.get('model') or ''}"


def _member_status(path: Path) -> str:
    from nano_agent.family import family_of

    return next((one.status for one in family_of(path) if one.path == path), "")
