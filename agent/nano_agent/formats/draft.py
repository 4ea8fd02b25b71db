"""Messages while their records are still being read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nano_agent.formats.quickly import message_quickly
from nano_agent.trajectory import Counts, Message, Role, ToolCall, Usage, add_usages, glances, total_usage

if TYPE_CHECKING:
    from nano_agent.formats.stored import HeldMessages, StoredMessages

_TOLD = 2000
_UNKNOWN = Usage()


@dataclass(slots=True)
class Draft:
    """A message that several records may add to."""

    role: Role
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    raws: list[Any] = field(default_factory=list)
    also: list[Any] = field(default_factory=list)
    """Records that told something of it and are not shown with it."""
    glue: str = "\n"
    """What stands between the texts: nothing where they are pieces of a stream."""
    call_id: str | None = None
    name: str | None = None
    usage: Usage | None = None
    timestamp: float | None = None
    seconds: float | None = None
    exit_code: int | None = None
    failed: bool | None = None
    output: str | None = None
    note: str = ""
    part: int | None = None
    """Which of the drafts of its records it is, where it is not told by those before it: some were left out."""
    known: tuple[str, ...] = ()
    """Fields of the message that its records alone do not tell."""

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        """The calls so far, as a message names them."""
        return self.calls

    @property
    def answers(self) -> bool:
        """No message of a draft answers in another role than a tool's."""
        return False

    def message(self) -> Message:
        """The message as it stands."""
        text = self.glue.join(filter(None, self.texts))
        return message_quickly(
            role=self.role,
            text=text,
            reasoning=self.glue.join(filter(None, self.thoughts)),
            tool_calls=tuple(self.calls),
            call_id=self.call_id,
            name=self.name,
            usage=self.usage,
            timestamp=self.timestamp,
            seconds=self.seconds,
            exit_code=self.exit_code,
            failed=self.failed,
            output=self.output if self.output != text else None,
            note=self.note,
            raw=self.raws[0] if len(self.raws) == 1 else self.raws,
        )


def aside(note: str, messages: Sequence[Message], raws: Iterable[Any]) -> Draft:
    """Messages beside the history (a sub-agent's, an abandoned branch's) told as one of role `other`."""
    draft = Draft("other", note=note)
    tell(draft, messages, raws)
    return draft


def tell(draft: Draft, messages: Sequence[Message], raws: Iterable[Any]) -> None:
    """Fill a message of role `other` with what lies beside the history."""
    draft.texts = ["\n".join(map(_told, messages))]
    draft.raws = list(raws)
    draft.usage = total_usage(messages)
    draft.timestamp = first_time(messages)


def first_time(messages: Iterable[Message]) -> float | None:
    """When the first of them that has a time came."""
    return next((m.timestamp for m in glances(messages) if m.timestamp is not None), None)


def _told(message: Message) -> str:
    """One message in a line or a few."""
    text = message.text if len(message.text) <= _TOLD else message.text[:_TOLD] + " …"
    calls = "".join(f" → {call.name} {call.raw_arguments[:_TOLD]}" for call in message.tool_calls)
    return f"[{message.role}] {text}{calls}"


def counted(messages: Iterable[Message]) -> Counts:
    """The counts of a history in which records of role `other` are shown but count for nothing."""
    shown = replies = calls = 0
    for message in glances(messages):
        if message.role != "other":
            shown += 1
            replies += message.role == "assistant"
            calls += sum(not call.from_text for call in message.tool_calls)
    return Counts(shown, replies, calls)


def timed(messages: Iterable[Message]) -> tuple[float | None, float | None]:
    """When the first message with a time came (seconds since the epoch), and how long it was to the last (seconds)."""
    first = last = None
    for message in glances(messages):
        if (time := message.timestamp) is not None:
            first = time if first is None or time < first else first
            last = time if last is None or time > last else last
    return (first, last - first) if first is not None and last is not None else (None, None)


class Sums:
    """What all messages add up to, by one look at each; of a large file several would take a second."""

    def __init__(self, messages: Iterable[Message]) -> None:
        shown = replies = calls = 0
        first = last = None
        usages = list[Usage]()
        for message in glances(messages):
            if message.role != "other":
                shown += 1
                if message.tool_calls:
                    calls += sum(not call.from_text for call in message.tool_calls)
            if message.role == "assistant":
                replies += 1
                usages.append(message.usage or _UNKNOWN)
            if (time := message.timestamp) is not None:
                first = time if first is None or time < first else first
                last = time if last is None or time > last else last
        self.counts = Counts(shown, replies, calls)
        """Without messages of role `other`."""
        self.started = first
        """Seconds since the epoch."""
        self.seconds = last - first if first is not None and last is not None else None
        """From the first message to the last."""
        self.usage = add_usages(usages)
        """Of all replies."""


def time_replies(messages: HeldMessages | StoredMessages) -> None:
    """Give each reply the seconds since the message before it, which is what the model was asked with."""
    asked: float | None = None
    for i, message in enumerate(glances(messages)):
        if message.role == "other":
            continue
        at = message.timestamp
        if message.role == "assistant" and message.seconds is None and asked is not None and at is not None:
            messages.change(i, seconds=at - asked if at >= asked else None)
        asked = at


def first_request(messages: Sequence[Message]) -> str | None:
    """What a person asked for first, notices of the program left aside."""
    asked = (i for i, message in enumerate(glances(messages)) if message.role == "user" and not message.note)
    return next((text for i in asked if (text := messages[i].text)), None)
