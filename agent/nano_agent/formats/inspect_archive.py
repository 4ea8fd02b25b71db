"""Inspect's `.eval` archives: which samples there are, and the parts of one, each read when it is asked for.

A sample is one member (`samples/<id>_epoch_<n>.json`) or, in newer logs, a folder of them with its sequences in chunks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from nano_agent.formats import values
from nano_agent.formats.source import parse
from nano_agent.formats.zip_members import BadMember, Member, members, read_member, read_pieces

_WHOLE = re.compile(r"samples/(?P<id>.+)_epoch_(?P<epoch>\d{1,9})\.json", re.DOTALL)
_CHUNKED = re.compile(r"samples/(?P<id>.+)_epoch_(?P<epoch>\d{1,9})/sample\.json", re.DOTALL)
_START = "_journal/start.json"
_HEADER = "header.json"
_REFERENCE = "attachment://"
_OLD_REFERENCE = "tc://"
_JOURNAL, _SUMMARIES = "_journal/summaries/", "summaries.json"
_BEFORE = ("id", "epoch", "input", "messages", "scores")
"""What a listing takes from the part of a sample before its events."""
_BEHIND = ("model_usage", "started_at", "total_time")
"""What it takes from the part behind them."""
_EVENTS = re.compile(rb',\s*"events"\s*:\s*\[')
_LONGEST_KEY = 200
_MOST_TRIES = 20
_MOST_RESOLVED = 50  # nesting; real records stay below ten


def is_archive(path: Path) -> bool:
    """Whether this ZIP is a log: it has the header of an ended one or the start of one under way."""
    names = members(path)[0]
    return _START in names or (_HEADER in names and any(name.startswith(("samples/", "summaries")) for name in names))


class SampleParts:
    """A sample's record, its messages, and what these refer to."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self._old = values.record(record.get("transcript"))

    @property
    def messages(self) -> list[Any]:
        """The final conversation."""
        return values.items(self.record.get("messages"))

    @property
    def events(self) -> Iterator[Any]:
        """What happened, in order."""
        yield from values.items(self.record.get("events", self._old.get("events")))

    def attachment(self, reference: str) -> str | None:
        """The text that a reference stands for."""
        found = values.record(self.record.get("attachments", self._old.get("content"))).get(reference)
        return found if isinstance(found, str) else None

    def resolved(self, value: Any, depth: int = 0) -> Any:
        """The value with its references replaced by the texts that they stand for; one that leads nowhere stays."""
        if isinstance(value, str):
            for prefix in (_REFERENCE, _OLD_REFERENCE):
                if value.startswith(prefix) and (found := self.attachment(value.removeprefix(prefix))) is not None:
                    return found
            return value
        if depth < _MOST_RESOLVED and isinstance(value, dict):
            return {key: self.resolved(child, depth + 1) for key, child in value.items()}
        if depth < _MOST_RESOLVED and isinstance(value, list):
            return [self.resolved(child, depth + 1) for child in value]
        return value


class Archive:
    """An open log; nothing of it is kept but the names of its members."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._members, self.whole = members(path)

    @property
    def header(self) -> tuple[dict[str, Any], bool]:
        """The log without its samples, and whether it was ended properly."""
        if header := values.record(self._json(_HEADER)):
            return header, True
        return {**values.record(self._json(_START)), "status": "started"}, False

    @property
    def samples(self) -> list[str]:
        """The members that stand for a sample each, by id and epoch."""
        found: dict[tuple[str, int], str] = {}
        for shape in (_CHUNKED, _WHOLE):
            for name in self._members:
                if match := shape.fullmatch(name):
                    found[match["id"], int(match["epoch"])] = name
        return [found[key] for key in sorted(found, key=_in_reading_order)]

    def sample(self, name: str) -> SampleParts:
        """The parts of the sample that stands at this name; raises `BadMember`."""
        record = parse(read_member(self.path, self._members[name]))
        if not isinstance(record, dict):
            raise BadMember("it is no JSON object")
        if _WHOLE.fullmatch(name):
            return SampleParts(record)
        return _ChunkedParts(record, name.removesuffix("sample.json"), self)

    def glimpse(self, name: str) -> SampleParts | None:
        """The sample's parts without its events, which are most of it; `None` where a listing needs these after all.

        What stands behind them in the sample, its summary says too.
        """
        match = _WHOLE.fullmatch(name)
        known = self._summaries.get((match["id"], int(match["epoch"]))) if match else None
        if known is None or not _is_enough(known):
            return None
        start = _before_events(read_pieces(self.path, self._members[name]))
        if start is None or any(key not in start for key in _BEFORE) or _asks_by_reference(start):
            return None
        return SampleParts({**start, **{key: known[key] for key in _BEHIND}})

    @cached_property
    def _summaries(self) -> Mapping[tuple[str, int], dict[str, Any]]:
        """What the log says of its samples beside them."""
        names = [name for _, name in self.chunks(_JOURNAL)]
        listed = self._json(_SUMMARIES) if _SUMMARIES in self._members else [s for n in names for s in self.items(n)]
        return {
            (str(each.get("id")), each["epoch"]): each
            for each in values.items(listed)
            if isinstance(each, dict) and values.integer(each.get("epoch")) is not None
        }

    def chunks(self, prefix: str) -> list[tuple[int, str]]:
        """The chunks of a sequence: the index of each one's first item, and its name."""
        numbers = ((name[len(prefix) : -5], name) for name in self._members if name.startswith(prefix))
        return sorted((int(number), name) for number, name in numbers if number.isdecimal() and len(number) < 16)

    def items(self, name: str) -> list[Any]:
        """The items of one chunk; nothing when it cannot be read."""
        return values.items(self._json(name))

    def _json(self, name: str) -> Any:
        member: Member | None = self._members.get(name)
        try:
            return parse(read_member(self.path, member)) if member else None
        except BadMember:
            return None


