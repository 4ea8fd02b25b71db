"""What a listing knows of a trajectory: one flat row, cheap to store, sort and show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from nano_agent.trajectory import Message, Trajectory, glances, steps_of

TASK_CHARS = 300
WARNINGS_KEPT = 5
TOOLS_KEPT = 50
_WORD_CHARS = 500


@dataclass(frozen=True, slots=True)
class Summary:
    """One trajectory in a listing. Unknown is `None`; amounts are seconds, US dollars, tokens and bytes."""

    path: str
    """The file or run folder, absolute."""
    sample: str | None
    """Which of several trajectories in the file this is."""
    format: str
    model: str | None
    exit_status: str | None
    n_messages: int
    n_assistant: int
    n_tool_calls: int
    n_steps: int
    prompt_tokens: int | None
    """Prompt tokens, the cached ones included."""
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    cost_estimated: bool
    started_at: float | None
    """Seconds since the epoch."""
    seconds: float | None
    task: str | None
    """The beginning of the task, on one line."""
    repo: str | None
    group: str | None
    instance: str | None
    reward: float | None
    has_diff: bool
    """Whether there is a final diff with something in it."""
    has_error: bool
    """Whether an action failed or the run ended in an error."""
    live: bool
    waiting: bool
    """Whether it goes on and waits for a person."""
    tools: tuple[str, ...]
    """Names of the tools called, in the order of their first call."""
    n_warnings: int
    warnings: tuple[str, ...]
    """The first few of them."""
    size: int
    """Bytes on disk of the file, or of the files of a run folder that matter."""
    mtime_ns: int
    """When any of them last changed, in nanoseconds since the epoch."""
    family: str | None = None
    """The id of the run that handed work to this one, or this one's own where it has handed work to others."""
    place: int | None = None
    """Where it is in a file that holds several, for `formats.read_sample`; as long as the file is the same."""

    @property
    def is_child(self) -> bool:
        """Whether another run handed its work to this one."""
        return self.family is not None and not self.path.endswith(f"/{self.family}")

    @property
    def tokens(self) -> int | None:
        """Prompt and completion together; `None` when either is unknown."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens


class Tally:
    """What one pass over a history collects, without reading those messages again that stay on disk."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self.messages = self.assistant = self.tool_calls = 0
        self.tools: dict[str, None] = dict(getattr(messages, "call_names", {}))
        self.failed = False
        self._first_user: int | None = None

    @property
    def first_user(self) -> str | None:
        """What was asked for first."""
        return None if self._first_user is None else self._messages[self._first_user].text

    def over(self) -> Iterator[Message]:
        """A glance at each message, which is counted as it passes."""
        for i, message in enumerate(glances(self._messages)):
            self.messages += 1
            self.assistant += message.role == "assistant"
            if message.role == "user" and self._first_user is None and not message.answers:
                self._first_user = i
            for call in message.tool_calls:
                self.tool_calls += not call.from_text
                if call.name:
                    self.tools[call.name] = None
            if message.is_observation and (message.failed or (message.failed is None and message.exit_code)):
                self.failed = True
            yield message


def summarise(trajectory: Trajectory, size: int = 0, mtime_ns: int = 0, place: int | None = None) -> Summary:
    """The summary of a trajectory; `size` and `mtime_ns` are those of what it was read from, `place` is in it."""
    tally = Tally(trajectory.messages)
    n_steps = sum(True for _ in steps_of(tally.over()))
    counts, usage = trajectory.counts, trajectory.usage
    return Summary(
        path=str(trajectory.path),
        sample=word(trajectory.sample),
        format=trajectory.format,
        model=word(trajectory.model),
        exit_status=word(trajectory.exit_status),
        n_messages=counts.messages if counts else tally.messages,
        n_assistant=counts.assistant if counts else tally.assistant,
        n_tool_calls=counts.tool_calls if counts else tally.tool_calls,
        n_steps=n_steps,
        prompt_tokens=_amount(usage.prompt_tokens),
        completion_tokens=_amount(usage.completion_tokens),
        cached_tokens=_amount(usage.cached_tokens),
        cost_usd=usage.cost_usd,
        cost_estimated=usage.cost_estimated,
        started_at=trajectory.started_at,
        seconds=trajectory.seconds,
        task=shortened(trajectory.task if trajectory.task is not None else tally.first_user),
        repo=word(trajectory.repo),
        group=word(trajectory.group),
        instance=word(trajectory.instance),
        reward=trajectory.reward,
        has_diff=bool(trajectory.diff and not trajectory.diff.isspace()),
        has_error=tally.failed or is_error(trajectory.exit_status),
        live=trajectory.live,
        waiting=trajectory.waiting,
        tools=words(tally.tools, TOOLS_KEPT),
        n_warnings=len(trajectory.warnings),
        warnings=words(trajectory.warnings, WARNINGS_KEPT),
        size=size,
        mtime_ns=mtime_ns,
        family=_family(trajectory),
        place=place if trajectory.sample is not None else None,
    )


def _family(trajectory: Trajectory) -> str | None:
    if trajectory.format != "nano-run":
        return None
    parent = trajectory.metadata.get("parent")
    if isinstance(parent, str):
        return word(parent)
    return trajectory.path.name if trajectory.children else None


def is_error(exit_status: str | None) -> bool:
    """Whether an exit status, of whichever writer, says that the run broke: `error`, or the name of an exception."""
    if not exit_status:
        return False
    return exit_status == "error" or exit_status.endswith(("Error", "Exception", "_error"))


def word(text: str | None) -> str | None:
    """A short text fit to be stored; `None` for an empty one."""
    return _storable(text[:_WORD_CHARS]) if text else None


def words(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The first few short texts, fit to be stored."""
    return tuple(filter(None, map(word, islice(texts, most))))


def shortened(task: str | None) -> str | None:
    """The beginning of a task on one line, with an ellipsis where it was cut."""
    if not task:
        return None
    head = " ".join(task[: 4 * TASK_CHARS].split())
    cut = len(head) > TASK_CHARS or (len(task) > 4 * TASK_CHARS and not task[4 * TASK_CHARS :].isspace())
    return _storable(head[: TASK_CHARS - 1] + "…" if cut else head) or None


def _amount(number: int | None) -> int | None:
    """A sum that a database holds; two of them together still fit."""
    return number if number is not None and abs(number) < 2**62 else None


def _storable(text: str) -> str:
    """The text without lone surrogates, which JSON can spell but neither UTF-8 nor a database can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
