"""pi sessions: `~/.pi/agent/sessions/--<path>--/<time>_<uuid>.jsonl`, and what `pi --mode json` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.branches import Parents
from nano_agent.formats.draft import Draft, Sums, first_request, time_replies
from nano_agent.formats.jsonl import opening
from nano_agent.formats.placed import records_of
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.shelf import Shelf, folded, shelf
from nano_agent.formats.source import Source
from nano_agent.trajectory import Counts, Message, Trajectory, Usage, glances

Record = dict[str, Any]

# The stream tells of each message when it starts, grows and ends, and again when its turn and all turns end.
_MESSAGES = ("message", "message_end")
_REPEATS = frozenset(
    """agent_start agent_end turn_start turn_end message_start message_update tool_execution_start tool_execution_update
    tool_execution_end queue_update agent_settled""".split()  # noqa: SIM905 - a list of words reads better so
)
_SUMMARIES = {"compaction": "compaction summary", "branch_summary": "branch summary"}
_SUMMARY_ROLES = {"compactionSummary": "compaction summary", "branchSummary": "branch summary"}


class PiReader:
    """Reads a session: a tree of entries, of which the way to the last one is the history."""

    name = "pi"

    def sniff(self, source: Source) -> bool:
        """Lines that begin with a header of type `session`."""
        return _is_header(next(iter(opening(source)), {}))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one session in the file."""
        session = Session(source)
        if session.header is None or not session.n_messages:
            raise NotATrajectory(source.path, "no pi session with messages")
        yield _trajectory(source, session, session.header)


class Session:
    """What the records of a session hold, in all its branches."""

    def __init__(self, source: Source) -> None:
        self.records = records_of(source)
        self.header: Record | None = None
        self.kinds: Counter[str] = Counter()
        self.n_messages = self.n_calls = 0
        self.parents = Parents("id", "parentId")
        self._replied: dict[str, None] = {}
        self._chosen: str | None = None
        self._calls, self._are_messages = set[str](), bytearray()
        drafts = shelf(source, self.records, _drafts)
        for record in self.records:
            self._take(record, drafts)
        self.entries = drafts.messages()
        """Each entry, whatever branch it is on, as a message."""

    @property
    def messages(self) -> Iterator[Message]:
        """A glance at the messages of all branches, without entries of other kinds."""
        return (message for message, is_one in zip(glances(self.entries), self._are_messages, strict=True) if is_one)

    @property
    def models(self) -> str | None:
        """The models that replied, else the one chosen last."""
        return ",".join(self._replied) or self._chosen

    def _take(self, record: Record, drafts: Shelf) -> None:
        kind = values.text(record.get("type"))
        if kind in _REPEATS:
            return
        if self.header is None and _is_header(record):
            self.header = record
            self._chosen = self._chosen or values.word(record.get("modelId"))
        if kind == "session":
            return
        message, draft = _message_in(record), _draft(record)
        self.kinds[kind] += 1
        self.parents.take(record)
        drafts.append(draft)
        self._are_messages.append(bool(message))
        self._chosen = values.word(record.get("modelId")) or self._chosen
        if message:
            self._count(draft)
        if model := values.word(message.get("model")):
            self._replied[model] = None

    def _count(self, draft: Draft) -> None:
        self.n_messages += 1
        for call in draft.calls:
            self.n_calls += call.id not in self._calls
            self._calls.update([call.id] if call.id else [])


def _trajectory(source: Source, session: Session, header: Record) -> Trajectory:
    branches, warnings = session.parents.branches(), session.records.warnings
    messages = folded(session.entries, branches, dict.fromkeys(branches, "branch left behind"))
    time_replies(messages)
    if n := len(branches):
        warnings.append(f"{n} branch{'es' * (n > 1)} left behind: shown, but no part of the history.")
    sums = Sums(session.messages)
    return Trajectory(
        format=PiReader.name,
        path=source.path,
        messages=messages,
        model=session.models,
        task=first_request(messages),
        exit_reason=_reason(messages),
        started_at=sums.started if (time := values.epoch(header.get("timestamp"))) is None else time,
        seconds=sums.seconds,
        usage=sums.usage,
        counts=Counts(session.n_messages, sums.counts.assistant, session.n_calls),
        repo=values.word(header.get("cwd")),
        metadata={"header": header, "entries": dict(session.kinds)},
        warnings=tuple(warnings),
    )


