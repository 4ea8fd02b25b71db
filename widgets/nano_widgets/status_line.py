"""One line on a run: which model and scaffold, how far it is, what it cost, and what it is doing right now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from nano_agent.record.messages import TAKEN_OVER
from nano_agent.trajectory import Trajectory, glances, steps_of
from nano_widgets.limits import as_changed, last_step, limit
from nano_widgets.palette import LOOKS
from nano_widgets.safe import cells, one_line
from nano_widgets.units import UNKNOWN, clock, dollars, seconds

if TYPE_CHECKING:
    from nano_agent.record import RunState

_SEPARATOR = " · "
_GOOD = ("done", "success", "submitted", "Submitted", "completed", "solved")


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says. The strings are foreign text."""

    scaffold: str = ""
    model: str = ""
    step: int = 0
    step_limit: int | None = None
    calls: int | None = None
    """Tool calls so far; said where they are limited."""
    call_limit: int | None = None
    cost_usd: float | None = None
    cost_estimated: bool = False
    doing: str = ""
    """The last words: what the run does and for how long, or how it ended."""
    ink: str = "muted"
    """How the last words look, as a name in the palette."""


def of_trajectory(run: Trajectory, steps: int | None = None) -> Status:
    """The status of a recorded run; `steps` where the caller has counted them already."""
    metadata = run.metadata
    doing, ink = _ending(run.exit_status, run.exit_reason, run.seconds)
    if run.live:
        doing, ink = "live", "ok"
    return Status(
        scaffold=_scaffold(metadata) or run.format,
        model=run.model or "",
        step=sum(1 for _ in steps_of(run.messages)) if steps is None else steps,
        step_limit=last_step(metadata),
        calls=_own_calls(run),
        call_limit=limit(metadata, "tool_limit"),
        cost_usd=run.usage.cost_usd,
        cost_estimated=run.usage.cost_estimated,
        doing=doing,
        ink=ink,
    )


def of_state(
    state: RunState, now: float, metadata: Mapping[str, Any] | None = None, model: str | None = None
) -> Status:
    """The status of a run that is followed, at a time in seconds since the epoch."""
    metadata = as_changed(metadata or {}, state)
    doing, ink = _doing(state, now)
    return Status(
        scaffold=_scaffold(metadata),
        model=model or str(metadata.get("model") or ""),
        step=state.step,
        step_limit=last_step(metadata),
        calls=state.tool_calls,
        call_limit=limit(metadata, "tool_limit"),
        cost_usd=state.cost_usd,
        cost_estimated=state.cost_estimated,
        doing=doing,
        ink=ink,
    )


def _doing(state: RunState, now: float) -> tuple[str, str]:
    age = None if state.since is None else max(0.0, now - state.since)
    for_long = seconds(age) if age is not None else ""
    match state.doing:
        case "waiting":
            return f"waiting for the model {for_long}", "ok"
        case "streaming":
            return f"the model replies {for_long}", "ok"
        case "running":
            return f"running {one_line(state.detail, 60)} {clock(age)}", "ok"
        case "approval":
            return f"waiting for approval {for_long}: {state.detail or 'type the action'}", "warning"
        case "limit":
            return f"waiting for a higher limit {for_long}: {state.detail}", "warning"
        case "retrying":
            wait = "" if state.until is None else f" in {seconds(max(0.0, state.until - now))}"
            return f"retrying{wait}: {state.detail}", "warning"
        case "suspended":
            return f"suspended: {state.detail}", "warning"
        case "ended":
            return _ending(state.exit_status, state.detail, None)
        case "lost":
            return "lost: its process vanished", "error"
        case "starting":
            return f"starting {for_long}", "muted"
        case _:
            return f"between two steps {for_long}", "ok"


def _ending(status: str | None, reason: str | None, lasted: float | None) -> tuple[str, str]:
    if status is None:
        return "no end recorded", "muted"
    words = f"{'' if status == 'lost' else 'ended: '}{status}"
    if reason and reason != status:
        words += f": {reason}"
    if lasted is not None:
        words += f" ({seconds(lasted)})"
    return words, "ok" if status in _GOOD else "error" if status in ("lost", "error") else "warning"


def _scaffold(metadata: Mapping[str, Any]) -> str:
    scaffold = metadata.get("scaffold")
    name = scaffold.get("name") if isinstance(scaffold, Mapping) else scaffold
    return name if isinstance(name, str) else ""


def _own_calls(run: Trajectory) -> int:
    """The calls that count against the limit: those in texts too, and not what a fork has from another run."""
    if "forked_from" not in run.metadata:
        return sum(len(message.tool_calls) for message in glances(run.messages))
    replies = [message for message in run.messages if message.role == "assistant"]
    return sum(len(reply.tool_calls) for reply in replies if reply.note != TAKEN_OVER)


def line(status: Status, width: int) -> Content:
    """The status in at most `width` cells; of what does not fit, the model and the scaffold go first."""
    of = f"/{status.step_limit}" if status.step_limit else ""
    cost = dollars(status.cost_usd, status.cost_estimated)
    parts = [
        (one_line(status.scaffold, 24), "bold"),
        (one_line(status.model, 40), ""),
        (f"step {status.step}{of}" if status.step else "no step yet", ""),
        (f"{status.calls}/{status.call_limit} calls" if status.call_limit and status.calls is not None else "", ""),
        (cost if cost != UNKNOWN else f"cost {UNKNOWN}", ""),
    ]
    # A long reason for an end leaves room for the step and the cost.
    facts = sum(cells(text) + len(_SEPARATOR) for text, _ in parts[2:] if text)
    doing = one_line(status.doing, max(width - facts, width // 2))
    room = width - cells(doing)
    # The rightmost parts are the ones that change while one looks.
    kept = list[tuple[str, str]]()
    for text, style in reversed(parts):
        if text and cells(text) + len(_SEPARATOR) <= room:
            kept.insert(0, (text + _SEPARATOR, style))
            room -= cells(text) + len(_SEPARATOR)
    pieces = [Content.styled(text, style) for text, style in kept]
    return Content("").join([*pieces, Content.styled(doing, LOOKS.get(status.ink, ""))])


class StatusLine(Widget):
    """A run's header in one line; its ages are kept right while it is live."""

    HELP = "The run that is shown: scaffold, model, step, cost, and what it is doing."
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    StatusLine { height: 1; color: $foreground; background: $panel; padding: 0 1; }
    """

    status: reactive[Status] = reactive(Status(doing="no run is shown"))
    """What is said now."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._state: RunState | None = None
        self._metadata: Mapping[str, Any] = {}
        self._model: str | None = None

    def on_mount(self) -> None:
        """Ages grow by themselves."""
        self.set_interval(1.0, self.update_ages)

    def show(self, run: Trajectory, steps: int | None = None) -> None:
        """Say how a recorded run stands."""
        self._state = None
        self.status = of_trajectory(run, steps)

    def watch_run(self, state: RunState, metadata: Mapping[str, Any] | None = None, model: str | None = None) -> None:
        """Say what a run is doing; call it again, or `update_ages`, when its state changed."""
        self._state, self._metadata, self._model = state, metadata or {}, model
        self.update_ages()

    def clear(self, words: str = "no run is shown") -> None:
        """Say that there is nothing, or why."""
        self._state = None
        self.status = Status(doing=words)

    def update_ages(self) -> None:
        """Say how long it has been doing what it does."""
        if self._state is not None:
            self.status = of_state(self._state, time.time(), self._metadata, self._model)

    def render(self) -> Content:
        """The line."""
        return line(self.status, self.size.width)
