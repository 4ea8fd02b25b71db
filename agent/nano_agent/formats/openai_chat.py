"""Conversations in OpenAI's chat shape: a list, `{"messages": [...]}`, JSON lines of either, ShareGPT, request logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.json_rows import Row, opening, rows, some
from nano_agent.formats.placed import items_of, span_of
from nano_agent.formats.row_columns import first_dollars, first_time, tools_of, trajectory_of_row, usage_of
from nano_agent.formats.source import Source
from nano_agent.formats.spans import NotApart, line_spans, opened
from nano_agent.formats.stored import StoredMessages, is_large
from nano_agent.formats.turns import are_turns, is_turn, message_of
from nano_agent.trajectory import Counts, Message, Trajectory, Usage

_HINTS = (b'"messages"', b'"role"', b'"conversations"', b'"from"', b'"trajectory"')
_KEYS = ("messages", "conversations", "conversation", "trajectory")
_REPLY_NOTE = "reply of this request"


class OpenAIChatReader:
    """Reads conversations of messages with a role and a content; the least particular of all readers."""

    name = "openai_chat"

    def sniff(self, source: Source) -> bool:
        """A message, a list of messages, or an object that holds such a list, at the start of a JSON file."""
        first = opening(source, *_HINTS)
        return is_turn(first) or _is_conversation(first)

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Each conversation of the file; a file of messages is one conversation."""
        if is_turn(opening(source, *_HINTS)):
            return iter((_of_lines(source),))
        if (stored := _of_document(source)) is not None:
            return iter((stored,))
        trajectories = (_of_row(row, source) for row in rows(source, _is_conversation))
        return some(trajectories, source.path, "no list of chat messages in it")


def _turns(value: Any) -> list[Any] | None:
    """The messages of one conversation; `None` when this is none."""
    if isinstance(value, dict):
        value = next((value[key] for key in _KEYS if are_turns(value.get(key))), None)
    return value if are_turns(value) else None


def _is_conversation(value: Any) -> bool:
    return _turns(value) is not None


def _of_lines(source: Source) -> Trajectory:
    """The one conversation of a file with a message a line; other records among them are kept in their places."""
    if is_large(source.file) and (stored := _stored(source)) is not None:
        return trajectory_of_row(Row(1, None, only=True), stored, OpenAIChatReader.name, source.path)
    messages, warnings = list[Message](), list[str]()
    for row in rows(source, lambda value: True):
        messages.append(message_of(row.value))
        warnings += row.warnings
    return trajectory_of_row(Row(1, None, only=True, warnings=warnings), messages, OpenAIChatReader.name, source.path)


def _of_document(source: Source) -> Trajectory | None:
    """The one conversation in a large document, whose messages stay there; `None` for what must be read as a whole."""
    outline = source.outline
    keys = [key for key in _KEYS if isinstance(outline, dict) and are_turns(outline.get(key))][:1]
    if not _is_conversation(outline) or (records := items_of(source, *keys)) is None:
        return None
    messages = StoredMessages(source.file, lambda found, _: message_of(found[0]), source.watch)
    try:
        for record in records:
            messages.put(message_of(record), span_of(record))
    except NotApart:
        return None
    if "response" in records.rest:
        return None  # the reply to it, which goes behind them
    return trajectory_of_row(Row(1, records.rest, only=True), messages, OpenAIChatReader.name, source.path)


def _stored(source: Source) -> StoredMessages | None:
    """The messages of a large file, left on disk; `None` when not every line of it is one record."""
    messages = StoredMessages(source.file, lambda records, _: message_of(records[0]), source.watch)
    with opened(source.file) as file:
        for span in line_spans(file):
            if not isinstance(span.value, dict):
                return None
            messages.put(message_of(span.value), span)
    return messages


def _of_row(row: Row, source: Source) -> Trajectory:
    record = values.record(row.value)
    messages = [message_of(turn) for turn in _turns(row.value) or ()]
    trajectory = trajectory_of_row(row, messages, OpenAIChatReader.name, source.path)
    response = record.get("response")
    return _with_reply(trajectory, record, response) if isinstance(response, dict) else trajectory


def _with_reply(trajectory: Trajectory, record: dict[str, Any], response: dict[str, Any]) -> Trajectory:
    """A logged request: its reply is shown after the history that it was given, but is no part of that history.

    litellm and OpenHands write such a file for each call (`messages`, `response`, `cost`, `timestamp`).
    """
    choices = values.items(response.get("choices"))
    reply = values.record(choices[0]).get("message") if choices else None
    when = first_time(record, "timestamp")
    usage = values.openai_usage(response.get("usage"), first_dollars(record, "cost")) or usage_of(record, ())
    kwargs = values.record(record.get("kwargs"))
    known = replace(
        trajectory,
        model=trajectory.model or values.word(response.get("model")),
        tools=trajectory.tools or tools_of(kwargs.get("tools")),
        usage=usage,
    )
    return _answered(known, reply, usage, when) if is_turn(reply) else known


def _answered(trajectory: Trajectory, reply: Any, usage: Usage, when: float | None) -> Trajectory:
    """The trajectory with the reply at its end, counted by the history alone."""
    last = replace(message_of(reply), usage=usage, timestamp=when, note=_REPLY_NOTE)
    counts = Counts(trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls)
    return replace(trajectory, messages=(*trajectory.messages, last), counts=counts)
