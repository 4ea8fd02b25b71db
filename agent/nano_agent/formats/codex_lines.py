"""The lines of a Codex rollout, without the copies of the history in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from nano_agent.formats import values
from nano_agent.formats.source import Source, parse

_GIANT = 1 << 18
_COMPACTED = re.compile(rb'\s*\{(?:"[a-z_]+":\s*(?:"[^"]{0,64}"|\d{1,16}),\s*){0,3}"type":\s*"compacted"')
_TIME = re.compile(rb'"timestamp":\s*"([^"]{1,64})"')
_MESSAGE = re.compile(rb'"payload":\s*\{"message":\s*("(?:[^"\\]|\\.)*")')


def lines_of(source: Source) -> Iterator[tuple[int, bytes]]:
    """Every line with its offset; a compaction's copy of the history, often most of the file, as its size."""
    for offset, line in source.lines():
        yield offset, short(offset, line)


def short(offset: int, line: bytes) -> bytes:
    """A line of a compaction without its copy of the history, and of a giant one its summary; any other as it is."""
    if b'"compacted"' not in (head := line[:1024]) or not _COMPACTED.match(head):
        return line
    if len(line) <= _GIANT:
        return _shorter(line)
    time, message = _TIME.search(line[:1024]), _MESSAGE.search(line[: _GIANT * 4])
    summary = values.text(parse(message[1])) if message else ""
    left_out = f"[{len(line) / 1e6:.1f} MB at byte {offset}, left in the file]"
    short = {"type": "compacted", "payload": {"message": summary, "replacement_history": left_out}}
    return orjson.dumps({"timestamp": time[1].decode("utf-8", "replace"), **short} if time else short)


def without_copies(record: dict[str, Any]) -> dict[str, Any]:
    """The record of a compaction without its copies of the history; any other as it is."""
    payload = record.get("payload")
    copies = payload.get("replacement_history") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(copies, list):
        return record
    left_out = f"[{len(copies)} items, copies of the history, left in the file]"
    return {**record, "payload": {**payload, "replacement_history": left_out}}


def _shorter(line: bytes) -> bytes:
    record = parse(line)
    if not isinstance(record, dict) or (changed := without_copies(record)) is record:
        return line
    try:
        return orjson.dumps(changed)
    except (TypeError, ValueError):  # numbers beyond 64 bits, or nesting beyond what orjson takes
        return line
