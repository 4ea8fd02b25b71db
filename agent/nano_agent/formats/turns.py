"""Messages as datasets and request logs write them: OpenAI's shape, with other names and encodings for its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from nano_agent.formats import chat, langchain, values
from nano_agent.formats.blobs import SMALL, without_blobs
from nano_agent.formats.parts import fields_of, results_in, words_beside
from nano_agent.formats.responses import is_item, is_response, reply_of
from nano_agent.formats.source import parse
from nano_agent.formats.text_calls import calls_in, is_answer
from nano_agent.formats.usages import usage_of
from nano_agent.trajectory import Message, Role

ALIASES = {
    "agent": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "chatgpt": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool_call": "assistant",
    "function_response": "tool",
    "ipython": "tool",
    "observation": "tool",
    "tool_response": "tool",
    "tool_result": "tool",
}
"""Roles that datasets have for what OpenAI calls otherwise (ShareGPT's `from`, Gemini's `model`, Llama's `ipython`)."""

_SAID = ("content", "tool_calls", "function_call")
_CONTENT = ("value", "text", "parts", "message")
"""Where the content stands when there is none by this name."""
_CALL_ROLES = ("function_call", "tool_call")
_TIMES = ("timestamp", "created_at", "createdAt", "create_time")
_FAILED = ("error", "is_error")
_FACTS = frozenset((*_TIMES, *_FAILED, "usage", "usage_metadata", "cost", "status"))


def is_turn(value: Any) -> bool:
    """Whether this is a message: a known role, and something said or called."""
    if not isinstance(value, dict):
        return False
    if isinstance(role := value.get("role"), str):
        if "content" in value and role in chat.ROLES:
            return True  # as nearly all are
        said = any(key in value for key in _SAID) or isinstance(value.get("text"), str)
        return _role_name(value) in chat.ROLES and (said or bool(values.items(value.get("parts"))))
    if isinstance(value.get("from"), str):
        return _role_name(value) in chat.ROLES and "value" in value
    return langchain.is_message(value)


def is_reply(value: Any) -> bool:
    """Whether this is a message of the model."""
    return is_response(value) or is_item(value) or (is_turn(value) and message_of(value).role == "assistant")


def are_turns(value: Any) -> bool:
    """Whether this is a list of messages and nothing else, as far as its first ones tell.

    Items of the Responses API may stand among them.
    """
    if not isinstance(value, list) or not value:
        return False
    return all(is_turn(item) or is_item(item) or is_response(item) for item in value[:20])


def turns_in(value: Any) -> list[Any] | None:
    """The messages in a cell of a table: a list, one message, or JSON of either; `None` when it holds none."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        value = parse(value.encode("utf-8", "replace"))
    if isinstance(value, dict):
        value = _transposed(value)
    return value if are_turns(value) else None


def _transposed(value: dict[str, Any]) -> list[Any]:
    """Messages kept as a list of roles and a list of contents, as some tables have them; else the one message."""
    columns = {key: column for key, column in value.items() if isinstance(column, list)}
    if not isinstance(columns.get("role", columns.get("from")), list) or len(columns) < len(value):
        return [value]
    return [dict(zip(columns, row, strict=False)) for row in zip(*columns.values(), strict=False)]


def said(value: Any, role: Role) -> list[Message]:
    """The messages in a cell that may also be plain text, which `role` said; nothing for an empty cell."""
    if (turns := turns_in(value)) is not None:
        return [message_of(turn) for turn in turns]
    if isinstance(value, str):
        return [Message(role, value, raw=without_blobs(value))]
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [message_of(item) for item in value]
    return [message_of(value)] if value else []


def message_of(record: Any) -> Message:
    """The message that a record stands for; a record that is no object is kept as one of an unknown role."""
    if not isinstance(record, dict):
        return Message("other", values.joined_text(record), raw=_kept(record))
    if is_response(record):
        return reply_of(record, usage=usage_of(record), raw=_slim(record))
    plain = _in_openai_words(record)
    parts = plain.get("content")
    fields = fields_of(plain, parts) if isinstance(parts, list) else _in_text(plain, parts)
    if not _FACTS.isdisjoint(plain):
        fields |= _facts(plain)
    return chat.message_of(plain, **fields, raw=_slim(record))


def messages_of(record: Any) -> Sequence[Message]:
    """The same, with an observation for each of several results that came back in one message."""
    message = message_of(record)
    if not message.answers or len(results := results_in(content := record.get("content", record.get("parts")))) < 2:
        return (message,)
    answers = [
        replace(
            message,
            text=values.joined_text(result.get("content")),
            call_id=values.word(result.get("tool_use_id")),
            failed=True if result.get("is_error") is True else None,
        )
        for result in results
    ]
    text = words_beside(content)
    return (*answers, replace(message, text=text, answers=False, call_id=None, failed=None)) if text else answers


def _slim(record: dict[str, Any]) -> Any:
    """The record without blobs; most are seen at a glance to have none, and there are many."""
    for key, value in record.items():
        nested = isinstance(value, dict | list) and key != "tool_calls"  # a call's arguments are kept as they are
        if nested or (isinstance(value, str) and len(value) > SMALL):
            return without_blobs(record)
    return record


def _in_openai_words(record: dict[str, Any]) -> dict[str, Any]:
    """The record with OpenAI's names for its role, content and calls; itself when it has them already."""
    calls = record.get("tool_calls")
    listed = not calls or (isinstance(calls, list) and isinstance(calls[0], dict))
    if "content" in record and listed and chat.role_of(record) != "other":
        return record
    if langchain.is_message(record):
        return langchain.in_openai_words(record)
    changes: dict[str, Any] = {}
    if (name := _role_name(record)) != record.get("role"):
        changes["role"] = name
    if "content" not in record:
        content = next((record[key] for key in _CONTENT if record.get(key)), None)
        changes["content"] = content or record.get("system_prompt")  # where SWE-agent's text datasets have it
    if isinstance(calls, str) or (isinstance(calls, list) and any(isinstance(call, str) for call in calls)):
        changes["tool_calls"] = list(_decoded(calls))
    if record.get("from") in _CALL_ROLES or record.get("role") in _CALL_ROLES:
        changes["tool_calls"] = list(_decoded(record.get("value", record.get("content"))))
    return {**record, **changes} if changes else record


def _role_name(record: dict[str, Any]) -> str:
    """Whose message it is, in OpenAI's words where there is one."""
    for key in ("role", "from"):
        if isinstance(name := record.get(key), str):
            name = name.lower()
            return ALIASES.get(name, name)
    return ""


def _decoded(calls: Any) -> Iterator[Any]:
    """Tool calls that were written as JSON, as a whole or each on its own."""
    if isinstance(calls, str):
        calls = parse(calls.encode("utf-8", "replace"))
    for call in calls if isinstance(calls, list) else [calls]:
        yield parse(call.encode("utf-8", "replace")) if isinstance(call, str) else call


def _in_text(plain: dict[str, Any], text: Any) -> dict[str, Any]:
    """Fields from what models that have no calls of the API write and are told as text."""
    if isinstance(text, str):
        role = plain.get("role")
        if role == "assistant" and not plain.get("tool_calls") and (calls := calls_in(text)):
            return {"tool_calls": calls}
        if role == "user" and is_answer(text):
            return {"answers": True}
    return {}


def _facts(plain: dict[str, Any]) -> dict[str, Any]:
    """Fields from what some writers note of a message beside it: when it came, what it cost, whether it failed."""
    role, fields = chat.role_of(plain), dict[str, Any]()
    if (when := next((at for key in _TIMES if (at := values.epoch(plain.get(key))) is not None), None)) is not None:
        fields["timestamp"] = when
    if role == "assistant" and (usage := usage_of(plain, values.dollars(plain.get("cost")))) is not None:
        fields["usage"] = usage
    if role == "tool" and (any(plain.get(key) is True for key in _FAILED) or plain.get("status") == "error"):
        fields["failed"] = True
    return fields


def _kept(record: Any) -> Any:
    """What to keep of a record that is no object; `None` would mean that there was none."""
    return "null" if record is None else without_blobs(record)
