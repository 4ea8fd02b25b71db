"""Going on from a recorded run: a fork of any step, and the run itself resumed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding

from nano_tui.family_view import FamilyView

if TYPE_CHECKING:
    from nano_agent.trajectory import Trajectory
    from nano_tui.going_on import Plan

_FORK = (
    "A new run with {what} and the files as they were then, in a work tree of its own. Your checkout is not touched."
)
_FOREIGN = "A new run with {what}, in a work tree of its own. Your checkout is not touched."
_RESUME = "The run goes on in its own folder, from where it was. Its limits count what it has used already."

_NOT_OURS = "Only runs that nano-tui has recorded itself can be resumed; f begins a new run from a step of this one."


class BranchingView(FamilyView):
    """A run that others can be begun from."""

    BINDINGS = [
        Binding("f", "fork", "Fork", tooltip="Begin a new run from this step", id="run.fork"),
        Binding("R", "resume", "Resume", tooltip="Go on with this run, which has ended", id="run.resume"),
        Binding("R", "say_why", "Resume?", show=False, tooltip="Why this run cannot go on", id="run.no_resume"),
    ]

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
            # What others have left as the reason may be a sentence of its own.
            why = ", ".join(filter(None, (run.exit_status, run.exit_reason))).rstrip(".")
            about = f"{_RESUME} It ended: {why}."
            self._ask_how("Resume", about, "Resume", Resume(run))

    def action_say_why(self) -> None:
        """Say why the run cannot be resumed."""
        if self.going:
            self.notify("The run goes on. What has ended can be resumed; S stops it.", timeout=5, markup=False)
        else:
            self.notify(_NOT_OURS, timeout=8, markup=False)

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
        if action == "resume":
            return ours and not self.going
        if action == "say_why":
            return run is not None and (self.going or not ours)
        if action == "limits":
            return ours
        return super().check_action(action, parameters)


def origin_in_words(run: Trajectory) -> str:
    """`forked from 2026-11-21T03-26-00-1f2e3d4c after step 9`; empty for a run that was not."""
    origin = run.metadata.get("forked_from")
    if not isinstance(origin, dict):
        return ""
    return f"forked from {origin.get('run')} after step {origin.get('step')}"
