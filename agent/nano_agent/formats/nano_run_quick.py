"""A run folder of ours for a listing: of an ended run, only the replies and what the events say of them are parsed."""

from __future__ import annotations

from typing import Any

from nano_agent.formats import nano_run, values
from nano_agent.formats.quick_count import BROKEN, LARGEST, Count, Unusual, object_in, read, whole_lines
from nano_agent.formats.source import Source, parse
from nano_agent.library.summary import TOOLS_KEPT, WARNINGS_KEPT, Summary, is_error, shortened, word, words
from nano_agent.record.clock import seconds_of
from nano_agent.record.files import FORMAT
from nano_agent.record.messages import MessageFacts, build
from nano_agent.record.state import RunState
from nano_agent.trajectory import Message, Usage

# The quotes are no string's, since they would be escaped there: each names the event's or the message's own kind.
_EVENTS = (b'"type":"reply"', b'"type":"tool_end"', b'"type":"warning"', b'"type":"end"', b'"type":"resume"')
_CHILD = b'"type":"child"'
_ANSWER = b'{"role":"tool",'
_NATIVE = "tool_calls"


def summarise(source: Source, size: int, mtime_ns: int) -> tuple[Summary] | None:
    """The summary of an ended run; `None` for one that goes on or was lost, and for anything unusual."""
    if (
        source.path.suffix
        or size > LARGEST
        or "events.jsonl" not in source.names
        or "messages.jsonl" not in source.names
    ):
        return None
    folder = str(source.path)
    try:
        metadata = object_in(read(f"{folder}/metadata.json"))
        if metadata.get("format") != FORMAT or not metadata.get("ended_at") or not metadata.get("exit_status"):
            return None
        if values.record(values.record(metadata.get("scaffold")).get("protocol")).get("kind", _NATIVE) != _NATIVE:
            return None
        if "parent" in metadata:
            return None
        state, facts = _events(whole_lines(f"{folder}/events.jsonl"))
        count, usages = _messages(whole_lines(f"{folder}/messages.jsonl"), facts, source)
        has_diff = "diff.txt" in source.names and not read(f"{folder}/diff.txt").isspace()
    except BROKEN:
        return None
    has_diff = has_diff and (source.path / "diff.txt").stat().st_size > 0
    return (_summary(source, metadata, state, count, nano_run.usage_of(usages), has_diff, size, mtime_ns),)


def _events(data: bytes) -> tuple[RunState, MessageFacts]:
    """What the events say of replies, of actions, and as warnings."""
    state, facts = RunState(), MessageFacts()
    for line in data.split(b"\n"):
        if _CHILD in line:
            raise Unusual
        if any(kind in line for kind in _EVENTS):
            event = parse(line)
            state.take(event)
            facts.take(event)
    return state, facts


def _messages(data: bytes, facts: MessageFacts, source: Source) -> tuple[Count, tuple[Message, ...]]:
    """What the messages add up to, and the replies without their texts but with their usage."""
    count, replies = Count(), list[Message]()
    for index, line in enumerate(line for line in data.split(b"\n") if line):
        if line.startswith(_ANSWER) and line.endswith(b"}"):
            count.observations()
            fact = facts.of(index)
            count.failed = count.failed or bool(fact.get("failed", fact.get("exit_code")))
            continue
        record: dict[str, Any] = parse(line)
        if record["role"] == "assistant":
            count.reply(record)
            replies.append(build({"role": "assistant"}, facts.of(index), source.path))
        elif record["role"] == "tool":
            raise Unusual
        else:
            count.words(record)
    return count, tuple(replies)


def _summary(
    source: Source,
    metadata: dict[str, Any],
    state: RunState,
    count: Count,
    usage: Usage,
    has_diff: bool,
    size: int,
    mtime_ns: int,
) -> Summary:
    status = str(metadata["exit_status"])
    started, ended = seconds_of(metadata.get("started_at")), seconds_of(metadata.get("ended_at"))
    reward = metadata.get("reward")
    return Summary(
        path=str(source.path),
        sample=None,
        format=nano_run.NanoRunReader.name,
        model=word(values.word(metadata.get("model"))),
        exit_status=word(status),
        n_messages=count.messages,
        n_assistant=count.replies,
        n_tool_calls=count.calls,
        n_steps=count.steps,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cost_usd=usage.cost_usd,
        cost_estimated=usage.cost_estimated,
        started_at=started,
        seconds=ended - started - state.idle if started is not None and ended is not None else None,
        task=shortened(values.word(metadata.get("task")) or count.prompt),
        repo=word(values.word(metadata.get("repo_root"))),
        group=word(values.word(metadata.get("group_id"))),
        instance=word(values.word(metadata.get("instance_id"))),
        reward=float(reward) if isinstance(reward, int | float) else None,
        has_diff=has_diff,
        has_error=count.failed or is_error(status),
        live=False,
        waiting=False,
        tools=words(count.tools, TOOLS_KEPT),
        n_warnings=len(state.warnings),
        warnings=words(state.warnings, WARNINGS_KEPT),
        size=size,
        mtime_ns=mtime_ns,
    )
