"""What a run is doing, told from its events alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from nano_agent.record.clock import seconds_of

_Number = TypeVar("_Number", int, float)
_ASK = ("ask", "call_id", "name", "command", "text", "edits")
Doing = Literal[
    "starting",
    "thinking",
    "waiting",
    "streaming",
    "running",
    "approval",
    "limit",
    "retrying",
    "suspended",
    "ended",
    "lost",
]


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that waits for a person."""

    id: str
    """By which the question is answered."""
    call_id: str
    name: str
    """The tool's name."""
    summary: str
    """What the call does, in a line."""
    text: str
    """What the person may edit: the command, or all arguments as JSON; empty for an action that is to be typed. For a
    limit, whose name is `name`: why it ends the run."""
    edits: str
    """command, arguments, action or limits."""


@dataclass(slots=True)
class RunState:
    """The state of a run as its folder and its process tell it; never a guess.

    Amounts: seconds since the epoch, US dollars, tokens. `None` is unknown.
    """

    doing: Doing = "starting"
    """starting: before the first request; waiting: request sent, nothing back yet; streaming: the reply arrives;
    running: a command or tool runs; approval: a person must agree to a call, or type one; limit: one was reached, and a
    person may raise it; retrying: waiting to try a failed call again; thinking: the loop is between two of these;
    suspended: its process was stopped by a signal, to go on by another; ended; lost: not ended and its process is
    gone."""
    since: float | None = None
    """When it began doing that."""
    until: float | None = None
    """Retrying: when the next attempt is made."""
    detail: str = ""
    """Running, approval: the command or the tool's name. Limit, retrying: why. Ended: the reason."""
    ask: Ask | None = None
    """Approval: the call that waits. Limit: which."""
    child: str = ""
    """The id of the run that the call which runs was handed to."""
    limits: Mapping[str, float | None] = field(default_factory=dict)
    """The limits that were changed while it went on; `None` is no limit."""
    exit_status: str | None = None
    step: int = 0
    """The step that goes on; of a run that has ended, the last that has a reply."""
    unanswered: bool = False
    """Ended: whether the model was asked once more, and no reply came."""
    tool_calls: int = 0
    action: str = ""
    """The tool and the command of the last call."""
    repeats: int = 1
    """How many times in a row the last call, or the last round of a few, was made."""
    prompt_tokens: int | None = None
    """Of the last call: how full the context is."""
    total_prompt_tokens: int | None = 0
    total_completion_tokens: int | None = 0
    cost_usd: float | None = 0.0
    cost_estimated: bool = False
    last_event: float | None = None
    idle: float = 0.0
    """Seconds between the ends of processes and the times at which others went on with the run."""
    warnings: tuple[str, ...] = ()
    _asked: bool = False
    """Whether a request has no reply yet."""
    _before: tuple[Doing, float | None, float | None, str] | None = None
    """What it did before it was suspended."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.doing in ("ended", "lost")

    def suspend(self) -> None:
        """Its process was found stopped."""
        self._before = (self.doing, self.since, self.until, self.detail)
        self.doing, self.since, self.until, self.detail = "suspended", None, None, "kill -CONT lets it go on"

    def wake(self) -> None:
        """Its process goes on, with what it did before."""
        if self._before is not None:
            (self.doing, self.since, self.until, self.detail), self._before = self._before, None

    def lose(self) -> None:
        """Its process is gone."""
        self.wake()
        self.doing, self.since, self.until, self.ask = "lost", self.last_event, None, None
        self.exit_status = "lost"
        self._close()

    def _close(self) -> None:
        """Nothing more comes: a step that was only asked for is none."""
        self.unanswered, self._asked = self._asked, False
        self.step -= self.unanswered

    def shift(self, seconds: float) -> None:
        """The clock was set: times that were taken by the old one are moved to the new one."""
        self.since, self.until, self.last_event = (
            None if moment is None else moment + seconds for moment in (self.since, self.until, self.last_event)
        )

    def begun_within(self, seconds: float, now: float) -> None:
        """What it does cannot have begun in the future, nor before so many seconds ago."""
        if self.since is not None:
            self.since = min(max(self.since, now - seconds), now)

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one record of `events.jsonl` into account; unknown types only move the clock."""
        if event.get("inherited"):
            return  # it happened in the run that this one was forked from
        self.wake()
        when = seconds_of(event.get("t"))
        self.last_event = when or self.last_event
        match event.get("type"):
            case "resume":
                self._resume(event, when)
            case "end":
                self._now("ended", when, str(event.get("reason") or ""))
                self.exit_status = str(event.get("exit_status"))
                self._close()
            case _:
                self._go_on(event, when)

    def _go_on(self, event: Mapping[str, Any], when: float | None) -> None:
        """Something happened on the way."""
        match event.get("type"):
            case "request":
                self._now("waiting", when)
                self.step = _int(event.get("step")) or self.step + 1
                self._asked = True
            case "first_token":
                self._now("streaming", when)
            case "retry":
                self._now("retrying", when, str(event.get("reason", "")))
                wait = event.get("wait")
                self.until = when + wait if when and isinstance(wait, int | float) else None
            case "reply":
                self._now("thinking", when)
                self._asked = False
                self._spend(event)
            case "ask" if event.get("edits") == "limits":
                self._now("limit", when, str(event.get("text") or ""))
                self.ask = Ask(*(str(event.get(key) or "") for key in _ASK))
            case "ask":
                self._now("approval", when, str(event.get("command") or event.get("name") or ""))
                self.action = " ".join(str(event[key]) for key in ("name", "command") if event.get(key))
                self.ask = Ask(*(str(event.get(key) or "") for key in _ASK))
            case "decision" if self.child:
                # It was a call of the child that waited.
                self._now("running", when, self.action)
            case "decision" | "cut":
                self._now("thinking", when)
            case "command":
                limits = event.get("limits")
                self.limits = {**self.limits, **limits} if isinstance(limits, dict) else self.limits
            case "warning":
                self.warnings += (str(event.get("text", "")),)
            case _:
                self._act(event, when)

    def _act(self, event: Mapping[str, Any], when: float | None) -> None:
        """A call begins, is handed on, or ends."""
        match event.get("type"):
            case "tool_start":
                self._now("running", when, str(event.get("command") or event.get("name") or ""))
                self.action = " ".join(str(event[key]) for key in ("name", "command") if event.get(key))
                self.repeats = _int(event.get("repeats")) or 1
            case "child":
                self.child = str(event.get("child") or "")
            case "tool_end":
                self._now("thinking", when)
                self.child = ""
                self.tool_calls += not event.get("not_run")
            case _:
                pass

    def _now(self, doing: Doing, when: float | None, detail: str = "") -> None:
        self.doing, self.since, self.until, self.detail, self.ask = doing, when, None, detail, None

    def _resume(self, event: Mapping[str, Any], when: float | None) -> None:
        """Count from what the run has to show for itself: a reply that was never written is no part of it."""
        self._now("starting", when)
        self.exit_status, self.child, self.unanswered, self._asked = None, "", False, False
        limits = event.get("limits")
        self.limits = limits if isinstance(limits, dict) else self.limits
        idle = event.get("idle")
        self.idle += idle if isinstance(idle, int | float) else 0.0
        self.step = _int(event.get("steps")) or 0
        self.tool_calls = _int(event.get("tool_calls")) or 0
        self.total_prompt_tokens = _int(event.get("prompt_tokens"))
        self.total_completion_tokens = _int(event.get("completion_tokens"))
        cost = event.get("cost_usd")
        self.cost_usd = float(cost) if isinstance(cost, int | float) else None

    def _spend(self, event: Mapping[str, Any]) -> None:
        self.prompt_tokens = _int(event.get("prompt_tokens"))
        self.total_prompt_tokens = _plus(self.total_prompt_tokens, self.prompt_tokens)
        self.total_completion_tokens = _plus(self.total_completion_tokens, _int(event.get("completion_tokens")))
        cost = event.get("cost_usd")
        self.cost_usd = _plus(self.cost_usd, float(cost) if isinstance(cost, int | float) else None)
        self.cost_estimated = self.cost_estimated or bool(event.get("cost_estimated"))


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _plus(total: _Number | None, more: _Number | None) -> _Number | None:
    """A sum that is unknown as soon as one part is."""
    return None if total is None or more is None else total + more
