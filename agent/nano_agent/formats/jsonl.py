"""Files of JSON lines, read one record at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from nano_agent.formats.blobs import slim
from nano_agent.formats.source import Source, documents_in, parse

_SNIFFED_LINES = 60
_SNIFFED_BYTES = 1 << 20
_LONGEST = 1 << 22
# Every reader of JSON lines looks at the same few; they are parsed once.
_OPENED: WeakKeyDictionary[Source, list[dict[str, Any]]] = WeakKeyDictionary()


class Records:
    """The objects in a file of JSON lines, in order, without their base64; lines that are no object are counted."""

    def __init__(self, lines: Iterable[tuple[int, bytes]]) -> None:
        self._lines = lines
        self._unreadable = 0
        self._torn = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _, line in self._lines:
            record = parse(line)
            if isinstance(record, dict):
                self._torn = False
                yield slim(record, line)
                continue
            found = [each for each in documents_in(line) if isinstance(each, dict)] if record is None else []
            yield from (slim(each, line) for each in found)
            self._torn = not found
            self._unreadable += not found

    @property
    def warnings(self) -> list[str]:
        """What could not be read, known once the records have been gone through."""
        before = self._unreadable - self._torn
        warnings = [f"{before} line{'s are' if before > 1 else ' is'} no JSON object and could not be read."]
        return warnings[: before > 0] + ["The last line is cut off and could not be read."] * self._torn


def opening(source: Source) -> list[dict[str, Any]]:
    """The first objects of a file of JSON lines, for a reader to tell its format by; none when it starts otherwise."""
    if source not in _OPENED:
        _OPENED[source] = list(_first(source))
    return _OPENED[source]


def _first(source: Source) -> Iterator[dict[str, Any]]:
    start = source.head.lstrip()
    if source.is_folder or not start.startswith(b"{") or start.partition(b"\n")[0].rstrip() == b"{":
        return  # nothing, or one document, indented
    if source.outline is not None:
        return
    seen = 0
    for _, line in islice(source.lines(), _SNIFFED_LINES):
        # A longer line is a document of its own, or no better to tell a format by than the next.
        record = None if len(line) > _LONGEST else parse(line) if seen else source.first_line
        for found in [record] if record is not None else documents_in(line[:_LONGEST]):
            if isinstance(found, dict):
                yield found
        seen += len(line)
        if seen > _SNIFFED_BYTES:
            return
