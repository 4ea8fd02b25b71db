"""What `claude -p --output-format stream-json` writes: one record a line, or (`json --verbose`) all in one list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.claude_records import Dialogue, Spoken, anthropic_usage
from nano_agent.formats.draft import Draft, first_request, tell, time_replies, timed
from nano_agent.formats.jsonl import Records, opening
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.shelf import Shelf
from nano_agent.formats.source import Source
from nano_agent.trajectory import Counts, Message, Trajectory, Usage, total_usage

Record = dict[str, Any]

# `stream_event` holds the pieces of replies that follow whole.
_BOOKKEEPING = frozenset(("stream_event", "keep_alive", "control_request", "control_response", "result"))
_IN_LIST = (b'"session_id"', b'"type"')


class ClaudeStreamJsonReader:
    """Reads the stream of a run; its result says what the run cost and how it ended."""

    name = "claude_stream_json"

    def sniff(self, source: Source) -> bool:
        """Records of a run that begins with `system`/`init`, or messages that name their session in snake case."""
        if source.head.lstrip().startswith(b"[") and all(key in source.head for key in _IN_LIST):
            return any(_is_ours(record) for record in values.items(source.document)[:60] if isinstance(record, dict))
        return any(_is_ours(record) for record in opening(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one run in the file."""
        warnings = list[str]()
        if source.head.lstrip().startswith(b"["):
            listed = values.items(source.document)
            records: list[Record] = [without_blobs(record) for record in listed if isinstance(record, dict)]
        else:
            lines = Records(source.lines())
            records = [record for record in lines if record.get("type") != "stream_event"]
            warnings = lines.warnings
        if not any(_is_ours(record) for record in records):
            raise NotATrajectory(source.path, "no record of a run of Claude Code")
        yield _trajectory(source, records, warnings)


def _trajectory(source: Source, records: Sequence[Record], warnings: list[str]) -> Trajectory:
    messages, beside = _history(records)
    init = next((record for record in records if record.get("subtype") == "init"), {})
    results = [record for record in records if record.get("type") == "result"]
    result = results[-1] if results else {}
    everything = [*messages, *beside]
    started, seconds = timed(everything)
    spoken = Spoken()
    for record in records:
        spoken.take(record)
    if not results:
        warnings.append("The stream has no result: the run was cut off, or is still going on.")
    return Trajectory(
        format=ClaudeStreamJsonReader.name,
        path=source.path,
        messages=messages,
        model=spoken.models or values.word(init.get("model")),
        task=first_request(messages),
        exit_status=values.word(result.get("subtype")),
        exit_reason=_reason(result),
        started_at=started,
        seconds=_duration(results) if results else seconds,
        usage=_usage(results, everything),
        counts=Counts(sum(m.role != "other" for m in everything), spoken.n_replies, spoken.n_calls),
        repo=values.word(init.get("cwd")),
        metadata={
            "init": init,
            "result": result,
            "records": dict(Counter(values.text(r.get("type")) for r in records)),
        },
        warnings=tuple(warnings),
    )


def _history(records: Iterable[Record]) -> tuple[Sequence[Message], list[Message]]:
    """The messages of the run, and those of its sub-agents, whose records name the call that started them."""
    drafts, agents = Shelf(_drafts), dict[str, tuple[Draft, list[Record]]]()
    dialogue = Dialogue(drafts)
    for record in records:
        kind, call = values.text(record.get("type")), values.word(record.get("parent_tool_use_id"))
        if call and kind in ("user", "assistant"):
            if call not in agents:
                agents[call] = (Draft("other", note=f"sub-agent of {call}"), [])
                drafts.append(agents[call][0])
            agents[call][1].append(record)
        elif kind in ("user", "assistant") and isinstance(record.get("message"), dict):
            dialogue.take(record)
        elif kind not in _BOOKKEEPING:
            drafts.append(_other(record))
    beside = list[Message]()
    for draft, own in agents.values():
        told = [other.message() for other in _drafts(own)]
        tell(draft, told, own)
        beside += told
    messages = drafts.messages()
    time_replies(messages)
    return messages, beside


def _drafts(records: Iterable[Record]) -> list[Draft]:
    dialogue = Dialogue(Shelf(_drafts))
    for record in records:
        dialogue.take(record)
    return dialogue.drafts.drafts


def _other(record: Record) -> Draft:
    note = " ".join(filter(None, (values.text(record.get("type")), values.text(record.get("subtype")))))
    text = values.text(record.get("message")) or values.text(record.get("content"))
    time = values.epoch(record.get("timestamp"))
    return Draft("other", [text], raws=[record], timestamp=time, note=note.replace("_", " "))


def _reason(result: Record) -> str | None:
    """Why a run that failed did so."""
    errors = [error for error in values.items(result.get("errors")) if isinstance(error, str)]
    failed = result.get("is_error") is True or errors
    return ("; ".join(errors) or values.word(result.get("result"))) if failed else None


def _duration(results: Iterable[Record]) -> float | None:
    """Seconds of all turns; each result gives its own."""
    times = [values.amount(result.get("duration_ms")) for result in results]
    return sum(t for t in times if t is not None) / 1000 if any(t is not None for t in times) else None


def _usage(results: Sequence[Record], messages: Sequence[Message]) -> Usage:
    """The run's totals: as the last result states them for all models, else summed over the replies.

    `total_cost_usd` and `modelUsage` grow from result to result, sub-agents included.
    """
    if not results:
        return total_usage(messages)
    cost = values.dollars(results[-1].get("total_cost_usd"))
    models = [model for model in values.record(results[-1].get("modelUsage")).values() if isinstance(model, dict)]
    if models:
        prompt = [_sum(m, "inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens") for m in models]
        completion, cached = ([_sum(m, key) for m in models] for key in ("outputTokens", "cacheReadInputTokens"))
        return Usage(sum(prompt), sum(completion), sum(cached), None, cost)
    stated = anthropic_usage(results[-1].get("usage")) if len(results) == 1 else None
    stated = stated or total_usage(messages)
    return Usage(stated.prompt_tokens, stated.completion_tokens, stated.cached_tokens, stated.reasoning_tokens, cost)


def _sum(record: Record, *keys: str) -> int:
    return sum(values.amount(record.get(key)) or 0 for key in keys)


def _is_ours(record: Record) -> bool:
    """Whether a record can only be this stream's: its start, or a message without a place in a session's tree."""
    if record.get("type") == "system" and record.get("subtype") == "init":
        return isinstance(record.get("session_id"), str)
    named = isinstance(record.get("session_id"), str) or "parent_tool_use_id" in record
    message = values.record(record.get("message"))
    return named and record.get("type") in ("user", "assistant") and "content" in message and "sessionId" not in record
