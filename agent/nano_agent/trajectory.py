"""The immutable view of a run, whoever wrote it.

Every reader in `nano_agent.formats` produces a `Trajectory`; every pane, search, comparison and export consumes one.
Nothing here knows a file format, and nothing here imports more than the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

Role = Literal["system", "user", "assistant", "tool", "exit", "other"]

_Number = TypeVar("_Number", int, float)

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and dollars of one model call, or of many added up; `None` is unknown, never zero."""

    prompt_tokens: int | None = None
    """Prompt tokens, the cached ones included."""
    completion_tokens: int | None = None
    """Completion tokens, the reasoning ones included."""
    cached_tokens: int | None = None
    """The part of the prompt that was read from a cache."""
    reasoning_tokens: int | None = None
    """The part of the completion that was reasoning."""
    cost_usd: float | None = None
    cost_estimated: bool = False
    """True when the cost was priced from a table here, not stated by the provider or the file."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a reply asks for."""

    id: str | None
    """The call's id as written; `None` where the format has none."""
    name: str
    raw_arguments: str
    """The arguments exactly as the model wrote them; canonical JSON where the format stores an object."""
    arguments: Any = None
    """The parsed arguments; `None` when they do not parse (`raw_arguments` still has them)."""
    from_text: bool = False
    """True for an action that was found in the reply's text (a fenced block, a tag). Such actions are steps to look
    at, but they are no tool calls of the API, and are not counted as such."""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the linear history, as the model saw it."""

    role: Role
    text: str = ""
    """The text parts joined; images and other blobs are named in brackets, never held."""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None
    """Role tool: the id of the call that this observation answers."""
    name: str | None = None
    """Role tool: the tool's name where the record has it. Other roles: the speaker's name, if any."""
    answers: bool = False
    """True for a message of another role that is an observation (text protocols answer as the user)."""
    usage: Usage | None = None
    timestamp: float | None = None
    """When the message was complete, in seconds since the epoch."""
    seconds: float | None = None
    """Assistant: request to complete reply. Observation: how long the command ran."""
    exit_code: int | None = None
    failed: bool | None = None
    """Observation: whether the action failed, where the record says so (an exit code that is not zero says so too)."""
    output: str | None = None
    """Observation: the full output, where it is known and differs from what the model was shown."""
    output_path: Path | None = None
    """Observation: the file that holds the full output, where it is kept apart."""
    note: str = ""
    """A few words of the reader on what is special here: `rejected turn`, `sub-agent abc`, `submission`."""
    child: Path | None = None
    """Observation: the run that the call was handed to."""
    raw: Any = None
    """The record as on disk (several records: a list); blobs may be replaced by a short description."""

    @property
    def is_observation(self) -> bool:
        """Whether this message answers an action."""
        return self.role == "tool" or self.answers


CALLED = ToolCall(None, "", "")
"""Stands for a call whose name and arguments are not looked at; see `glances`."""
CALLED_IN_TEXT = ToolCall(None, "", "", from_text=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One model reply plus the observations that answer it."""

    index: int
    """1-based number of the step."""
    reply: int
    """Index of the reply in `Trajectory.messages`; for formats that keep no reply, of the first observation."""
    observations: tuple[int, ...] = ()
    """Indexes of the messages that answer this reply, in order."""

    @property
    def indexes(self) -> tuple[int, ...]:
        """Indexes of all its messages: the reply, then what answers it."""
        return (self.reply, *self.observations)


@dataclass(frozen=True, slots=True)
class Counts:
    """The three counts a listing shows, by each format's own notion of a message."""

    messages: int
    assistant: int
    tool_calls: int


