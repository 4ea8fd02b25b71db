"""Messages of LangChain and LangGraph, in each of the ways in which they are dumped, in OpenAI's words."""

from __future__ import annotations

from typing import Any

from nano_agent.formats import values

Record = dict[str, Any]

_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "function"}
_OWN = ("human", "ai")
"""Types that nobody else has."""
_MARKS = frozenset(("additional_kwargs", "response_metadata"))


def is_message(value: Any) -> bool:
    """Whether this is a message of LangChain: as `dumps`, `messages_to_dict` or `model_dump` write one."""
    if not isinstance(value, dict) or isinstance(value.get("role"), str):
        return False
    inner = _inner(value)
    kind = _kind(value, inner)
    if kind not in _ROLES or not ("content" in inner or "tool_calls" in inner):
        return False
    return inner is not value or kind in _OWN or bool(_MARKS & inner.keys())


def in_openai_words(record: Record) -> Record:
    """A record for which `is_message` is true, with OpenAI's names for what is in it."""
    inner = _inner(record)
    extra = values.record(inner.get("additional_kwargs"))
    about = values.record(inner.get("response_metadata"))
    changes: Record = {"role": _ROLES[_kind(record, inner)], "content": inner.get("content")}
    changes["tool_calls"] = inner.get("tool_calls") or extra.get("tool_calls")
    changes["function_call"] = extra.get("function_call")
    if reasoning := values.word(extra.get("reasoning_content")):
        changes["reasoning_content"] = reasoning
    if model := values.word(about.get("model_name")) or values.word(about.get("model")):
        changes["model"] = model
    if not inner.get("usage_metadata") and isinstance(counted := about.get("token_usage"), dict):
        changes["usage"] = counted
    return {**inner, **changes}


def _inner(record: Record) -> Record:
    """What the wrapping of a message holds: `data` in `messages_to_dict`, `kwargs` in `dumps`."""
    for key in ("kwargs", "data"):
        if isinstance(inner := record.get(key), dict) and ("type" in record or "lc" in record):
            return inner
    return record


def _kind(record: Record, inner: Record) -> str:
    """The message's type by its short name; a constructor's is the last of the names in its `id`."""
    path = values.items(record.get("id")) if "lc" in record else []
    name = values.text(path[-1] if path else inner.get("type") or record.get("type"))
    return name.removesuffix("Chunk").removesuffix("Message").lower()
