"""What every tab of the inspector is: a widget, and a way to fill it with a step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from textual.widget import Widget
from textual.worker import Worker

from nano_agent.trajectory import Message, Step, Trajectory
from nano_widgets.transcript.items import Items

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The step that is looked at."""

    run: Trajectory
    items: Items
    """The run's messages, cut into steps."""
    number: int
    """The step's number, from 1."""
    window: int | None = None
    """Tokens that the model's context window holds, where that is known."""

    @property
    def messages(self) -> Sequence[Message]:
        """The run's messages."""
        return self.run.messages

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.items.as_step(self.number)


class StepView:
    """One side of a step. It is made when its tab is first looked at, and filled only while that is in sight."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        """What is shown."""

    @property
    def target(self) -> Widget:
        """What of it takes the focus."""
        return self.widget

    as_written = False
    """What is JSON is shown as it was written, not printed anew; for those views that show any."""

    def show(self, sight: Sight) -> None:
        """Show this side of a step; called once for each sight, and again when `as_written` changes."""
        raise NotImplementedError

    @property
    def call(self) -> int | None:
        """The number of the step's call that is in sight, from 0; `None` where that cannot be said."""
        return None

    def go_to_call(self, call: int) -> None:
        """Bring a call into sight, where there is one to go to."""

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        raise NotImplementedError

    def aside(self, group: str, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """Do some work in a thread, and then something with what came out of it on the screen's own.

        What ran in this group before is forgotten. `then` has to ask whether the step is still the one in sight.
        """

        async def do() -> None:
            then(await asyncio.to_thread(work))

        _: Worker[None] = self.widget.run_worker(do, group=f"step-{group}", exclusive=True, exit_on_error=False)
