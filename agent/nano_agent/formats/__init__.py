"""Readers: one small module per format on people's disks, all of one shape out.

    for trajectory in formats.read(path): ...     # every trajectory in a file or run folder
    formats.first(path)                           # the first of them
    formats.recognise(path)                       # the reader that would be asked, or None

A reader is found by content, not by name. A third party adds one through the entry point group `nano_agent.readers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nano_agent.formats.reader import NotATrajectory, Reader
from nano_agent.formats.registry import readers
from nano_agent.formats.source import Begin, Source
from nano_agent.trajectory import Trajectory

if TYPE_CHECKING:
    from nano_agent.formats.stored import Watch

__all__ = ["NotATrajectory", "Reader", "Source", "first", "read", "read_sample", "readers", "recognise"]


def recognise(path: Path | Source) -> Reader | None:
    """The reader whose format this file or folder has, or `None` when no reader knows it."""
    source = path if isinstance(path, Source) else Source(path)
    return next((reader for reader in readers() if reader.sniff(source)), None)


def read(path: Path | str, watch: Watch | None = None) -> Iterator[Trajectory]:
    """Every trajectory at `path`, one after the other; raises `NotATrajectory` with the reason when there is none.

    Of a large file the messages stay on disk; `watch` is told of them while it is still gone through.
    """
    source = Source(Path(path), watch)
    reader = recognise(source)
    if reader is None:
        raise NotATrajectory(source.path, source.why_not())
    yield from reader.read(source)


def read_sample(
    path: Path, sample: str | None, place: int | None = None, watch: Watch | None = None
) -> Trajectory | None:
    """The trajectory with this name at `path`, the first when it is `None`; `None` when there is none of this name.

    Of a file of many records the others are not built, and with a `place` that a listing has for it not even read.
    Raises `NotATrajectory` when the path holds no trajectory at all.
    """
    number, _, _ = (sample or "").partition(".")
    wanted = int(number) if number.isdecimal() and number.isascii() and len(number) < 16 else 0
    for begin in [Begin(wanted, place)] * (place is not None) + [Begin(wanted)] * (wanted > 0) + [None]:
        try:
            found = _first_of(Source(path, watch, begin), sample)
        except NotATrajectory:
            if begin is None:
                raise
            continue
        if found is not None:
            return found
    return None


def _first_of(source: Source, sample: str | None) -> Trajectory | None:
    reader = recognise(source)
    if reader is None:
        raise NotATrajectory(source.path, source.why_not())
    return next((one for one in reader.read(source) if sample is None or one.sample == sample), None)


def first(path: Path | str) -> Trajectory:
    """The first trajectory at `path`; raises `NotATrajectory` with the reason when there is none."""
    for trajectory in read(path):
        return trajectory
    raise NotATrajectory(Path(path), "it holds no trajectory")