@dataclass(frozen=True)
class Trajectory:
    """One run as it was recorded. Unknown is `None`; amounts are seconds, US dollars and tokens."""

    format: str
    """The reader's name: `nano-run`, `nano`, `mini_swe_agent`, ..."""
    path: Path
    """The file or run folder that holds it."""
    messages: Sequence[Message] = ()
    """The history. Of a large file it stays on disk: to index it then costs reading and parsing one record, to go
    through it parsing the file, and `glances` tells who speaks, what failed and what it cost for next to nothing."""
    sample: str | None = None
    """Which of several trajectories in one file this is; `None` when there is just one."""
    model: str | None = None
    task: str | None = None
    exit_status: str | None = None
    """Why the run ended, in the writer's own word (see the design's list for ours). `None`: the file does not say."""
    exit_reason: str | None = None
    """A sentence on why it ended, where one is recorded."""
    started_at: float | None = None
    """Seconds since the epoch."""
    seconds: float | None = None
    """Wall time from start to end."""
    usage: Usage = Usage()
    """Totals: the file's own where it states them, else the sum over messages when every reply has the figure."""
    counts: Counts | None = None
    """Only where the format's notion differs from counting `messages`; use `n_messages` and its siblings to read."""
    diff: str | None = None
    """The final diff or submission; `None` when the file has none, `""` when it is known to be empty."""
    gold_diff: str | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    """The tool schemas given to the model."""
    reward: float | None = None
    group: str | None = None
    """What rollouts of the same task share."""
    instance: str | None = None
    """The benchmark's name for the task."""
    repo: str | None = None
    live: bool = False
    """True while the run's own process is alive."""
    waiting: bool = False
    """True while a live run waits for a person."""
    children: tuple[Path, ...] = ()
    """Trajectories of sub-agents beside this one."""
    metadata: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """Everything else the file says about the run, as parsed."""
    warnings: tuple[str, ...] = ()
    """What could not be read or is odd, a sentence each."""

    @staticmethod
    def load(path: str | Path) -> Trajectory:
        """Read the trajectory at `path`, of any format; the first one when a file holds several.

        Raises `nano_agent.formats.NotATrajectory` (a `ValueError`) with the reason when there is none.
        """
        from nano_agent.formats import first

        return first(Path(path))

    @property
    def n_messages(self) -> int:
        """Entries of the linear history."""
        return self.counts.messages if self.counts else len(self.messages)

    @property
    def n_assistant(self) -> int:
        """Replies of the model."""
        return self.counts.assistant if self.counts else sum(m.role == "assistant" for m in glances(self.messages))

    @property
    def n_tool_calls(self) -> int:
        """Tool calls asked for, each once; actions found in text do not count."""
        if self.counts:
            return self.counts.tool_calls
        return sum(not call.from_text for m in glances(self.messages) for call in m.tool_calls)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return tuple(steps_of(self.messages))


def glances(messages: Iterable[Message], start: int = 0) -> Iterator[Message]:
    """The messages from `start` on, as far as they can be told without reading any of them again.

    Those that stay on disk come without texts, outputs, ids, records and what is in their calls, of which there are as
    many; role, `answers`, times, exit code, failure, usage and note are true. Those in memory come as they are.
    """
    quick = getattr(messages, "glances", None)
    if quick is not None:
        return iter(quick(start))
    return islice(iter(messages), start, None)


def glance(messages: Sequence[Message], index: int) -> Message:
    """One message in the same way."""
    found: Message = getattr(messages, "glance", messages.__getitem__)(index)
    return found


def brief(messages: Sequence[Message], index: int) -> Message:
    """A message for a line about it: of one that is very large and on disk, the middle of its texts is left there."""
    quick = getattr(messages, "brief", None)
    found: Message = messages[index] if quick is None else quick(index)
    return found


def steps_of(messages: Iterable[Message]) -> Iterator[Step]:
    """Cut a linear history into steps: a reply and the observations up to the next reply.

    An observation that follows no reply (formats that never store the reply) is a step of its own.
    """
    index, reply, observations = 0, -1, list[int]()
    for i, message in enumerate(glances(messages)):
        starts = message.role == "assistant" or (message.is_observation and reply < 0) or _carries_call(message)
        if starts:
            if reply >= 0:
                index += 1
                yield Step(index, reply, tuple(observations))
            reply, observations = i, []
        elif message.is_observation:
            observations.append(i)
    if reply >= 0:
        yield Step(index + 1, reply, tuple(observations))


def _carries_call(message: Message) -> bool:
    """Whether an observation brings its own call along, because the format keeps no reply for it."""
    return message.is_observation and bool(message.tool_calls)


def total_usage(messages: Iterable[Message]) -> Usage:
    """Add up the usage of all replies; a figure that any reply lacks is unknown in the total."""
    return add_usages([m.usage or Usage() for m in glances(messages) if m.role == "assistant"])


def add_usages(usages: Sequence[Usage]) -> Usage:
    """Add up; a figure that any part lacks is unknown in the sum, and all are in a sum of nothing."""
    return Usage(
        _sum([u.prompt_tokens for u in usages]),
        _sum([u.completion_tokens for u in usages]),
        _sum([u.cached_tokens for u in usages]),
        _sum([u.reasoning_tokens for u in usages]),
        _sum([u.cost_usd for u in usages]),
        any(u.cost_estimated for u in usages),
    )


def _sum(values: Sequence[_Number | None]) -> _Number | None:
    """The sum, or `None` when there is nothing to add or any part is unknown."""
    if not values or None in values:
        return None
    return sum(v for v in values if v is not None)
