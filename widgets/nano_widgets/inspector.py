"""One step of a run, looked at closely: what was called, what came back, what changed, the record, the cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message as Event
from textual.reactive import reactive
from textual.widget import Widget

from nano_agent.trajectory import Trajectory
from nano_widgets.chords import Chords
from nano_widgets.cost_view import CostView
from nano_widgets.outcomes import outcome
from nano_widgets.step_views.base import Sight, StepView
from nano_widgets.step_views.copying import COPY_KEYS, copy_part
from nano_widgets.step_views.costs import CostSide
from nano_widgets.step_views.diffs import DiffSide
from nano_widgets.step_views.files import FilesSide
from nano_widgets.step_views.request import RequestSide
from nano_widgets.step_views.scopes import SCOPE_KEYS, Scopes
from nano_widgets.step_views.texts import CallSide, RawSide, ResultSide
from nano_widgets.step_views.tree import TreeSide
from nano_widgets.tab_line import TabLine
from nano_widgets.transcript.items import Items

VIEWS: dict[str, Callable[[], StepView]] = {
    "call": CallSide,
    "result": ResultSide,
    "diff": DiffSide,
    "files": FilesSide,
    "tree": TreeSide,
    "raw": RawSide,
    "request": RequestSide,
    "cost": CostSide,
}
"""What makes the view of each tab, from left to right."""
TABS = tuple(VIEWS)
INSPECTOR_KEYS: list[BindingType] = [
    Binding("l,right", "side(1)", "Next tab", show=False, tooltip="Go to the next tab", id="inspector.next_tab"),
    Binding("h,left", "side(-1)", "Last tab", show=False, tooltip="Go to the tab before", id="inspector.last_tab"),
    Binding("J", "step(1)", "Next step", tooltip="Look at the next step", id="inspector.next_step"),
    Binding("K", "step(-1)", "Last step", show=False, tooltip="Look at the step before", id="inspector.last_step"),
    Binding("c", "tab('call')", "Call", show=False, tooltip="What was called", id="inspector.call"),
    Binding("o", "tab('result')", "Result", tooltip="What came back, in full", id="inspector.result"),
    Binding("d", "diff('step')", "Diff", tooltip="What this step changed", id="inspector.diff"),
    *SCOPE_KEYS,
    Binding("W", "tab('files')", "Files", tooltip="The work tree as of this step", id="inspector.files"),
    Binding("r", "tab('raw')", "Raw", tooltip="The record as it is on disk", id="inspector.raw"),
    Binding("t", "tab('tree')", "Tree", tooltip="Arguments, results and records as a tree", id="inspector.tree"),
    Binding("m", "tab('request')", "Model's input", tooltip="What the model was sent", id="inspector.request"),
    Binding(
        "u",
        "as_written",
        "As written",
        show=False,
        tooltip="JSON as it was written, or printed anew",
        id="inspector.as_written",
    ),
    *COPY_KEYS,
    Binding("dollar_sign", "tab('cost')", "Cost", show=False, tooltip="What it cost", id="inspector.cost"),
]
_NO_CHOICE = "No step is chosen."


class Inspector(Scopes, Vertical, Chords):
    """Shows one step in tabs. `show` gives it a run and a step; it says `StepShown` when it goes to another itself."""

    HELP = (
        "One step. `h` and `l` go from tab to tab, `J` and `K` to the next step and the one before. `c` call, `o` "
        "result in full, `d` what this step changed, `D` the final diff, `t` what is JSON as a tree, `r` the record as "
        "it is on disk, `m` what the model was sent, `$` the cost. `Y` and a letter copies: `Yn` the call's name, `Ya` "
        "its arguments, `Yo` its result, `Yr` the record, `Ym` the request. More "
        "diffs: `^` from the start to this step, `*` against the gold patch; `M` marks a step, and `=` compares with "
        "it; `W` shows the files as of the step; `,` and `.` go from one to the next."
    )
    BINDINGS: ClassVar[list[BindingType]] = INSPECTOR_KEYS
    DEFAULT_CSS = """
    Inspector {
        height: 1fr;
        & > .step-view { height: 1fr; display: none; }
        & > .step-view.-shown { display: block; }
    }
    """

    CHORD_KEYS = "Y"

    tab: reactive[str] = reactive("call", init=False)
    """The name of the current tab."""

    @dataclass
    class StepShown(Event):
        """Another step is looked at."""

        inspector: Inspector
        step: int
        """The step's number, from 1."""

        @property
        def control(self) -> Inspector:
            """The inspector it happened in."""
            return self.inspector

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._tabs = TabLine(TABS)
        self._views: dict[str, StepView] = {}
        self._filled: dict[str, Sight | None] = {}
        self._sight: Sight | None = None
        self._notice = _NO_CHOICE
        self._window: int | None = None

    def compose(self) -> ComposeResult:
        """Tabs; the views come when they are looked at."""
        yield self._tabs

    def on_mount(self) -> None:
        """Say what was asked for meanwhile, or that there is nothing yet."""
        # Textual calls it mounted when this has returned.
        self.call_later(self._fill)

    # What a user of it does

    @property
    def step(self) -> int:
        """The number of the step that is shown; 0 when none is."""
        return self._sight.number if self._sight is not None else 0

    def show(self, run: Trajectory, step: int, *, items: Items | None = None) -> None:
        """Show a step (from 1) of a run; `items` where its messages were cut into steps already."""
        old = self._sight
        if items is None:
            items = old.items if old is not None and old.run.messages is run.messages else Items(run.messages)
        number = max(0, min(step, items.n_steps))
        if old is None or old.run is not run or old.items is not items or old.number != number:
            self._sight = Sight(run, items, number, self._window) if number else None
        self._notice = "There is no step yet."
        if old is not None and old.run.path != run.path:
            self.set_mark(0)
        self._fill()

    def know_window(self, tokens: int | None) -> None:
        """Take in how many tokens the model's context window holds; `None` while that is not known."""
        if tokens != self._window:
            self._window = tokens
            if (sight := self._sight) is not None:
                self._sight = replace(sight, window=tokens)
                stale = ("request", "cost")
                self._filled = {
                    tab: self._sight for tab, old in self._filled.items() if old is sight and tab not in stale
                }
                self._fill()

    def clear(self, notice: str = _NO_CHOICE) -> None:
        """Show nothing, and say why."""
        self._sight, self._notice = None, notice
        self._filled.clear()
        self._fill()

    @property
    def view(self) -> Widget:
        """What of the current tab takes the focus."""
        return self._current().target

    def focus_view(self) -> None:
        """Give the focus to the current tab, once it is there."""
        if self.view.is_attached:
            self.view.focus()
        else:
            self.call_after_refresh(self.focus_view)

    # How it works

    def _current(self) -> StepView:
        return self.step_view(self.tab)

    def step_view(self, tab: str) -> StepView:
        """The view of a tab, made when it is first asked for."""
        if tab not in self._views:
            view = self._views[tab] = VIEWS[tab]()
            view.widget.add_class("step-view")
            if self.is_mounted:
                self.mount(view.widget)
        return self._views[tab]

    def _fill(self) -> None:
        if not self.is_mounted:
            return
        current, sight = self._current(), self._sight
        if not current.widget.is_attached:
            self.mount(current.widget)
        for view in self._views.values():
            view.widget.set_class(view is current, "-shown")
        self._tabs.current = TABS.index(self.tab)
        self.say_step()
        if sight is None:
            current.clear(self._notice)
        elif self._filled.get(self.tab) is not sight:
            current.show(sight)
        self._filled[self.tab] = sight

    def say_step(self) -> None:
        """Say beside the tabs which step this is."""
        self._tabs.words = _words(self._sight, self.mark)

    def watch_tab(self, old: str, new: str) -> None:
        """Show another view of the step; the focus goes along."""
        before = self._views.get(old)
        had_focus = before is not None and before.widget.has_focus_within
        self._fill()
        if before is not None and (call := before.call) is not None:
            self._current().go_to_call(call)
        if had_focus:
            self.focus_view()

    def validate_tab(self, tab: str) -> str:
        """A tab that there is."""
        return tab if tab in VIEWS else TABS[0]

    def action_tab(self, tab: str) -> None:
        """Go to a tab."""
        self.tab = tab

    def action_side(self, direction: int) -> None:
        """Go to the next tab or the one before."""
        self.tab = TABS[(TABS.index(self.tab) + direction) % len(TABS)]

    def action_step(self, direction: int) -> None:
        """Look at the next step or the one before."""
        sight = self._sight
        if sight is None:
            return
        number = max(1, min(sight.number + direction, sight.items.n_steps))
        if number != sight.number:
            self.show(sight.run, number, items=sight.items)
            self.post_message(self.StepShown(self, number))

    def action_as_written(self) -> None:
        """Show JSON as it was written, or printed anew."""
        view = self._current()
        view.as_written = not view.as_written
        if self._sight is not None:
            view.show(self._sight)

    def action_copy_part(self, part: str) -> None:
        """Copy something of the step: see `step_views.parts`."""
        if self._sight is not None:
            copy_part(self, self._sight, part, self._current().call or 0)

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Go to the tab that was clicked."""
        message.stop()
        self.tab = TABS[message.index]

    @on(CostView.StepSelected)
    def cost_selected(self, message: CostView.StepSelected) -> None:
        """Look at the call of the step that was chosen by its cost."""
        message.stop()
        self.action_step(message.step - self.step)
        self.tab = "call"


def _words(sight: Sight | None, mark: int) -> str:
    """Which step this is, which one is marked, and what came of it."""
    if sight is None:
        return ""
    marked = f" · step {mark} is marked" if mark else ""
    return f"step {sight.number} of {sight.items.n_steps}{marked} · {outcome(sight.messages, sight.step).summary}"
