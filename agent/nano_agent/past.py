"""What one of our runs has left behind, as whoever goes on with it or forks from it needs to know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.clock import seconds_of
from nano_agent.record.files import FORMAT, RunFiles

Record = dict[str, Any]
CUT_OFF = "[interrupted: the run ended while this was running; what it printed is lost]"
NEVER_RUN = "[not run: the run ended before its turn came]"


class NoPast(ValueError):
    """There is no run of ours here; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that nobody has answered."""

    id: str
    name: str
    native: bool
    """Whether it is a call of the API; else it stands in the reply's text."""
    started: bool
    """Whether it had begun to run."""

    @property
    def text(self) -> str:
        """What the model is told of it."""
        return CUT_OFF if self.started else NEVER_RUN

    def answer(self) -> Record:
        """The message that says so."""
        if self.native:
            return {"role": "tool", "tool_call_id": self.id, "content": self.text}
        return {"role": "user", "content": self.text}


@dataclass
class Past:
    """A run folder as it is on disk."""

    folder: Path
    metadata: Record
    messages: list[Record]
    events: list[Record] = field(default_factory=list)

    @property
    def n_steps(self) -> int:
        """Replies of the model."""
        return sum(message.get("role") == "assistant" for message in self.messages)

    def cut(self, step: int) -> int:
        """How many messages come before reply number `step + 1`; raises `NoPast` when there is no such step."""
        replies = [i for i, message in enumerate(self.messages) if message.get("role") == "assistant"]
        if not 0 <= step <= len(replies):
            raise NoPast(f"{self.folder.name} has steps 1 to {len(replies)} (0 is before the first), not {step}")
        return replies[step] if step < len(replies) else len(self.messages)

    def open_calls(self, cut: int | None = None) -> list[OpenCall]:
        """The calls of the last reply before `cut` that have no answer there, in order."""
        about = {fact["message"]: fact for fact in self.facts(cut)}
        calls: list[OpenCall] = []
        for index, message in enumerate(self.messages[:cut]):
            fact = about.get(index, {})
            if message.get("role") == "tool" or fact.get("type") == "tool_end":
                del calls[:1]
            elif message.get("role") == "assistant":
                calls = [self._open(call) for call in _calls(message, fact)]
            else:
                calls = []
        return calls

    def _open(self, call: Record) -> OpenCall:
        identity, function = str(call.get("id") or ""), call.get("function")
        native = isinstance(function, dict)
        name = (function if isinstance(function, dict) else call).get("name")
        return OpenCall(identity, str(name or ""), native, self.was_started(identity))

    def was_started(self, call_id: str) -> bool:
        """Whether this call of the last reply had begun to run."""
        for event in reversed(self.events):
            if event.get("type") == "reply":
                return False
            if event.get("type") == "tool_start" and event.get("call_id") == call_id:
                return True
        return False

    def facts(self, cut: int | None = None) -> Iterator[Record]:
        """The events that say what the messages before `cut` cost and took, in the order in which they were written."""
        found: dict[int, Record] = {}
        limit = len(self.messages) if cut is None else cut
        for event in self.events:
            index = event.get("message")
            if event.get("type") == "resume":
                kept = event.get("messages")
                found = {i: fact for i, fact in found.items() if not isinstance(kept, int) or i < kept}
            elif event.get("type") in ("reply", "tool_end") and isinstance(index, int) and index < limit:
                found[index] = event
        return iter([found[index] for index in sorted(found)])

    def checkpoints(self, step: int | None = None) -> dict[int, str]:
        """The tree after each step that changed it, up to `step`; before the first step under 0."""
        return {number: str(event["tree"]) for number, event in self.checkpoint_events(step).items()}

    def checkpoint_events(self, step: int | None = None) -> dict[int, Record]:
        """The events that say so."""
        found: dict[int, Record] = {}
        for event in self.events:
            number, tree = event.get("step"), event.get("tree")
            if event.get("type") == "checkpoint" and isinstance(number, int) and isinstance(tree, str):
                found[number] = event
        return {number: found[number] for number in sorted(found) if step is None or number <= step}

    def is_complete(self, step: int) -> bool:
        """Whether the run lived to the end of this step, so that its checkpoint is the last word on the work tree."""
        for event in reversed(self.events):
            number = event.get("step")
            if event.get("type") == "end":
                return True
            if isinstance(number, int) and (number > step or (number == step and event.get("type") == "checkpoint")):
                return True
        return step == 0

    def active_seconds(self) -> float:
        """How long its processes were at it, breaks between them left out."""
        times = [when for event in self._own() if (when := seconds_of(event.get("t"))) is not None]
        idle = sum(_number(event.get("idle")) for event in self._own() if event.get("type") == "resume")
        return max(0.0, times[-1] - times[0] - idle) if times else 0.0

    def last_sign(self) -> float | None:
        """When it last wrote something, in seconds since the epoch."""
        return next((w for e in reversed(self.events) if (w := seconds_of(e.get("t"))) is not None), None)

    def _own(self) -> Iterator[Record]:
        return (event for event in self.events if not event.get("inherited"))


def read_past(path: Path) -> Past:
    """Read the run folder at this path; raises `NoPast` when it is not one of ours (format `nano-run/1`)."""
    folder = path if path.is_dir() else path.parent
    files = RunFiles(folder)
    try:
        metadata = parse(files.metadata.read_bytes())
    except OSError as error:
        raise NoPast(f"{path}: {error.strerror or error}") from error
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise NoPast(f"{path}: this is not a run of nano-tui")
    return Past(folder, metadata, list(_records(files.messages)), list(_records(files.events)))


def is_ours(path: Path) -> bool:
    """Whether there is a run folder of ours at this path."""
    try:
        read_past(path)
    except NoPast:
        return False
    return True


def tree_after(past: Past, step: int) -> str | None:
    """The work tree after a step; `None` when it was never recorded."""
    known = past.checkpoints(step)
    return known[max(known)] if known else None


def add_up(facts: Sequence[Mapping[str, Any]], key: str) -> float | None:
    """The sum of a figure over replies; unknown as soon as one lacks it."""
    values = [fact.get(key) for fact in facts if fact.get("type") == "reply" and not fact.get("inherited")]
    numbers = [value for value in values if isinstance(value, int | float)]
    return sum(numbers) if len(numbers) == len(values) else None


def _calls(reply: Record, fact: Record) -> list[Record]:
    """What a reply asks for: its tool calls, or the actions that were found in its text."""
    calls = reply.get("tool_calls") or fact.get("actions")
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def _records(path: Path) -> Iterator[Record]:
    """The objects in a file of lines; a torn last line is none."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    for line in data.split(b"\n"):
        if line.strip() and isinstance(record := parse(line), dict):
            yield record


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
