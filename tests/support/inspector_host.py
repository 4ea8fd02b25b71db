"""An app that holds an inspector and remembers what it said."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult

from nano_agent.trajectory import Message, Trajectory
from nano_widgets.inspector import Inspector
from support.histories import SMALL, trajectory
from support.painted import lines


class InspectorHost(App[None]):
    """One step of a run, looked at closely."""

    def __init__(self, run: Trajectory | Sequence[Message] = SMALL, step: int = 1) -> None:
        super().__init__()
        self.shown = run if isinstance(run, Trajectory) else trajectory(run)
        self.step = step
        self.said: list[int] = []

    def compose(self) -> ComposeResult:
        yield Inspector()

    def on_mount(self) -> None:
        self.inspector.show(self.shown, self.step)
        self.inspector.focus_view()

    @property
    def inspector(self) -> Inspector:
        return self.query_one(Inspector)

    @property
    def text(self) -> str:
        return "\n".join(lines(self.inspector.query_one("TabLine")) + lines(self.inspector.view))

    def on_inspector_step_shown(self, message: Inspector.StepShown) -> None:
        self.said.append(message.step)
