"""The sides of a step that are diffs: what it changed, and what the run changed in all."""

from __future__ import annotations

from nano_widgets import inspector_text as texts
from nano_widgets.diff_view import DiffView
from nano_widgets.step_views.base import Sight, StepView


class DiffSide(StepView):
    """Shows a diff."""

    def __init__(self) -> None:
        self.view = DiffView()
        super().__init__(self.view)

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self.view.show(None)
        self.view.notice = notice


class StepDiffSide(DiffSide):
    """What the step changed, or asks to change where no more is known."""

    def show(self, sight: Sight) -> None:
        """Show the diff of a step."""
        if sight.diff is not None:
            self.view.show(sight.diff, "this step changed")
            return
        self.view.show(texts.step_diff(sight.messages, sight.step), "this step asks to change")
        self.view.notice = "This step asks for no change of a file. D shows the final diff."


class FinalDiffSide(DiffSide):
    """What the run changed in all."""

    def show(self, sight: Sight) -> None:
        """Show the final diff of the run."""
        run = sight.run
        self.view.show(run.diff, "the run changed")
        self.view.notice = "The run changed nothing." if run.diff is not None else "No final diff is recorded."
