"""OpenAI's Responses API: replies as a list of output items in place of one message, and requests of such items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.trajectory import Message, ToolCall

_BY_MODEL = ("reasoning", "function_call", "custom_tool_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")


def is_response(record: Any) -> bool:
    """Whether this is a reply of the Responses API."""
    return isinstance(record, dict) and record.get("object") == "response"


def is_item(value: Any) -> bool:
    """Whether this is an item of a request or a reply that is no message: thoughts, a call, or what it gave."""
    if not isinstance(value, dict) or "role" in value:
        return False
    kind = value.get("type")
    if kind == "reasoning":
        return isinstance(value.get("summary"), list)
    return kind in (*_BY_MODEL, *_OUTPUTS) and isinstance(value.get("call_id"), str)


def is_output(value: Any) -> bool:
    """Whether this is an item that says what a call gave."""
    return is_item(value) and value.get("type") in _OUTPUTS


def folded(turns: Sequence[Any]) -> list[Any]:
    """The messages and items, with what the model gave in one go put together to one reply."""
    return list(_folded(turns)) if any(map(is_item, turns)) else list(turns)


def _folded(turns: Sequence[Any]) -> Iterator[Any]:
    reply: list[Any] = []
    for turn in turns:
        record = values.record(turn)
        # What comes after a call without its result still is the same reply: calls may be parallel.
        if record.get("type") in _BY_MODEL or record.get("role") == "assistant":
            if reply and _ends(reply[-1], record):
                yield _reply_of(reply)
                reply = []
            reply.append(record)
            continue
        if reply:
            yield _reply_of(reply)
            reply = []
        yield _answer(record) if record.get("type") in _OUTPUTS else turn
    if reply:
        yield _reply_of(reply)


def _ends(last: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether a new reply begins: thoughts come first in one, and are never behind its words or calls."""
    return record.get("type") == "reasoning" and last.get("type") != "reasoning"


def _reply_of(items: list[Any]) -> dict[str, Any]:
    return {"object": "response", "output": [{"type": "message", **item} for item in items]}


def _answer(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "role": "tool", "content": item.get("output")}


def reply_of(record: dict[str, Any], **fields: Any) -> Message:
    """The message that a reply stands for, without its usage; `fields` win over what it says."""
    texts, thoughts, calls = list[str](), list[str](), list[ToolCall]()
    for item in values.items(record.get("output")):
        kind = item.get("type") if isinstance(item, dict) else None
        if kind == "reasoning":
            thoughts.append(values.joined_text(item.get("summary")) or values.joined_text(item.get("content")))
        elif kind == "message":
            texts.append(values.joined_text(item.get("content")))
        elif kind in ("function_call", "custom_tool_call"):
            arguments = item.get("arguments", item.get("input"))
            calls.append(values.tool_call(item.get("call_id"), item.get("name"), arguments))
    found = {"text": _joined(texts), "reasoning": _joined(thoughts), "tool_calls": tuple(calls), "raw": record}
    return Message("assistant", **{**found, **fields})


def _joined(parts: list[str]) -> str:
    return "\n".join(filter(None, parts))
