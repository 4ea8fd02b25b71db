"""Trajectories as the JSON objects that `nano-tui show --json` and `ls --json` print."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from nano_agent.library.summary import Summary, summarise
from nano_agent.record.clock import stamp
from nano_agent.redact import masked
from nano_agent.trajectory import Message, Step, ToolCall, Trajectory, glance, steps_of

_DEEPEST = 100
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\U000e0000-\U000e007f]")
"""C1 controls, bidi controls, separators, tag characters; JSON itself escapes the controls of ASCII but DEL."""


def as_json(trajectory: Trajectory | Summary) -> dict[str, Any]:
    """The object that stands for a trajectory, its keys in the order that is promised; unknown values are `None`.

    A `Summary` gives the same object, with the beginning of the task and the first warnings only. See `in_pieces` for
    the steps.
    """
    if isinstance(trajectory, Summary):
        return _head(trajectory, trajectory.task, list(trajectory.warnings))
    summary = summarise(trajectory)
    return _head(summary, trajectory.task or summary.task, list(trajectory.warnings))


def in_pieces(trajectory: Trajectory, step: int | None = None) -> Iterator[str]:
    """The same object with its steps (or only one of them) as text in pieces, none of which is longer than a step."""
    yield dump(as_json(trajectory)).removesuffix("}") + ',"steps":['
    chosen = (one for one in steps_of(trajectory.messages) if step in (None, one.index))
    for i, one in enumerate(chosen):
        yield "," * (i > 0) + dump(_step(trajectory, one))
    yield "]}"


def dump(value: object) -> str:
    """JSON on one line, whatever is in the value: NaN is null, lone surrogates are replaced, absurd depth is cut.

    What could steer a terminal is escaped as JSON allows, which leaves the value what it is; what looks like a key is
    replaced by `[hidden]`, because this is what leaves the house.
    """
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # orjson's word for surrogates, numbers beyond 64 bits and nesting beyond 254
        text = json.dumps(_tame(value, 0), ensure_ascii=False, allow_nan=False)
    return _STEERING.sub(_escaped, masked(text))


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"


def moment(seconds: float | None) -> str | None:
    """A time in seconds since the epoch as UTC ISO-8601; `None` for one that no calendar has."""
    try:
        return None if seconds is None else stamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None


def _head(summary: Summary, task: str | None, warnings: list[str]) -> dict[str, Any]:
    return {
        "format": summary.format,
        "path": summary.path,
        "model": summary.model,
        "exit_status": summary.exit_status,
        "n_messages": summary.n_messages,
        "n_assistant": summary.n_assistant,
        "n_tool_calls": summary.n_tool_calls,
        "n_steps": summary.n_steps,
        "prompt_tokens": summary.prompt_tokens,
        "completion_tokens": summary.completion_tokens,
        "cost_usd": summary.cost_usd,
        "started_at": moment(summary.started_at),
        "seconds": summary.seconds,
        "task": task,
        "warnings": warnings,
    }


def _step(trajectory: Trajectory, step: Step) -> dict[str, Any]:
    reply = trajectory.messages[step.reply]
    observations = [glance(trajectory.messages, i) for i in step.observations]
    usage = reply.usage
    return {
        "index": step.index,
        "role": reply.role,
        "tool_calls": [_call(call) for call in reply.tool_calls if not call.from_text],
        "cost_usd": usage.cost_usd if usage else None,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "seconds": step_seconds(reply, observations),
        "exit_codes": [message.exit_code for message in ([reply] if reply.is_observation else []) + observations],
    }


def step_seconds(reply: Message, observations: list[Message]) -> float | None:
    """How long a step took, the reply and its actions; `None` when any part of it is unknown."""
    parts = [reply.seconds, *(message.seconds for message in observations)]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _call(call: ToolCall) -> dict[str, Any]:
    """A call with its arguments parsed, or as the model wrote them when they do not parse."""
    arguments = call.raw_arguments if call.arguments is None else call.arguments
    return {"id": call.id, "name": call.name, "arguments": arguments}


def _tame(value: object, depth: int) -> Any:
    """The value with everything replaced that JSON in UTF-8 cannot say."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_tame(str(key), depth): _tame(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tame(item, depth + 1) for item in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
