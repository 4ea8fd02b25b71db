"""JSON lines of a large file, gone through as often as need be: each record knows where in the file it stands."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from nano_agent.formats.blobs import slim
from nano_agent.formats.jsonl import Records
from nano_agent.formats.known_spans import KnownSpans
from nano_agent.formats.source import Source, parse
from nano_agent.formats.spans import ListSpans, NotApart, Place, Span, line_spans, opened, spans_in
from nano_agent.formats.stored import is_large

Shorten = Callable[[int, bytes], bytes]
"""A line in the place of another, for those that are mostly copies of what stands elsewhere."""


class Placed(dict[str, Any]):
    """A record and its place. Of one of more than a megabyte the long strings are cut."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        super().__init__(span.value)
        self.span = span


class HeldRecords(Records):
    """The records of a small file, which are held from the first time on that they are gone through."""

    def __init__(self, lines: Iterable[tuple[int, bytes]], held: list[dict[str, Any]] | None = None) -> None:
        super().__init__(lines)
        self._held = held

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._held is None:
            self._held = list(super().__iter__())
        return iter(self._held)

    def at(self, number: int) -> dict[str, Any]:
        """The record with this number among those gone through."""
        return self._held[number] if self._held else {}

    def keep(self, record: dict[str, Any]) -> Any:
        """Something small to have a record `again` by."""
        return record

    def again(self, kept: Any) -> dict[str, Any]:
        """The record; an empty one when it is there no more."""
        found: dict[str, Any] = kept
        return found

    def inside(self, record: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
        """The objects in a list inside a record, each as a record of its own."""
        found: Any = record
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


class PlacedRecords(Records):
    """The records of a large file; to go through them again is to read it again."""

    def __init__(self, path: Path, shorten: Shorten | None = None) -> None:
        super().__init__(())
        self._path, self._shorten = path, shorten
        self._offsets, self._lengths, self._marks = array("Q"), array("Q"), array("L")

    def decode(self, offset: int, data: bytes) -> Any:
        """The record in a line, without its base64."""
        line = data if self._shorten is None else self._shorten(offset, data)
        return slim(parse(line), line)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._unreadable, self._torn = 0, False
        known = len(self._offsets)
        try:
            with opened(self._path) as file:
                for number, span in enumerate(self._spans(file)):
                    if number >= known:
                        self._offsets.append(span.offset)
                        self._lengths.append(span.length)
                        self._marks.append(span.mark)
                    yield Placed(span)
        except (OSError, MemoryError):
            return

    def at(self, number: int) -> dict[str, Any]:
        """The record with this number among those gone through; an empty one when it is there no more."""
        return self.again(Place(self._offsets[number], self._lengths[number], self._marks[number]))

    def keep(self, record: dict[str, Any]) -> Any:
        """Something small to have a record `again` by."""
        return span_of(record).place

    def again(self, kept: Any) -> dict[str, Any]:
        """The record; an empty one when it is there no more."""
        place: Place = kept
        record = self._whole(place.offset, self._data(place))
        return Placed(Span(place.offset, place.length, record if isinstance(record, dict) else {}, None, place.mark))

    def inside(self, record: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
        """The objects in a list inside a record, each as a record of its own; `NotApart` when they cannot be had so."""
        if not HeldRecords(()).inside(record, *keys):
            return []
        place: Place = self.keep(record)
        data, base, (*outer, key) = self._data(place), place.offset, keys
        for name in outer:
            begins = re.match(rb'\{\s*"%s"\s*:\s*' % re.escape(name.encode()), data)
            if begins is None:
                raise NotApart
            data, base = data[begins.end() : data.rindex(b"}")], base + begins.end()
        spans = ListSpans(BytesIO(data), [key], self._whole)
        return [Placed(span._replace(offset=base + span.offset)) for span in spans]

    def _data(self, place: Place) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(place.offset)
                return file.read(place.length)
        except OSError:
            return b""

    def _whole(self, offset: int, data: bytes) -> Any:
        """The record in a line as it is, which nobody holds for long."""
        return parse(data if self._shorten is None else self._shorten(offset, data))

    def _spans(self, file: BinaryIO) -> Iterator[Span]:
        """The places of all objects."""
        for span in line_spans(file, self._whole):
            if isinstance(span.value, dict):
                self._torn = False
                yield span
                continue
            inner = self._several(span) if span.value is None else []
            yield from inner
            self._torn = not inner
            self._unreadable += not inner

    def _several(self, span: Span) -> list[Span]:
        """The objects in a line that is not one record."""
        return [
            inner
            for inner in spans_in(self._data(span.place), span.offset, self._whole)
            if isinstance(inner.value, dict)
        ]


class ListRecords(PlacedRecords):
    """The items of the long lists in a large JSON document, one list after the other; `NotApart` may come of it."""

    def __init__(self, source: Source, *keys: str) -> None:
        super().__init__(source.file)
        places = source.places
        self._keys = keys
        self._places = places if places and places.lists.keys() <= {*keys, ""} else None
        self.spans: ListSpans | KnownSpans | None = None
        """The pass that is being made, or the last one."""

    def _spans(self, file: BinaryIO) -> Iterator[Span]:
        if self._places is None:
            self.spans = ListSpans(file, self._keys, self._whole)
        else:
            self.spans = KnownSpans(file, self._places, self._whole)
        return iter(self.spans)

    @property
    def key(self) -> str:
        """In which list the record is that came last."""
        return self.spans.key if self.spans else ""

    @property
    def rest(self) -> dict[str, Any]:
        """The document without the lists, known once all records have been gone through."""
        return self.spans.rest if self.spans else {}


def span_of(record: dict[str, Any]) -> Span:
    """Where a record stands that came from a large file."""
    assert isinstance(record, Placed)
    return record.span


def in_place_of(record: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """A changed copy of a record, which stands where that does."""
    return Placed(record.span._replace(value=changed)) if isinstance(record, Placed) else changed


def items_of(source: Source, *keys: str) -> ListRecords | None:
    """The items of these lists in a large document, which stay in it; `None` when it must be read as a whole."""
    return ListRecords(source, *keys) if source.outline is not None else None


def records_of(source: Source) -> HeldRecords | PlacedRecords:
    """The records of a file of JSON lines; those of a large one stay in it."""
    return PlacedRecords(source.file) if is_large(source.file) else HeldRecords(source.lines())
