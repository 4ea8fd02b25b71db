"""One run, whole: live or ended, ours or anybody's. The Live pane and the Browse pane show runs by this view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding

from nano_tui.branching import BranchingView
from nano_tui.window import learn_window
from nano_widgets.clipboard import copy
from nano_widgets.outline import Outline
from nano_widgets.transcript.transcript import Transcript

if TYPE_CHECKING:
    from nano_agent.trajectory import Trajectory
    from nano_widgets.inspector import Inspector


class RunView(BranchingView):
    """A run with its keys: steps are looked at closely, compared with what was kept, copied; the run is stopped."""

    HELP = (
        "Enter opens the step: its call and result in full, what it changed, its record, its cost. `Tab` goes to the "
        "outline and back, `Esc` one step back. `f` begins a new run from a step, `R` goes on with one that has ended."
    )
    BINDINGS = [
        Binding("tab", "outline", "Outline", tooltip="Go to the outline of the steps, or back", id="run.outline"),
        Binding("d", "inspect_diff('step')", "Diff", tooltip="What this step changed", id="run.diff"),
        Binding("D", "inspect_diff('final')", "Final diff", show=False, tooltip="What the run changed", id="run.final"),
        Binding("r", "inspect('raw')", "Raw", show=False, tooltip="The step's record as it is on disk", id="run.raw"),
        Binding(
            "m", "inspect('request')", "Model's input", show=False, tooltip="What the model was sent", id="run.input"
        ),
        Binding("dollar_sign", "inspect('cost')", "Cost", tooltip="Tokens and dollars of every step", id="run.cost"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy what the step says and does", id="run.copy"),
        Binding("escape", "back", "Back", tooltip="Back to the transcript", id="run.back"),
        Binding("slash", "search", "Search", tooltip="Search the run, with a regular expression", id="run.search"),
        Binding("n", "hit(1)", "Next hit", show=False, tooltip="Go to the step of the next hit", id="run.next_hit"),
        Binding("N", "hit(-1)", "Last hit", show=False, tooltip="Go to the step of the hit before", id="run.last_hit"),
    ]

    def end(self, trajectory: Trajectory) -> None:
        """See `Watcher.end`; the step that is looked at may have more to it now."""
        super().end(trajectory)
        if self.inspecting:
            self.look_at(self.inspector.step)

    # Steps

    @on(Outline.StepHighlighted)
    def _outlined(self, event: Outline.StepHighlighted) -> None:
        event.stop()
        if self.outline.has_focus:
            # The step of a search hit is shown where the hit is, not from its start.
            if event.step != self.transcript.step:
                self.transcript.go_to_step(event.step)
            if self.inspecting:
                self.look_at(event.step)

    @on(Transcript.StepHighlighted)
    def _reached(self, event: Transcript.StepHighlighted) -> None:
        event.stop()
        if not self.outline.has_focus:
            self.outline.go_to_step(event.step)

    # By its name: the inspector is loaded when it is first needed.
    def on_inspector_step_shown(self, event: Inspector.StepShown) -> None:
        """Go along with the inspector."""
        event.stop()
        self.outline.go_to_step(event.step)
        self.transcript.go_to_step(event.step)
        self.look_at(event.step)

    @on(Outline.StepSelected)
    @on(Transcript.StepSelected)
    def _opened(self, event: Outline.StepSelected | Transcript.StepSelected) -> None:
        event.stop()
        self.inspect(event.step)

    def inspect(self, step: int, tab: str | None = None) -> None:
        """Look at a step closely, and put the focus there."""
        if self.trajectory is None:
            return
        self.outlined = False
        self.inspecting = True
        self.inspector.tab = tab or self.inspector.tab
        self.look_at(step)
        learn_window(self)
        self.inspector.focus_view()

    def look_at(self, step: int) -> None:
        """Show a step in the inspector."""
        if self.trajectory is None:
            return
        items = self.transcript.view.items
        known = items if items.n_messages == len(self.trajectory.messages) else None
        self.inspector.show(self.trajectory, step, items=known)

    # Keys

    def action_inspect(self, tab: str) -> None:
        """Look at the current step, at one side of it."""
        self.inspect(max(1, self.transcript.step), tab)

    def action_inspect_diff(self, scope: str) -> None:
        """Look at what the current step, or the whole run, changed."""
        self.inspector.action_diff(scope)
        self.action_inspect("diff")

    def action_outline(self) -> None:
        """Between the outline and what stands beside it."""
        if not self.beside:
            self.outlined = not self.outlined
            self.main.focus()
        else:
            (self.main if self.outline.has_focus else self.outline).focus()

    def action_back(self) -> None:
        """From the outline or the step to the transcript."""
        if self.outlined:
            self.outlined = False
        else:
            self.inspecting = False
        self.main.focus()

    def action_search(self) -> None:
        """Search the transcript, from the outline too."""
        self.outlined = self.inspecting = False
        self.transcript.focus()
        self.transcript.action_search()

    def action_hit(self, direction: int) -> None:
        """From the outline to the step of the next hit, or the one before."""
        self.transcript.action_next_hit(direction)
        self.outline.go_to_step(self.transcript.step)

    def action_copy(self) -> None:
        """Copy what the step says and does."""
        from nano_tui.copying import step_as_text

        items = self.transcript.view.items
        if self.trajectory is not None and (text := step_as_text(self.trajectory, self.transcript.step, items)):
            copy(self, text, "the step")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Going back only from somewhere."""
        if action == "back":
            return self.inspecting or self.outlined
        if action in ("search", "hit"):
            return self.outline.has_focus
        return super().check_action(action, parameters)
