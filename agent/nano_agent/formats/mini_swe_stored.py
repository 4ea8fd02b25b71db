"""Large trajectories of mini-swe-agent: their messages stay in the file, which is gone through item by item."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

from nano_agent.formats import mini_swe_turns, values
from nano_agent.formats.mini_swe_costs import Prices
from nano_agent.formats.mini_swe_text import Rules, Walk, alone, has_response
from nano_agent.formats.placed import items_of, span_of
from nano_agent.formats.source import Source, parse
from nano_agent.formats.spans import ListSpans, NotApart, opened
from nano_agent.formats.stored import StoredMessages, is_large

_MARK = re.compile(rb'"trajectory_format"\s*:\s*"mini-swe-agent-1\.\d')
_END_BYTES = 4096


def is_surely_ours(source: Source) -> bool:
    """Whether a large file has the mark that only mini-swe-agent 2.x leaves, at its start or at its end."""
    if not is_large(source.file) or source.head.lstrip()[:1] != b"{":
        return False
    # It counts in the document itself, not in one that was put into another.
    head, end = source.head, _end(source)
    before = (parse(head[: mark.start()] + b'"":0}') for mark in _MARK.finditer(head))
    behind = (parse(b'{"":"' + end[mark.end() :]) for mark in _MARK.finditer(end))
    return any(isinstance(rest, dict) for rest in chain(before, behind))


def read(source: Source) -> tuple[dict[str, Any], StoredMessages, int] | None:
    """The document without its messages, the messages, and how many records they are.

    `None` for what is small, another version's, or cannot surely be taken apart: then it must be read as a whole.
    """
    if not is_surely_ours(source):
        return None
    try:
        with opened(source.file) as file:
            found, prices = _gone_through(source, ListSpans(file), None)
        if (stated := Prices.of(_config(found[0]))) != prices:
            # The settings stood behind the messages, and say something else of their costs.
            with opened(source.file) as file:
                found, _ = _gone_through(source, ListSpans(file), stated)
    except (NotApart, OSError):
        return None
    return found


_Found = tuple[dict[str, Any], StoredMessages, int]


def _gone_through(source: Source, spans: ListSpans, known: Prices | None) -> tuple[_Found, Prices]:
    iterator = iter(spans)
    first = next(iterator)
    prices = known or Prices.of(_config(spans.start))
    messages = StoredMessages(
        source.file, lambda records, part: mini_swe_turns.alone(records[0], part, prices), source.watch
    )
    walk, count = mini_swe_turns.Walk(messages, prices), 0
    for span in chain([first], iterator):
        walk.take(span)
        count += 1
    walk.end(asks_first=mini_swe_turns.asks_first(_config(spans.rest)))
    return (spans.rest, messages, count), prices


def read_text(source: Source, rules: Rules) -> tuple[dict[str, Any], StoredMessages, int] | None:
    """The same of 1.x by what the document says of its messages; `None` when some of them say otherwise."""
    if (records := items_of(source, "messages")) is None:
        return None
    messages = StoredMessages(source.file, lambda found, _: alone(found[0], rules), source.watch)
    walk = Walk(messages, rules)
    try:
        for record in records:
            if (has_response(record) and not rules.asks) or "actions" in values.record(record.get("extra")):
                return None
            walk.take(span_of(record)._replace(value=record))
    except NotApart:
        return None
    walk.end()
    return records.rest, messages, len(messages)


def _config(document: dict[str, Any]) -> dict[str, Any]:
    return values.record(values.record(document.get("info")).get("config"))


def _end(source: Source) -> bytes:
    try:
        with source.file.open("rb") as file:
            file.seek(-min(_END_BYTES, source.size), 2)
            return file.read()
    except OSError:
        return b""
