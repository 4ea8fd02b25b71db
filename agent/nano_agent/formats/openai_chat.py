"""Conversations in OpenAI's chat shape: a list, `{"messages": [...]}`, JSON lines of either, ShareGPT, request logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nano_agent.formats import usages, values
from nano_agent.formats.conversations import HINTS, found_in, is_conversation, key_of, reply_in
from nano_agent.formats.json_rows import Row, opening, rows, some
from nano_agent.formats.placed import items_of, span_of
from nano_agent.formats.row_columns import (
    COSTS,
    TIMES,
    first_dollars,
    first_time,
    tools_of,
    trajectory_of_row,
    usage_of,
)
from nano_agent.formats.source import Source
from nano_agent.formats.spans import NotApart, Span, line_spans, opened
from nano_agent.formats.stored import StoredMessages, is_large
from nano_agent.formats.turns import are_turns, is_turn, message_of, messages_of
from nano_agent.trajectory import Counts, Message, Trajectory

_REPLY_NOTE = "reply of this request"


class OpenAIChatReader:
    """Reads conversations of messages with a role and a content; the least particular of all readers."""

    name = "openai_chat"

    def sniff(self, source: Source) -> bool:
        """A message, a list of messages, or an object that holds such a list, at the start of a JSON file."""
        first = opening(source, *HINTS)
        return is_turn(first) or is_conversation(first)

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Each conversation of the file; a file of messages is one conversation."""
        first = opening(source, *HINTS)
        if is_turn(first) and not _is_reply(first):
            return iter((_of_lines(source),))
        if (stored := _of_document(source)) is not None:
            return iter((stored,))
        trajectories = (
            one for row in rows(source, is_conversation) for one in conversations_of(row, self.name, source.path)
        )
        return some(trajectories, source.path, "no list of chat messages in it")


def _of_lines(source: Source) -> Trajectory:
    """The one conversation of a file with a message a line; other records among them are kept in their places."""
    if is_large(source.file) and (stored := _stored(source)) is not None:
        return _counted(Row(1, None, only=True), *stored, source.path)
    messages, warnings, n_records = list[Message](), list[str](), 0
    for row in rows(source, lambda value: True):
        messages += messages_of(row.value)
        warnings += row.warnings
        n_records += 1
    return _counted(Row(1, None, only=True, warnings=warnings), messages, n_records, source.path)


def _of_document(source: Source) -> Trajectory | None:
    """The one conversation in a large document, whose messages stay there; `None` for what must be read as a whole."""
    outline = source.outline
    key = key_of(outline)
    plain = isinstance(outline, list) and are_turns(outline) and all(map(is_turn, outline))
    if not (key or plain) or (records := items_of(source, *filter(None, [key]))) is None:
        return None
    messages, n_records = StoredMessages(source.file, _rebuilt, source.watch), 0
    try:
        for record in records:
            _put(messages, record, span_of(record))
            n_records += 1
    except NotApart:
        return None
    return _counted(Row(1, records.rest, only=True), messages, n_records, source.path)


def _stored(source: Source) -> tuple[StoredMessages, int] | None:
    """The messages of a large file, left on disk, and of how many records; `None` when not every line is one."""
    messages, n_records = StoredMessages(source.file, _rebuilt, source.watch), 0
    with opened(source.file) as file:
        for span in line_spans(file):
            if not isinstance(span.value, dict):
                return None
            _put(messages, span.value, span)
            n_records += 1
    return messages, n_records


def _put(messages: StoredMessages, record: Any, span: Span) -> None:
    for part, message in enumerate(messages_of(record)):
        messages.put(message, span, part)


def _rebuilt(records: Sequence[Any], part: int) -> Message:
    return messages_of(records[0])[part]


def _counted(row: Row, messages: Sequence[Message], n_records: int, path: Path) -> Trajectory:
    """The trajectory of a file that is one conversation."""
    return _of_records(trajectory_of_row(row, messages, OpenAIChatReader.name, path), n_records)


def _of_records(trajectory: Trajectory, n_records: int) -> Trajectory:
    """The trajectory, with as many messages as there are records: one may bring several results."""
    if len(trajectory.messages) == n_records:
        return trajectory
    return replace(trajectory, counts=Counts(n_records, trajectory.n_assistant, trajectory.n_tool_calls))


def conversations_of(row: Row, format_name: str, path: Path) -> Iterator[Trajectory]:
    """The trajectories of a record in which conversations were found."""
    found = list(found_in(row.value))
    for number, one in enumerate(found, 1):
        messages = [message for turn in one.turns for message in messages_of(turn)]
        about = Row(row.number, one.about, row.only, row.warnings)
        trajectory = _of_records(trajectory_of_row(about, messages, format_name, path), len(one.turns))
        sample = " ".join(filter(None, (row.part(number, len(found)), one.name)))
        trajectory = replace(trajectory, sample=sample or None)
        yield trajectory if one.response is None else _with_reply(trajectory, one.about, one.response)


def _with_reply(trajectory: Trajectory, record: dict[str, Any], response: dict[str, Any]) -> Trajectory:
    """A logged request: its reply is shown after the history that it was given, but is no part of that history.

    litellm and OpenHands write such a file for each call (`messages`, `response`, `cost`, `timestamp`).
    """
    when = first_time(record, *TIMES)
    cost = first_dollars(record, *COSTS)
    usage = usages.usage_of(response, cost) or usage_of(record, ())
    kwargs = values.record(record.get("kwargs"))
    known = replace(
        trajectory,
        model=trajectory.model or values.word(response.get("model")),
        tools=trajectory.tools or tools_of(kwargs.get("tools")),
        usage=usage,
    )
    reply = replace(message_of(reply_in(response)), usage=usage, timestamp=when, note=_REPLY_NOTE)
    if not known.messages:
        return replace(known, messages=(replace(reply, note=""),))
    counts = Counts(known.n_messages, known.n_assistant, known.n_tool_calls)
    return replace(known, messages=(*known.messages, reply), counts=counts)


def _is_reply(record: Any) -> bool:
    """Whether a message is the whole reply of Anthropic's API, and not one of a history."""
    return isinstance(record, dict) and record.get("type") == "message" and "stop_reason" in record
