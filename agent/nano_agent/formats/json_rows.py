"""Files of many records: JSON lines, one at a time whatever the file's size, or one document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import LARGEST, Source, documents_in, parse
from nano_agent.trajectory import Trajectory

CUT_OFF = "The file is cut off: what stood at its end is missing"
_SNIFFED = 20
_TURNS = ("human", "ai", "function_call", "function_call_output")


@dataclass(slots=True)
class Row:
    """One record of a file."""

    number: int
    """1-based number among the records that could be read."""
    value: Any
    only: bool = False
    """True when it is the only record of its file."""
    warnings: list[str] = field(default_factory=list)
    """What could not be read just before it, or after it when it is the last."""

    @property
    def sample(self) -> str | None:
        """How to name this record among its siblings; `None` when it has none."""
        return None if self.only else str(self.number)

    def part(self, number: int, parts: int) -> str | None:
        """How to name one of the trajectories that this record holds; `None` when there is just one in the file."""
        if parts == 1:
            return self.sample
        return str(number) if self.only else f"{self.number}.{number}"


def opening(source: Source, *hints: bytes) -> Any:
    """The first record of a file, be it on a line of its own, in a list, or one document on many lines.

    `None` for what is no JSON, and for files in whose head none of the `hints` stands, so that a large file of
    another kind is not parsed in vain. A list of messages counts as one record.
    Of a large document there may be no more than its outline.
    """
    if source.head.lstrip()[:1] not in (b"{", b"[") or not any(hint in source.head for hint in hints):
        return None
    if source.outline is not None:
        return next(_items(source.outline), None)
    if source.first_line is not None:
        return next(_items(source.first_line), None)
    if len(source.documents) > 1:
        return next(_items(source.documents[0]), None)
    if _may_be_document(source):
        return next(_items(_document(source)), None)
    lines = (parse(line) for _, line in islice(source.lines(), _SNIFFED))
    return next((record for record in lines if record is not None), None)


def some(trajectories: Iterable[Trajectory], path: Path, why_none: str) -> Iterator[Trajectory]:
    """The same trajectories; raises `NotATrajectory` with the reason when there are none."""
    found = False
    for trajectory in trajectories:
        found = True
        yield trajectory
    if not found:
        raise NotATrajectory(path, why_none)


def rows(source: Source, wanted: Callable[[Any], bool]) -> Iterator[Row]:
    """Every `wanted` record of the file, one after the other; a list of records counts as its items."""
    for row in numbered(source, _records(source), wanted):
        if is_cut_off(source):
            row.warnings.append(CUT_OFF)
        yield row


def numbered(source: Source, records: Iterable[tuple[int | None, Any]], wanted: Callable[[Any], bool]) -> Iterator[Row]:
    """The `wanted` ones among the records, each of which comes with its place; `None` is one that could not be read.

    Holds one record back, so that what is left out at the end is told with the last one. Of a source that wants one
    record alone, only that one.
    """
    begin = source.begin
    held: tuple[int | None, Row] | None = None
    number = begin.number - 1 if begin and begin.place is not None else 0
    broken = foreign = 0
    for place, value in records:
        if value is None:
            broken += 1
        elif not wanted(value):
            foreign += 1
        else:
            if held is not None:
                yield from _given(source, *held)
                if begin is not None and held[1].number == begin.number:
                    return
            number += 1
            held = place, Row(number, value, warnings=_told(broken, foreign))
            broken = foreign = 0
    if held is not None:
        held[1].only = number == 1 and begin is None
        held[1].warnings += _told(broken, foreign)
        yield from _given(source, *held)


def _given(source: Source, place: int | None, row: Row) -> Iterator[Row]:
    """The row, unless another one is wanted."""
    if source.begin is None or source.begin.number == row.number:
        source.at = place
        yield row


def _records(source: Source) -> Iterator[tuple[int | None, Any]]:
    """The records in order, `None` for each line that is none; with their places where they stand on lines."""
    if source.begin is not None and source.begin.place is not None:
        yield from _line_at(source, source.begin.place)
        return
    if len(source.documents) > 1:
        for document in source.documents:
            yield from ((None, item) for item in _items(document))
        return
    if source.first_line is None and _may_be_document(source) and (document := _document(source)) is not None:
        yield from ((None, item) for item in _items(document))
        return
    for i, (offset, line) in enumerate(source.lines()):
        value = parse(line) if i else source.first_line  # which may be a document of many megabytes
        alone = value is not None and not isinstance(value, list)
        for found in [value] if value is not None else documents_in(line) or [None]:
            yield from ((offset if alone else None, item) for item in _items(found))


def _line_at(source: Source, place: int) -> Iterator[tuple[int | None, Any]]:
    """The record on the line that begins there."""
    try:
        with source.file.open("rb") as file:
            file.seek(place)
            yield place, parse(file.readline(LARGEST).strip())
    except OSError:
        return


def _items(value: Any) -> Iterator[Any]:
    """The items of a list of objects, else the value itself; a list of messages is one record, not many."""
    if isinstance(value, list) and value and not any(_is_turn(item) for item in value[:5]):
        yield from value
    else:
        yield value


def _is_turn(item: Any) -> bool:
    """Whether this is one message of a conversation, and not a record of its own."""
    if not isinstance(item, dict):
        return False
    # LangChain's messages have a type in place of a role.
    return isinstance(item.get("role") or item.get("from"), str) or item.get("type") in _TURNS or "lc" in item


def is_cut_off(source: Source) -> bool:
    """Whether the file is one document without its end, of which only the beginning is read."""
    if source.first_line is not None or not _may_be_document(source):
        return False
    return source.document is None and source.torn_document is not None


def _document(source: Source) -> Any:
    """The whole document, or what is whole of it."""
    return source.document if source.document is not None else source.torn_document


def _may_be_document(source: Source) -> bool:
    """Whether a file whose first line is no JSON may be one document: no other line of it starts with an object."""
    return b"\n{" not in source.head.lstrip()


def _told(broken: int, foreign: int) -> list[str]:
    """What to say of records that were left out."""
    said = []
    if broken:
        said.append(f"{broken} line{'s' * (broken > 1)} could not be read as JSON")
    if foreign:
        said.append(
            f"{foreign} record{'s' * (foreign > 1)} of another kind {'were' if foreign > 1 else 'was'} left out"
        )
    return said
