"""Messages in the shape of OpenAI's chat completions, which half of all formats store."""

from __future__ import annotations

from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.trajectory import Message, Role, ToolCall

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
    "exit": "exit",
}

_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
_ANSWERED = ("call_id", "tool_use_id", "id")
_ARGUMENTS = ("arguments", "args", "input", "parameters")


def role_of(record: dict[str, Any]) -> Role:
    """Whose message a record is; `other` for a role that nobody knows."""
    role = record.get("role")
    return ROLES.get(role, "other") if isinstance(role, str) else "other"


def looks_like_message(value: Any) -> bool:
    """Whether this is an object with a known role and something to say."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("role"), str)
        and value["role"] in ROLES
        and ("content" in value or "tool_calls" in value)
    )


def message_of(record: dict[str, Any], **fields: Any) -> Message:
    """The message that a chat record stands for, the record itself kept in `raw`; `fields` win over what it says."""
    role = fields.get("role") or role_of(record)
    content = record.get("content")
    # Only a list of parts can hold images; looking through every record for them would cost more than reading it.
    raw = without_blobs(record) if isinstance(content, list) else record
    found: dict[str, Any] = {"role": role, "text": values.joined_text(content), "raw": raw}
    if role == "assistant":
        found["reasoning"] = reasoning_of(record)
        found["tool_calls"] = calls_of(record)
    elif role == "tool":
        found["call_id"] = values.word(record.get("tool_call_id")) or _answered(record)
    if record.get("name"):
        found["name"] = values.word(record["name"])
    # One construction: a frozen message takes longer to copy than to make.
    return Message(**{**found, **fields})


def reasoning_of(record: dict[str, Any]) -> str:
    """The model's reasoning, under whichever key the provider's library left it."""
    for key in _REASONING:
        if isinstance(value := record.get(key), str) and value:
            return value
    blocks = record.get("thinking_blocks") or record.get("reasoning_details")
    if not isinstance(blocks, list):
        return ""
    return "\n".join(filter(None, (_thought(block) for block in blocks if isinstance(block, dict))))


def calls_of(record: dict[str, Any]) -> tuple[ToolCall, ...]:
    """The tool calls of a reply, the ancient single `function_call` included."""
    calls = record.get("tool_calls")
    if isinstance(calls, list) and calls:
        return tuple(_call_of(call) for call in calls if isinstance(call, dict))
    if isinstance(call := record.get("function_call"), dict):
        return (values.tool_call(None, call.get("name"), call.get("arguments")),)
    return ()


def _call_of(call: dict[str, Any]) -> ToolCall:
    """One entry of `tool_calls`: OpenAI nests name and arguments in `function`, others leave them flat."""
    function = call.get("function")
    inner = function if isinstance(function, dict) else call
    name = function if isinstance(function, str) else inner.get("name")
    arguments = next((inner[key] for key in _ARGUMENTS if key in inner), None)
    return values.tool_call(call.get("id") or call.get("call_id"), name, arguments)


def _thought(block: dict[str, Any]) -> str:
    """Anthropic's blocks have their text under `thinking`, OpenRouter's details under `text` or `summary`."""
    return next((text for key in ("thinking", "text", "summary") if (text := values.text(block.get(key)))), "")


def _answered(record: dict[str, Any]) -> str | None:
    """The id of the call that an observation answers, where it is not under OpenAI's name."""
    listed = record.get("tool_call_ids")
    if isinstance(listed, list) and listed:
        return values.word(listed[0])
    return next((found for key in _ANSWERED if (found := values.word(record.get(key)))), None)