class _ChunkedParts(SampleParts):
    """A sample whose messages, events and attachments are sequences in chunks of their own."""

    def __init__(self, record: dict[str, Any], prefix: str, archive: Archive) -> None:
        super().__init__(record)
        self._prefix, self._archive = prefix, archive
        self._attachments: _Sequence | None = None

    @property
    def messages(self) -> list[Any]:
        sequence = _Sequence(self._archive, f"{self._prefix}messages/")
        found = []
        for reference in values.items(self.record.get("message_refs")):
            start, end = _extent(reference)
            found += sequence.between(start, end)
        return found

    @property
    def events(self) -> Iterator[Any]:
        for _, name in self._archive.chunks(f"{self._prefix}events/"):
            yield from self._archive.items(name)

    def attachment(self, reference: str) -> str | None:
        if not (reference.isdecimal() and len(reference) < 16):
            return None
        if self._attachments is None:
            self._attachments = _Sequence(self._archive, f"{self._prefix}attachments/")
        found = self._attachments.between(int(reference), int(reference) + 1)
        return found[0] if found and isinstance(found[0], str) else None


class _Sequence:
    """Items in chunks, of which the one last asked for is held."""

    def __init__(self, archive: Archive, prefix: str) -> None:
        self._archive = archive
        self._chunks = archive.chunks(prefix)
        self._starts = [start for start, _ in self._chunks]
        self._held: Mapping[int, list[Any]] = {}

    def between(self, start: int, end: int) -> list[Any]:
        """The items from `start` up to before `end`, as far as there are any."""
        found = list[Any]()
        first = max(0, bisect_right(self._starts, start) - 1)
        for place in range(first, bisect_right(self._starts, end - 1)):
            begin = self._starts[place]
            found += self._chunk(place)[max(0, start - begin) : max(0, end - begin)]
        return found

    def _chunk(self, place: int) -> list[Any]:
        if place not in self._held:
            self._held = {place: self._archive.items(self._chunks[place][1])}
        return self._held[place]


def _before_events(pieces: Iterable[bytes]) -> dict[str, Any] | None:
    """What of a sample stands before its events, with as little unpacked as it takes; `None` when that is not found."""
    data, at, tries = b"", 0, 0
    for piece in pieces:
        data += piece
        while found := _EVENTS.search(data, at):
            at, tries = found.end(), tries + 1
            start = parse(data[: found.start()] + b"}")
            if isinstance(start, dict):
                return start
            if tries > _MOST_TRIES:
                return None
        at = max(at, len(data) - _LONGEST_KEY)
    return None


def _is_enough(known: Mapping[str, Any]) -> bool:
    """Whether a summary has what a listing takes from behind the events."""
    spent = values.record(known.get("model_usage")).values()
    tokens = [values.amount(values.record(usage).get("input_tokens")) for usage in spent]
    is_timed = values.epoch(known.get("started_at")) is not None and values.number(known.get("total_time")) is not None
    return is_timed and any(count is not None for count in tokens)


def _asks_by_reference(record: dict[str, Any]) -> bool:
    """Whether what was asked stands among the attachments, which come last."""
    return _REFERENCE.encode() in orjson.dumps(record.get("input"), default=str)


def _extent(reference: Any) -> tuple[int, int]:
    """The range that a reference names, the end not included; a bare number names one item."""
    if isinstance(reference, list) and len(reference) == 2:
        start, end = values.amount(reference[0]), values.amount(reference[1])
        return (start, end) if start is not None and end is not None else (0, 0)
    index = values.amount(reference)
    return (index, index + 1) if index is not None else (0, 0)


def _in_reading_order(key: tuple[str, int]) -> tuple[bool, int, str, int]:
    """Numbered samples by their number, then the others by name; the epochs of one together."""
    name, epoch = key
    numbered = name.isdecimal() and name.isascii() and len(name) < 16
    return (not numbered, int(name) if numbered else 0, name, epoch)
