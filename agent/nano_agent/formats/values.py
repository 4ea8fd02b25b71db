"""Taking values out of foreign records: what has the wrong type is unknown, and nothing raises."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from nano_agent.formats.quickly import usage_quickly
from nano_agent.formats.source import parse
from nano_agent.trajectory import ToolCall, Usage

_BIGGEST = 2**63
_MOST = 2**53
"""Counts and sums of money beyond are no figures but damage, and adding them up would overflow."""
_LAST_SECOND = 253_402_300_800.0  # the year 10000: datetime ends there
_TEXT_KEYS = ("text", "content", "refusal")


def text(value: Any) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def word(value: Any) -> str | None:
    """The value if it is a string with something in it, else `None`."""
    return value if isinstance(value, str) and value else None


def record(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """The value as a finite float if it is a number, else `None`."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        as_float = float(value)
    except OverflowError:
        return None
    return as_float if math.isfinite(as_float) else None


def integer(value: Any) -> int | None:
    """The value if it is a whole number of at most 64 bits, else `None`."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_BIGGEST <= value < _BIGGEST else None


def amount(value: Any) -> int | None:
    """The value if it is a count, a whole number that is not negative, else `None`."""
    if type(value) is int:  # as it nearly always is
        return value if 0 <= value < _MOST else None
    whole = integer(value)
    return whole if whole is not None and 0 <= whole < _MOST else None


def dollars(value: Any) -> float | None:
    """The value if it can be a sum of money, a number that is not negative, else `None`."""
    sum_of_money = number(value)
    return sum_of_money if sum_of_money is not None and 0 <= sum_of_money < _MOST else None


def epoch(value: Any) -> float | None:
    """Seconds since the epoch, from an ISO-8601 string (local time when it names no zone) or a number of seconds."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    seconds = number(value)
    return seconds if seconds is not None and 0 <= seconds < _LAST_SECOND else None


def joined_text(content: Any) -> str:
    """The text of a message's content: a string, a part, or a list of parts.

    Parts that are no text are named in brackets (`[image_url]`), since they may be megabytes of base64.
    """
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content] if isinstance(content, dict) else []
    return "\n".join(filter(None, (_part_text(part) for part in parts)))


def _part_text(part: Any) -> str:
    """The text of one part of a content list."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    for key in _TEXT_KEYS:
        if isinstance(value := part.get(key), str):
            return value
    return f"[{part['type']}]" if word(part.get("type")) else ""


def tool_call(id_: Any, name: Any, arguments: Any, *, from_text: bool = False) -> ToolCall:
    """A tool call from whatever a record holds for it; the arguments may be a JSON string, an object, or anything."""
    raw = arguments if isinstance(arguments, str) else json_text(arguments)
    parsed = parse(arguments.encode("utf-8", "replace")) if isinstance(arguments, str) else arguments
    return ToolCall(word(id_), text(name), raw, parsed, from_text)


def json_text(value: Any) -> str:
    """The value as compact JSON, keys in their order; `""` for `None`, which stands for arguments that are absent."""
    if value is None:
        return ""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError):  # numbers beyond 64 bits, or nesting beyond what orjson takes
        return str(value)


def openai_usage(value: Any, cost_usd: float | None = None) -> Usage | None:
    """The usage of a chat completion or a Responses reply; `None` when it is no such object.

    Prompt tokens include the cached ones in both. <https://platform.openai.com/docs/api-reference/chat/object>
    """
    if not isinstance(value, Mapping):
        return None if cost_usd is None else Usage(cost_usd=cost_usd)
    prompt = record(value.get("prompt_tokens_details") or value.get("input_tokens_details"))
    completion = record(value.get("completion_tokens_details") or value.get("output_tokens_details"))
    return usage_quickly(
        amount(value.get("prompt_tokens", value.get("input_tokens"))),
        amount(value.get("completion_tokens", value.get("output_tokens"))),
        amount(prompt.get("cached_tokens", value.get("cache_read_input_tokens"))),
        amount(completion.get("reasoning_tokens")),
        cost_usd,
    )
