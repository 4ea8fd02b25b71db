"""What `claude -p --output-format stream-json` writes: one record a line, or (`json --verbose`) all in one list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.claude_records import Dialogue, Spoken, anthropic_usage
from nano_agent.formats.draft import Draft, Sums, first_request, time_replies
from nano_agent.formats.jsonl import Records, opening
from nano_agent.formats.placed import items_of, records_of
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.shelf import Shelf, folded, shelf
from nano_agent.formats.source import Source
from nano_agent.formats.spans import NotApart
from nano_agent.formats.stored import HeldMessages, StoredMessages
from nano_agent.trajectory import Counts, Trajectory, Usage

Record = dict[str, Any]

# `stream_event` holds the pieces of replies that follow whole.
_BOOKKEEPING = frozenset(("stream_event", "keep_alive", "control_request", "control_response", "result"))
_COSTS = ("total_cost_usd", "total_cost", "cost_usd")
"""What the run cost, by its present name and by those that the first versions had."""
_IN_LIST = (b'"session_id"', b'"type"')


class ClaudeStreamJsonReader:
    """Reads the stream of a run; its result says what the run cost and how it ended."""

    name = "claude_stream_json"

    def sniff(self, source: Source) -> bool:
        """Records of a run that begins with `system`/`init`, or messages that name their session in snake case."""
        if source.head.lstrip().startswith(b"[") and all(key in source.head for key in _IN_LIST):
            return any(_is_ours(record) for record in values.items(source.gist)[:60] if isinstance(record, dict))
        return any(_is_ours(record) for record in opening(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one run in the file."""
        try:
            run = _Run(source, _records(source))
        except NotApart:
            run = _Run(source, _listed(source))
        if not run.is_ours:
            raise NotATrajectory(source.path, "no record of a run of Claude Code")
        yield _trajectory(source, run)


def _records(source: Source) -> Records | list[Record]:
    if source.head.lstrip().startswith(b"["):
        return items_of(source) or _listed(source)
    return records_of(source)


def _listed(source: Source) -> list[Record]:
    return [without_blobs(record) for record in values.items(source.document) if isinstance(record, dict)]


class _Run:
    """What the records of a run tell."""

    def __init__(self, source: Source, records: Records | list[Record]) -> None:
        self.is_ours = False
        self.init: Record = {}
        self.results: list[Record] = []
        self.kinds: Counter[str] = Counter()
        self.spoken = Spoken()
        self._drafts = shelf(source, records, _drafts)
        self._agents: dict[str, tuple[Dialogue, list[int]]] = {}
        dialogue = Dialogue(self._drafts)
        for record in records:
            if record.get("type") != "stream_event":
                self._take(record, dialogue)
        self.entries = self._drafts.messages()
        """The messages of the run and of its sub-agents, in the order of the file."""
        self.warnings = [] if isinstance(records, list) else records.warnings

    def messages(self) -> HeldMessages | StoredMessages:
        """The messages of the run, those of each sub-agent told as one."""
        branches = {numbers[0]: numbers for _, numbers in self._agents.values() if numbers}
        notes = {numbers[0]: f"sub-agent of {call}" for call, (_, numbers) in self._agents.items() if numbers}
        return folded(self.entries, branches, notes)

    def _take(self, record: Record, dialogue: Dialogue) -> None:
        kind, call = values.text(record.get("type")), values.word(record.get("parent_tool_use_id"))
        self.is_ours = self.is_ours or _is_ours(record)
        self.kinds[kind] += 1
        self.spoken.take(record)
        if kind == "result":
            self.results.append(record)
        elif record.get("subtype") == "init":
            self.init = self.init or record
        if call and kind in ("user", "assistant"):
            agent, numbers = self._agents.setdefault(call, (Dialogue(self._drafts), []))
            before = len(self._drafts)
            agent.take(record)
            numbers += range(before, len(self._drafts))
        else:
            _tell(record, dialogue)


def _trajectory(source: Source, run: _Run) -> Trajectory:
    sums = Sums(run.entries)
    messages = run.messages()
    time_replies(messages)
    result = run.results[-1] if run.results else {}
    if not run.results:
        run.warnings.append("The stream has no result: the run was cut off, or is still going on.")
    return Trajectory(
        format=ClaudeStreamJsonReader.name,
        path=source.path,
        messages=messages,
        model=run.spoken.models or values.word(run.init.get("model")),
        task=first_request(messages),
        exit_status=values.word(result.get("subtype")),
        exit_reason=_reason(result),
        started_at=sums.started,
        seconds=_duration(run.results) if run.results else sums.seconds,
        usage=_usage(run.results, sums.usage),
        counts=Counts(sums.counts.messages, run.spoken.n_replies, run.spoken.n_calls),
        repo=values.word(run.init.get("cwd")),
        metadata={"init": run.init, "result": result, "records": dict(run.kinds)},
        warnings=tuple(run.warnings),
    )


def _drafts(records: Iterable[Record]) -> list[Draft]:
    """What records lead to when there are no others, and nobody else's."""
    dialogue = Dialogue(Shelf(_drafts))
    for record in records:
        _tell(record, dialogue)
    return dialogue.drafts.drafts


def _tell(record: Record, dialogue: Dialogue) -> None:
    kind = values.text(record.get("type"))
    own = isinstance(record.get("message"), dict) or values.word(record.get("parent_tool_use_id"))
    if kind in ("user", "assistant") and own:
        dialogue.take(record)
    elif kind not in _BOOKKEEPING:
        dialogue.drafts.append(_other(record))


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


def _usage(results: Sequence[Record], summed: Usage) -> Usage:
    """The run's totals: as the last result states them for all models, else those of the replies.

    `total_cost_usd` and `modelUsage` grow from result to result, sub-agents included.
    """
    if not results:
        return summed
    cost = next((cost for key in _COSTS if (cost := values.dollars(results[-1].get(key))) is not None), None)
    models = [model for model in values.record(results[-1].get("modelUsage")).values() if isinstance(model, dict)]
    if models:
        prompt = [_sum(m, "inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens") for m in models]
        completion, cached = ([_sum(m, key) for m in models] for key in ("outputTokens", "cacheReadInputTokens"))
        return Usage(sum(prompt), sum(completion), sum(cached), None, cost)
    stated = anthropic_usage(results[-1].get("usage")) if len(results) == 1 else None
    stated = stated or summed
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