def _drafts(entries: Iterable[Record]) -> list[Draft]:
    return [_draft(entry) for entry in entries]


def _draft(entry: Record) -> Draft:
    """The message that one entry is; `other` when it is none."""
    kind, message = values.text(entry.get("type")), _message_in(entry)
    time = values.epoch(entry.get("timestamp"))
    if message:
        draft = _said(message)
        milliseconds = values.number(message.get("timestamp"))
        draft.timestamp = time if time is not None or not milliseconds else values.epoch(milliseconds / 1000)
    elif kind in _SUMMARIES:
        draft = Draft("user", [values.text(entry.get("summary"))], note=_SUMMARIES[kind], timestamp=time)
    elif kind == "custom_message":
        note = values.text(entry.get("customType")) or "custom"
        draft = Draft("user", [values.joined_text(entry.get("content"))], note=note, timestamp=time)
    else:
        draft = Draft("other", [_setting(entry)], note=kind.replace("_", " "), timestamp=time)
    draft.raws = [entry]
    return draft


def _said(message: Record) -> Draft:
    """A message of any role."""
    role = values.text(message.get("role"))
    if role == "assistant":
        return _reply(message)
    text = values.joined_text(message.get("content"))
    if role == "toolResult":
        failed = message.get("isError")
        draft = Draft("tool", [text], call_id=values.word(message.get("toolCallId")))
        draft.name, draft.failed = values.word(message.get("toolName")), failed if isinstance(failed, bool) else None
        return draft
    if role == "bashExecution":
        typed = [f"$ {values.text(message.get('command'))}", values.text(message.get("output"))]
        return Draft("user", typed, exit_code=values.integer(message.get("exitCode")), note="the person's own command")
    if role in _SUMMARY_ROLES:
        return Draft("user", [values.text(message.get("summary"))], note=_SUMMARY_ROLES[role])
    if role in ("custom", "hookMessage"):
        return Draft("user", [text], note=values.text(message.get("customType")) or "custom")
    return Draft("user" if role == "user" else "system" if role == "system" else "other", [text])


def _reply(message: Record) -> Draft:
    draft = Draft("assistant", usage=_usage(message.get("usage")))
    content = message.get("content")
    for block in content if isinstance(content, list) else [content]:
        part = values.record(block)
        if part.get("type") == "thinking":
            draft.thoughts.append(values.text(part.get("thinking")))
        elif part.get("type") == "toolCall":
            draft.calls.append(values.tool_call(part.get("id"), part.get("name"), part.get("arguments")))
        else:
            draft.texts.append(values.joined_text(block))
    if message.get("stopReason") in ("error", "aborted"):
        draft.note = ": ".join(filter(None, (message["stopReason"], values.text(message.get("errorMessage")))))
    return draft


def _usage(usage: Any) -> Usage | None:
    """The tokens and cost of a reply; `input` leaves out what was cached, and a cost of 0 is that of no price known."""
    usage = values.record(usage)
    fresh, completion = values.amount(usage.get("input")), values.amount(usage.get("output"))
    if fresh is None and completion is None:
        return None
    read = values.amount(usage.get("cacheRead"))
    cached = (read or 0) + (values.amount(usage.get("cacheWrite")) or 0)
    cost = values.dollars(values.record(usage.get("cost")).get("total"))
    free = not (fresh or completion or cached)
    return Usage(None if fresh is None else fresh + cached, completion, read, cost_usd=cost if cost or free else None)


def _reason(messages: Sequence[Message]) -> str | None:
    """Why the session stopped, where its last reply failed or was aborted."""
    note = ""
    for message in glances(messages):
        note = message.note if message.role == "assistant" else note
    return f"the last reply ended with {note}" if note else None


def _setting(entry: Record) -> str:
    """What an entry that is no message sets or names."""
    words = (values.text(entry.get(key)) for key in ("provider", "modelId", "thinkingLevel", "label", "name"))
    return " ".join(filter(None, words))


def _message_in(entry: Record) -> Record:
    return values.record(entry.get("message")) if entry.get("type") in _MESSAGES else {}


def _is_header(record: Record) -> bool:
    named = isinstance(record.get("id"), str) and isinstance(record.get("timestamp"), str)
    return record.get("type") == "session" and named and ("cwd" in record or "version" in record)
