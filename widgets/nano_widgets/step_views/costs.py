"""What every step of the run cost, with the cursor on the one that is looked at."""

from __future__ import annotations

from nano_widgets.cost_view import CostView
from nano_widgets.step_views.base import Sight, StepView


class CostSide(StepView):
    """Shows the costs of the run."""

    def __init__(self) -> None:
        self.view = CostView()
        super().__init__(self.view)

    def show(self, sight: Sight) -> None:
        """Show what the run cost."""
        self.view.show(sight.run, sight.items, sight.number, sight.window)

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self.view.notice = notice
        self.view.set_row_count(0)
