"""What `Agent.stream` yields besides the pieces of a reply: one value per thing that happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nano_agent.models.base import CallPiece, ReasoningPiece, Retrying, TextPiece, Warned

Edits = Literal["command", "arguments", "action", "limits"]
"""What a person changes to answer a question."""


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message is complete and part of the history."""

    index: int
    message: Mapping[str, Any]
    answers: bool = False
    """Whether it is what came of an action."""


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A call's arguments were fine and it runs now."""

    call_id: str
    name: str
    summary: str
    """What it does, in a line: the command, the file."""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """A piece of a running command's output."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A call is answered."""

    call_id: str
    name: str
    seconds: float
    exit_code: int | None
    failed: bool
    truncated: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A call waits for a person's approval, or for a person to type what is to run; or the run for a higher limit."""

    ask: str
    """The question's id, by which it is answered."""
    call_id: str
    name: str
    text: str
    """What may be edited: the command, or the arguments as JSON; empty for an action that is to be typed. For a limit,
    whose name is `name`, why it ends the run; it is answered by `limits`, and by `deny` or `stop`."""
    edits: Edits


@dataclass(frozen=True, slots=True)
class Decided:
    """A question is closed."""

    ask: str
    """Empty when a rule made earlier has decided, without a question."""
    call_id: str
    decision: Literal["approved", "denied", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Steered:
    """A command from the inbox, and what became of it."""

    do: str
    outcome: Literal["waits", "taken", "refused"]
    why: str = ""
    """Why it was refused."""


@dataclass(frozen=True, slots=True)
class ReplyCut:
    """A reply was given up: what was streamed of it is all there is."""

    why: str


@dataclass(frozen=True, slots=True)
class CheckpointTaken:
    """The work tree was recorded as it is after a step (0: before the first)."""

    step: int
    tree: str


@dataclass(frozen=True, slots=True)
class Redoing:
    """Before the run begins, a recorded action of the one that it is forked from is done again."""

    number: int
    """From 1."""
    of: int
    action: str
    """What it is, in a line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over; nothing comes after this."""

    exit_status: str
    reason: str
    diff: str


Event = (
    TextPiece
    | ReasoningPiece
    | CallPiece
    | Retrying
    | Warned
    | MessageAdded
    | ToolStarted
    | ToolOutput
    | ToolEnded
    | Asked
    | Decided
    | Steered
    | ReplyCut
    | CheckpointTaken
    | Redoing
    | Ended
)
