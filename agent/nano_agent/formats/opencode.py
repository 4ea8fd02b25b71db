"""OpenCode: what `opencode export` and its server give of a session, and what `opencode run --format json` writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.draft import Draft, Sums, first_request, time_replies
from nano_agent.formats.json_rows import CUT_OFF, is_cut_off, opening
from nano_agent.formats.jsonl import Records
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.stored import HeldMessages
from nano_agent.trajectory import Trajectory, Usage, add_usages

Record = dict[str, Any]

_HINTS = (b'"parts"', b'"part"')
_EVENTS = ("step_start", "step_finish", "text", "reasoning", "tool_use", "error")
_MARKS = ("step-start", "step-finish", "snapshot", "patch", "compaction", "retry", "agent", "subtask")
"""Parts that are no words: where steps begin and end, and what the program notes."""
_MILLISECONDS = 1000


class OpenCodeReader:
    """Reads a session: its messages are made of parts, and a call's part holds its result too."""

    name = "opencode"

    def sniff(self, source: Source) -> bool:
        """A document of messages with `info` and `parts`, or a stream of events that have a `part` each."""
        first = opening(source, *_HINTS)
        return _is_message(first) or _is_event(first) or _is_session(first)

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one session in the file."""
        if _is_event(opening(source, *_HINTS)):
            records = Records(source.lines())
            events = [record for record in records if _is_event(record)]
            yield _trajectory(source, {}, [_message_of(events)], records.warnings)
            return
        document = source.document if source.document is not None else source.torn_document
        session = document if _is_session(document) else {"messages": document}
        messages = [without_blobs(one) for one in values.items(session.get("messages")) if _is_message(one)]
        if not messages:
            raise NotATrajectory(source.path, "no message of OpenCode in it")
        warnings = [CUT_OFF] if is_cut_off(source) else []
        yield _trajectory(source, values.record(session.get("info")), messages, warnings)


def _trajectory(source: Source, info: Record, records: Sequence[Record], warnings: list[str]) -> Trajectory:
    messages = HeldMessages(draft.message() for record in records for draft in _drafts(record))
    time_replies(messages)
    sums = Sums(messages)
    infos = [values.record(record.get("info")) for record in records]
    folder = next((found for one in infos if (found := values.word(values.record(one.get("path")).get("cwd")))), None)
    started = _seconds(values.record(info.get("time")).get("created"))
    return Trajectory(
        format=OpenCodeReader.name,
        path=source.path,
        messages=messages,
        model=",".join(dict.fromkeys(filter(None, map(_model, infos)))) or None,
        task=first_request(messages),
        exit_reason=_error(infos[-1]),
        started_at=sums.started if started is None else started,
        seconds=sums.seconds,
        usage=_total(infos) or sums.usage,
        counts=sums.counts,
        repo=values.word(info.get("directory")) or folder,
        metadata={"session": info} if info else {},
        warnings=tuple(warnings),
    )


def _drafts(record: Record) -> Iterator[Draft]:
    info = values.record(record.get("info"))
    parts = [part for part in values.items(record.get("parts")) if isinstance(part, dict)]
    if info.get("role") != "assistant":
        time = _seconds(values.record(info.get("time")).get("created"))
        yield Draft("user", [_words(part) for part in parts], raws=[record], timestamp=time)
        return
    steps = list(_steps(parts))
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        yield from _of_step(record, info, step, alone=len(steps) == 1, last=last)


def _steps(parts: Iterable[Record]) -> Iterator[list[Record]]:
    """The parts of each step; older versions keep all steps of a turn in one message."""
    step: list[Record] = []
    for part in parts:
        if part.get("type") == "step-start" and any(one.get("type") not in _MARKS for one in step):
            yield step
            step = []
        step.append(part)
    yield step


def _of_step(record: Record, info: Record, parts: list[Record], *, alone: bool, last: bool) -> Iterator[Draft]:
    """A reply, and what its calls gave."""
    tools = [part for part in parts if part.get("type") == "tool"]
    finish = next((part for part in parts if part.get("type") == "step-finish"), info if alone else {})
    reply = Draft("assistant", usage=_usage(finish), raws=[record if alone else {"info": info, "parts": parts}])
    reply.texts = [_words(part) for part in parts if part.get("type") != "reasoning"]
    reply.thoughts = [values.text(part.get("text")) for part in parts if part.get("type") == "reasoning"]
    reply.calls = [values.tool_call(t.get("callID"), t.get("tool"), _state(t).get("input")) for t in tools]
    reply.timestamp = _ended(parts, values.record(info.get("time")), has_calls=bool(tools))
    reply.note = f"error: {error}" if last and (error := _error(info)) else ""
    yield reply
    for tool in tools:
        if _state(tool).get("status") in ("completed", "error"):
            yield _observation(tool)


def _observation(part: Record) -> Draft:
    state = _state(part)
    failed = state.get("status") == "error"
    draft = Draft("tool", [values.text(state.get("error" if failed else "output"))], raws=[part])
    draft.call_id, draft.name = values.word(part.get("callID")), values.word(part.get("tool"))
    draft.failed = True if failed else None
    draft.exit_code = values.integer(values.record(state.get("metadata")).get("exit"))
    time = values.record(state.get("time"))
    begun, draft.timestamp = _seconds(time.get("start")), _seconds(time.get("end"))
    if begun is not None and draft.timestamp is not None and draft.timestamp >= begun:
        draft.seconds = draft.timestamp - begun
    return draft


def _ended(parts: list[Record], time: Record, *, has_calls: bool) -> float | None:
    """When a reply was complete: before its first call ran, or, without calls, when the message was."""
    starts = [_seconds(values.record(_state(part).get("time")).get("start")) for part in parts]
    known = [start for start in starts if start is not None]
    if has_calls and known:
        return min(known)
    return _seconds(time.get("completed", time.get("created")))


def _words(part: Record) -> str:
    kind = part.get("type")
    if kind == "file":
        return f"[file {values.text(part.get('filename')) or values.text(part.get('mime'))}]"
    return values.text(part.get("text")) if kind not in _MARKS and kind != "tool" else ""


def _usage(counted: Record) -> Usage | None:
    """What a step or a message used: input leaves out what was cached, output what was thought."""
    tokens, cost = values.record(counted.get("tokens")), values.dollars(counted.get("cost"))
    fresh, said = values.amount(tokens.get("input")), values.amount(tokens.get("output"))
    if fresh is None or said is None:
        return None
    cache, thought = values.record(tokens.get("cache")), values.amount(tokens.get("reasoning"))
    read = values.amount(cache.get("read"))
    prompt = fresh + (read or 0) + (values.amount(cache.get("write")) or 0)
    # A cost of 0 is that of a model without a price, or of a subscription.
    return Usage(prompt, said + (thought or 0), read, thought, cost if cost or not prompt else None)


def _total(infos: Iterable[Record]) -> Usage | None:
    """What all replies used, as their messages state it."""
    usages = [_usage(info) for info in infos if info.get("role") == "assistant"]
    known = [usage for usage in usages if usage is not None]
    return add_usages(known) if known and len(known) == len(usages) else None


def _model(info: Record) -> str | None:
    model = info if "modelID" in info else values.record(info.get("model"))
    if info.get("role") != "assistant" or not (name := values.word(model.get("modelID"))):
        return None
    provider = values.text(model.get("providerID"))
    return f"{provider}/{name}" if provider else name


def _error(info: Record) -> str | None:
    error = values.record(info.get("error"))
    return values.word(values.record(error.get("data")).get("message")) or values.word(error.get("name"))


def _message_of(events: Sequence[Record]) -> Record:
    """The message that a stream tells part by part; it holds neither what was asked nor the model."""
    parts = [values.record(event["part"]) for event in events if event.get("type") != "error"]
    errors = [event.get("error") for event in events if event.get("type") == "error"]
    time = {"completed": events[-1].get("timestamp")}
    return {"info": {"role": "assistant", "time": time, "error": next(iter(errors), None)}, "parts": parts}


def _state(part: Record) -> Record:
    return values.record(part.get("state"))


def _seconds(milliseconds: Any) -> float | None:
    """A time, or a length of one, in seconds."""
    number = values.number(milliseconds)
    return values.epoch(number / _MILLISECONDS) if number is not None else None


def _is_message(value: Any) -> bool:
    record = values.record(value)
    role = values.record(record.get("info")).get("role")
    return isinstance(role, str) and isinstance(record.get("parts"), list)


def _is_session(value: Any) -> bool:
    record = values.record(value)
    first = next(iter(values.items(record.get("messages"))), None)
    return isinstance(record.get("info"), dict) and _is_message(first)


def _is_event(value: Any) -> bool:
    record = values.record(value)
    told = isinstance(record.get("part"), dict) or "error" in record
    return record.get("type") in _EVENTS and isinstance(record.get("sessionID"), str) and told
