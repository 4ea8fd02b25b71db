"""ATIF's steps, turned into messages: a step is a message and, for the agent's, what its actions gave back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.draft import aside
from nano_agent.trajectory import Message, Role, ToolCall, Usage

_ROLES: dict[str, Role] = {"system": "system", "user": "user", "agent": "assistant"}
_FAILED = ("is_error", "tool_result_is_error")
_EXIT = ("exit_code", "returncode", "return_code")
COPIED = "copied context"
"""The note on a step that was taken over from an earlier trajectory, where its tokens and dollars are counted."""


def messages_of(steps: Iterable[Any], subagents: Mapping[str, Any]) -> Iterator[Message]:
    """The messages of these steps in order; embedded sub-agents by id are told where a step refers to them."""
    for step in steps:
        slim = without_blobs(step)
        yield _message(step, slim)
        yield from _observations(values.record(slim), subagents)


def _message(step: Any, slim: Any) -> Message:
    record = values.record(step)
    role = _ROLES.get(values.text(record.get("source")), "other")
    copied = record.get("is_copied_context") is True
    text = text_of(record.get("message")) if isinstance(step, dict) else values.joined_text(step)
    return Message(
        role,
        text,
        reasoning=text_of(record.get("reasoning_content")),
        tool_calls=tuple(_call(call) for call in values.items(record.get("tool_calls")) if isinstance(call, dict)),
        usage=None if copied else _usage(record),
        timestamp=values.epoch(record.get("timestamp")),
        note=COPIED if copied else "",
        raw="null" if step is None else slim,
    )


def _call(call: dict[str, Any]) -> ToolCall:
    """A call; some writers keep the names that their own format has for its parts."""
    name = call.get("function_name", call.get("name"))
    return values.tool_call(call.get("tool_call_id", call.get("id")), name, call.get("arguments"))


def _usage(step: dict[str, Any]) -> Usage | None:
    """What one step cost; prompt tokens include the cached ones. A step without a model call cost nothing."""
    if step.get("source") != "agent":
        return None
    if values.integer(step.get("llm_call_count")) == 0:
        return Usage(0, 0, 0, 0, 0.0)
    metrics = values.record(step.get("metrics"))
    if not metrics:
        return None
    return Usage(
        values.amount(metrics.get("prompt_tokens")),
        values.amount(metrics.get("completion_tokens")),
        values.amount(metrics.get("cached_tokens")),
        reasoning_tokens(metrics),
        values.dollars(metrics.get("cost_usd")),
    )


def reasoning_tokens(metrics: dict[str, Any]) -> int | None:
    """Reasoning tokens have no field of their own; most writers put them into `extra`."""
    extra = values.record(metrics.get("extra"))
    for key in ("reasoning_tokens", "reasoning_output_tokens", "total_reasoning_tokens"):
        if (count := values.amount(extra.get(key))) is not None:
            return count
    return None


def _observations(step: dict[str, Any], subagents: Mapping[str, Any]) -> Iterator[Message]:
    """What the environment answered to a step, and the sub-agents that it names."""
    calls = [call for call in values.items(step.get("tool_calls")) if isinstance(call, dict)]
    results = values.items(values.record(step.get("observation")).get("results"))
    for i, result in enumerate(results):
        record = values.record(result)
        # Writers without ids answer the calls in their order.
        paired = calls[i].get("tool_call_id") if len(calls) == len(results) else None
        yield _observation(step, record, result, values.word(record.get("source_call_id")) or values.word(paired))
        for reference in references(record):
            if (embedded := subagents.get(referred_to(reference))) is not None:
                yield told(embedded)


def _observation(step: dict[str, Any], record: dict[str, Any], result: Any, call_id: str | None) -> Message:
    by_agent = step.get("source") == "agent"
    role: Role = "tool" if call_id else "user" if by_agent else "system"
    extra = values.record(record.get("extra"))
    failed = next((extra[key] for key in _FAILED if isinstance(extra.get(key), bool)), None)
    return Message(
        role,
        text_of(record.get("content")),
        call_id=call_id,
        answers=by_agent,
        exit_code=next((code for key in _EXIT if (code := values.integer(extra.get(key))) is not None), None),
        failed=failed,
        note="; ".join(f"sub-agent {name}" for name in map(reference_name, references(record)) if name),
        raw="null" if result is None else result,
    )


def references(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The sub-agents that a result refers to: a list, or before 1.7 perhaps a single object."""
    found = result.get("subagent_trajectory_ref")
    listed = found if isinstance(found, list) else [found]
    return [reference for reference in listed if isinstance(reference, dict)]


def referred_to(record: dict[str, Any]) -> str:
    """The id by which a sub-agent and a reference to it find each other: by right its own, else its session's."""
    return values.text(record.get("trajectory_id")) or values.text(record.get("session_id"))


def reference_name(reference: dict[str, Any]) -> str:
    """What to call a sub-agent that is referred to."""
    return next(
        (
            name
            for key in ("trajectory_id", "trajectory_path", "session_id")
            if (name := reference.get(key)) and isinstance(name, str)
        ),
        "",
    )


def told(embedded: Any) -> Message:
    """An embedded sub-agent, beside the history: the main model saw only what came back from it."""
    record = values.record(embedded)
    messages = list(messages_of(values.items(record.get("steps")), {}))
    agent = values.word(values.record(record.get("agent")).get("name")) or "sub-agent"
    name = values.word(record.get("trajectory_id"))
    return aside(f"sub-agent {name} ({agent})" if name else agent, messages, [without_blobs(embedded)]).message()


def text_of(content: Any) -> str:
    """A message's text; pictures and sound are named by kind and file."""
    if not isinstance(content, list):
        return values.joined_text(content)
    return "\n".join(filter(None, (_part(part) for part in content)))


def _part(part: Any) -> str:
    source = values.record(values.record(part).get("source"))
    path = values.text(source.get("path"))
    if isinstance(part, dict) and path and not path.startswith("data:"):
        return f"[{values.text(part.get('type')) or 'file'} {path}]"
    return values.joined_text([part])
