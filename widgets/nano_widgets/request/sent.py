"""Which messages and tools a request had, and the request as JSON that could be sent again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.files import RunFiles
from nano_agent.record.messages import build
from nano_agent.trajectory import Message, Trajectory, glances
from nano_widgets.transcript.items import Items

_SENT = ("system", "user", "assistant", "tool")
_NEVER_SENT = ("rejected turn", "reasoning")
"""Notes of messages that stand in a history, but were no part of what the model was sent."""
_OURS = "nano-run"
_NATIVE = "tool_calls"


def was_sent(message: Message) -> bool:
    """Whether a message of the history is one of those that go to the model."""
    return message.role in _SENT and message.note not in _NEVER_SENT


def is_verbatim(run: Trajectory) -> bool:
    """Whether the records are what was sent, letter for letter; else a request is put together from the history."""
    return run.format == _OURS


def end_of(items: Items, number: int, messages: Sequence[Message]) -> int:
    """How many messages of the history come before the reply of a step (from 1)."""
    reply = items.as_step(number).reply
    # Where the format keeps no reply, the step begins with what answers it.
    return reply if not messages[reply].is_observation else max(0, reply)


def kept_request(run: Trajectory, end: int) -> Path | None:
    """The file with what was sent instead of the first `end` messages, for runs that send less than the history."""
    if run.format != _OURS:
        return None
    replies = sum(message.role == "assistant" for message in islice(glances(run.messages), end))
    path = RunFiles(run.path).request(replies + 1)
    return path if path.is_file() else None


def as_it_was_sent(run: Trajectory, kept: Path) -> Trajectory:
    """The run with the messages of the request alone that was sent instead of its history. For threads."""
    records = [record for line in kept.read_bytes().splitlines() if isinstance(record := parse(line), dict)]
    return replace(run, messages=tuple(build(record, {}, run.path) for record in records))


def tools_sent(run: Trajectory) -> Sequence[Mapping[str, Any]]:
    """The schemas that went along: none where actions are text and the prompt itself explains the tools."""
    scaffold = run.metadata.get("scaffold") if run.format == _OURS else None
    protocol = scaffold.get("protocol") if isinstance(scaffold, Mapping) else None
    kind = protocol.get("kind", _NATIVE) if isinstance(protocol, Mapping) else _NATIVE
    return run.tools or () if kind == _NATIVE else ()


def as_request(run: Trajectory, end: int) -> dict[str, Any]:
    """The request as one would send it to an OpenAI-compatible endpoint: model, messages, tools."""
    verbatim = is_verbatim(run)
    messages = [_as_sent(message, verbatim) for message in run.messages[:end] if was_sent(message)]
    if (kept := kept_request(run, end)) is not None:
        messages = [json.loads(line) for line in kept.read_bytes().splitlines()]
    found: dict[str, Any] = {"model": run.model, "messages": messages}
    if tools := tools_sent(run):
        found["tools"] = [dict(tool) for tool in tools]
    sampling = run.metadata.get("sampling") if verbatim else None
    if isinstance(sampling, Mapping):
        found |= {str(key): value for key, value in sampling.items() if value is not None}
    return found


def _as_sent(message: Message, verbatim: bool) -> Any:
    if verbatim and isinstance(message.raw, Mapping) and "role" in message.raw:
        return dict(message.raw)
    found: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.role == "tool" and message.call_id is not None:
        found["tool_call_id"] = message.call_id
    calls = [call for call in message.tool_calls if not call.from_text] if message.role == "assistant" else []
    if calls:
        found["tool_calls"] = [
            {
                "id": call.id or f"call_{number}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.raw_arguments},
            }
            for number, call in enumerate(calls)
        ]
    return found


def request_json(run: Trajectory, end: int) -> str:
    """The request as text."""
    return json.dumps(as_request(run, end), ensure_ascii=False, indent=1, default=str)
