"""From a line of `messages.jsonl` and what the events say of it to a `Message`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from nano_agent.record.clock import seconds_of
from nano_agent.trajectory import Message, Role, ToolCall, Usage

TAKEN_OVER = "taken over"
"""The note on replies that a fork has from the run it was forked from."""
_ROLES: dict[object, Role] = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


FORMAT_ERROR = "format error"
"""The note of a reply of the wrong form; it stays in the history and is sent with every later request."""


class MessageFacts:
    """What the events say about single messages, by the message's index in the history."""

    def __init__(self) -> None:
        self._facts: dict[int, Mapping[str, Any]] = {}

    def take(self, event: Mapping[str, Any]) -> None:
        """Keep an event that is about a message."""
        index = event.get("message")
        if event.get("type") in ("reply", "tool_end", "command") and isinstance(index, int):
            self._facts[index] = event
        elif event.get("type") == "resume" and isinstance(kept := event.get("messages"), int):
            # What was said of messages that the process did not live to write is about nothing.
            self._facts = {number: fact for number, fact in self._facts.items() if number < kept}

    def of(self, index: int) -> Mapping[str, Any]:
        """The event about this message; empty when there is none."""
        return self._facts.get(index, {})


def build(raw: Mapping[str, Any], facts: Mapping[str, Any], folder: Path) -> Message:
    """The view of one message. Wrong types in the record become empty values, never errors."""
    calls = raw.get("tool_calls")
    output = facts.get("output")
    role = _ROLES.get(raw.get("role"), "other")
    # Text protocols: the actions stand in the reply's text, and the user's next message answers them.
    answers = facts.get("type") == "tool_end" and role != "tool"
    found = facts.get("actions")
    call_id = facts.get("call_id") if answers else raw.get("tool_call_id")
    return Message(
        role=role,
        text=text_of(raw.get("content")),
        reasoning=_str(raw.get("reasoning_content")),
        tool_calls=tuple(map(tool_call, calls)) if isinstance(calls, list) else tuple(actions(found)),
        call_id=call_id if isinstance(call_id, str) else None,
        name=_str(facts.get("name")) or _str(raw.get("name")) or None,
        usage=usage_in(facts) if facts.get("type") == "reply" else None,
        timestamp=seconds_of(facts.get("t")),
        seconds=_number(facts.get("seconds")),
        exit_code=_int(facts.get("exit_code")),
        failed=bool(facts.get("failed")) if "failed" in facts else None,
        output_path=folder / output if isinstance(output, str) else None,
        answers=answers,
        note=_note(facts),
        child=child_of(facts, folder),
        raw=raw,
    )


def child_of(facts: Mapping[str, Any], folder: Path) -> Path | None:
    """The folder of the run that an event names as the child of the one in `folder`."""
    child = facts.get("child")
    return folder.parent / child if isinstance(child, str) and child and child == Path(child).name else None


def _note(facts: Mapping[str, Any]) -> str:
    """What is special about a message, in a few words."""
    if facts.get("type") == "command":
        return "said meanwhile"
    if child := _str(facts.get("child")):
        return f"child run {child}"
    for fact, words in (("rejected", FORMAT_ERROR), ("cut", "interrupted")):
        if facts.get(fact):
            return words
    # Said once a step, of the reply.
    taken_over = facts.get("inherited") and facts.get("type") == "reply"
    return TAKEN_OVER if taken_over else _str(facts.get("decision"))


def text_of(content: object) -> str:
    """The text of an OpenAI-style content: a string, or a list of parts of which only text is shown."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(_part(part) for part in content)


def _part(part: object) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        text = part.get("text")
        return text if isinstance(text, str) else f"[{part.get('type', 'part')}]"
    return "[part]"


def actions(found: object) -> Iterator[ToolCall]:
    """The views of actions that were found in a reply's text."""
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, dict):
            yield replace(tool_call({"id": entry.get("id"), "function": entry}), from_text=True)


def tool_call(raw: object) -> ToolCall:
    """The view of one entry of `tool_calls`; arguments may be a JSON string or, from some servers, an object."""
    entry = raw if isinstance(raw, dict) else {}
    function = entry.get("function")
    function = function if isinstance(function, dict) else {}
    arguments = function.get("arguments")
    identity = entry.get("id")
    name = _str(function.get("name"))
    if isinstance(arguments, str):
        return ToolCall(identity if isinstance(identity, str) else None, name, arguments, parsed(arguments))
    text = "" if arguments is None else orjson.dumps(arguments, default=str).decode()
    return ToolCall(identity if isinstance(identity, str) else None, name, text, arguments)


def parsed(arguments: str) -> Any:
    """The arguments as a value, `None` when they are no JSON."""
    try:
        return orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return None


def usage_in(facts: Mapping[str, Any]) -> Usage:
    """What the event about a reply says that it used."""
    if facts.get("inherited"):
        return Usage(0, 0, 0, 0, 0.0)  # another run has paid for it
    return Usage(
        _int(facts.get("prompt_tokens")),
        _int(facts.get("completion_tokens")),
        _int(facts.get("cached_tokens")),
        _int(facts.get("reasoning_tokens")),
        _number(facts.get("cost_usd")),
        bool(facts.get("cost_estimated")),
    )


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
