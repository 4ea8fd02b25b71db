"""The records of a message exactly as they stand in the file: found again by what was read from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.packed import MAGIC, unpacked
from nano_agent.formats.source import parse
from nano_agent.formats.stored import StoredMessages
from nano_agent.trajectory import Message, Trajectory

LARGEST = 64 << 20
"""Bytes of a file that is looked through at most; of most larger ones the messages stay on disk, and their places are
known."""
QUICK = 300_000
"""Bytes of a file that takes no time to be looked through."""
_MOST_FILES = 2000
_NAMES = ("messages.jsonl", "trajectory.jsonl")
_KINDS = (".json", ".jsonl", ".ndjson", ".traj")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class OnDisk:
    """The bytes of one record, and where they are."""

    path: Path
    offset: int
    """From the start of the file; of a packed one, from the start of what is in it."""
    data: bytes


def on_disk(run: Trajectory, indexes: Sequence[int]) -> Mapping[int, Sequence[OnDisk | None]]:
    """For each of these messages its records as they are in the file, in their order.

    `None` stands for a record that is not found as such: it was made of several, lies in a packed file, or is no JSON
    object. Reads the file: some 10 ms for a MB, nothing to speak of for messages that were left on disk.
    """
    messages = run.messages
    if isinstance(messages, StoredMessages):
        path = next(iter(_files(run.path)), run.path)
        return {index: _stored(path, messages, index) for index in indexes}
    wanted = {index: records_of(messages[index]) for index in indexes}
    found = {index: list[OnDisk | None]([None] * len(records)) for index, records in wanted.items()}
    open_ = {(index, n): record for index, records in wanted.items() for n, record in enumerate(records) if record}
    for path in _files(run.path):
        if not open_:
            break
        data = _read(path)
        for (index, n), record in list(open_.items()):
            if places := list(_places(data, record)):
                which = _earlier(messages, index, n, record) if len(places) > 1 else 0
                start, end = places[min(which, len(places) - 1)]
                found[index][n] = OnDisk(path, start, data[start:end])
                del open_[index, n]
    return found


def is_quick(run: Trajectory, indexes: Sequence[int]) -> bool:
    """Whether the records of these messages are found in no time."""
    if isinstance(run.messages, StoredMessages):
        return sum(map(run.messages.size, indexes)) < QUICK
    path = run.path
    named = [path, *(path / name for name in _NAMES)]
    sizes = [file.stat().st_size for file in named if file.is_file()]
    return sum(sizes) < QUICK if sizes else not path.is_dir()


def _stored(path: Path, messages: StoredMessages, index: int) -> Sequence[OnDisk | None]:
    places = messages.data(index)
    return [None] if places is None else [OnDisk(path, *place) for place in places]


def records_of(message: Message) -> Sequence[Any]:
    """What a message was made of, as parsed."""
    raw = message.raw
    return raw if isinstance(raw, list) else [] if raw is None else [raw]


def _files(path: Path) -> Iterable[Path]:
    """Where the records of the run at this path may be, the likeliest first."""
    if not path.is_dir():
        return [path] if path.suffix != ".eval" else []
    named = [path / name for name in _NAMES if (path / name).is_file()]
    if named:
        return named
    return sorted(file for file in islice(path.rglob("*"), _MOST_FILES) if file.suffix in _KINDS and file.is_file())


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            return b""
        data = path.read_bytes()
        if data.startswith(MAGIC):
            with unpacked(path) as file:
                file.seek(0)
                data = file.read(LARGEST)
    except OSError:
        return b""
    return data


def _places(data: bytes, record: Any) -> Iterator[tuple[int, int]]:
    """Where objects with just this content are."""
    first = next(iter(record), None) if isinstance(record, dict) else None
    if not isinstance(first, str):
        return
    # As Latin-1 every byte is a character, so that places are the same in both.
    text = data.decode("latin-1")
    key = re.escape(json.dumps(first).encode())
    for candidate in re.finditer(rb"\{\s*" + key + rb"\s*:", data):
        try:
            _, end = _DECODER.raw_decode(text, candidate.start())
        except (ValueError, RecursionError):
            continue
        value = parse(data[candidate.start() : end])
        if value == record or without_blobs(value) == record:
            yield candidate.start(), end


def _earlier(messages: Sequence[Message], index: int, n: int, record: Any) -> int:
    """How many records with the same content come before this one."""
    before: int = sum(bool(each == record) for message in messages[:index] for each in records_of(message))
    return before + sum(bool(each == record) for each in records_of(messages[index])[:n])
