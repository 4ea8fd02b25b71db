"""How long a text is in tokens, roughly, where no provider says.

An estimate from the bytes, on purpose: a real tokenizer would have to be downloaded, or is another model's anyway,
and this costs microseconds. Against OpenAI's it is mostly within a quarter on code, prose and command output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nano_agent.record.writer import dump
from nano_agent.trajectory import Message

_BYTES_PER_TOKEN = 3.7
"""Of text, as it stands in a prompt."""
_JSON_BYTES_PER_TOKEN = 4.2
"""Of JSON, whose quotes and braces are tokens shared with their neighbours."""
_FRAME = 4
"""Tokens that a chat template puts around a message or a call."""


def estimate_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """Tokens of these messages, each counted once; a mapping without a role is a tool's schema."""
    return sum(_message(message) if "role" in message else _json(message) for message in messages)


def estimate_message(message: Message) -> int:
    """Tokens of a message of a trajectory, with what it calls; pictures are not counted."""
    tokens = _FRAME + _text(message.reasoning) + _text(message.text)
    return tokens + sum(2 * _FRAME + _text(call.name) + _text(call.raw_arguments) for call in message.tool_calls)


def _message(message: Mapping[str, Any]) -> int:
    tokens = _FRAME + _text(message.get("reasoning_content")) + _content(message.get("content"))
    for call in message.get("tool_calls") or ():
        function = call.get("function") or {}
        tokens += 2 * _FRAME + _text(function.get("name")) + _text(function.get("arguments"))
    return tokens


def _content(content: Any) -> int:
    """Text, or a list of parts; pictures are not counted."""
    if isinstance(content, list):
        return sum(_text(part.get("text")) for part in content if isinstance(part, Mapping))
    return _text(content)


def _text(text: Any) -> int:
    if not isinstance(text, str):
        return 0
    length = len(text) if text.isascii() else len(text.encode(errors="replace"))
    return round(length / _BYTES_PER_TOKEN)


def _json(value: Mapping[str, Any]) -> int:
    return round(len(dump(value)) / _JSON_BYTES_PER_TOKEN)
