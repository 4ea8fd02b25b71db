"""The inspector's keys for diffs: which of them is shown, and the marked step that others are compared with."""

from __future__ import annotations

from textual import on
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widget import Widget

from nano_widgets.step_views.base import StepView
from nano_widgets.step_views.diffs import SCOPES, DiffPane, DiffSide

SCOPE_KEYS: list[BindingType] = [
    Binding("D", "diff('final')", "Final diff", show=False, tooltip="What the run changed", id="inspector.final"),
    Binding(
        "circumflex_accent",
        "diff('start')",
        "So far",
        show=False,
        tooltip="What changed up to here",
        id="inspector.so_far",
    ),
    Binding("M", "mark", "Mark", show=False, tooltip="Mark this step, to compare others with it", id="inspector.mark"),
    Binding(
        "equals_sign", "diff('mark')", "Compare", show=False, tooltip="Against the marked step", id="inspector.compare"
    ),
    Binding("asterisk", "diff('gold')", "Gold", show=False, tooltip="Against the gold patch", id="inspector.gold"),
    Binding("full_stop", "scope(1)", "Next diff", show=False, tooltip="Go to the next diff", id="inspector.next_scope"),
    Binding("comma", "scope(-1)", "Last diff", show=False, tooltip="Go to the diff before", id="inspector.last_scope"),
]


class Scopes(Widget):
    """The half of the inspector that knows of diffs."""

    tab: reactive[str]
    mark = 0
    """The step that others are compared with; 0 when none is marked."""

    @property
    def step(self) -> int:
        """The number of the step that is shown; 0 when none is."""
        raise NotImplementedError

    def step_view(self, tab: str) -> StepView:
        """The view of a tab, made when it is first asked for."""
        raise NotImplementedError

    def say_step(self) -> None:
        """Say beside the tabs which step this is."""
        raise NotImplementedError

    def _diffs(self) -> DiffSide:
        view = self.step_view("diff")
        assert isinstance(view, DiffSide)
        return view

    def set_mark(self, step: int) -> None:
        """Mark a step; 0 takes the mark away."""
        self.mark = self._diffs().mark = step

    def action_diff(self, scope: str) -> None:
        """Go to one of the diffs: see `step_views.diffs.SCOPES`."""
        self._diffs().choose(scope)
        self.tab = "diff"

    def action_scope(self, direction: int) -> None:
        """Go to the next diff or the one before."""
        self.action_diff(SCOPES[(SCOPES.index(self._diffs().scope) + direction) % len(SCOPES)])

    def action_mark(self) -> None:
        """Mark this step, so that others can be compared with it; or take the mark away."""
        self.set_mark(0 if self.mark == self.step else self.step)
        self.say_step()
        words = "= compares another step with it." if self.mark else "No step is marked now."
        self.app.notify(f"Step {self.mark} is marked. {words}" if self.mark else words, timeout=3, markup=False)
        if self.tab == "diff":
            self._diffs().choose(self._diffs().scope)

    @on(DiffPane.ScopeChosen)
    def _scope_chosen(self, message: DiffPane.ScopeChosen) -> None:
        message.stop()
        if message.scope == "mark" and not self.mark:
            self.action_mark()
        self.action_diff(message.scope)
