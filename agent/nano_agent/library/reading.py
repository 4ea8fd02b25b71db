"""Reading one candidate for the listing: the reader's quick way where it has one, else all of it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from nano_agent import __version__
from nano_agent.formats import NotATrajectory, Source, recognise
from nano_agent.formats.plugins import plugins
from nano_agent.library.candidates import Candidate
from nano_agent.library.schema import Row, to_row
from nano_agent.library.summary import Summary, summarise

_WHY_CHARS = 300
_QUICK = ("nano_run_quick", "nano_quick", "mini_swe_quick", "codex_quick", "claude_quick")
"""Modules, so that a process that lists such runs need not load two dozen readers."""


class Summarises(Protocol):
    """What a reader of another package may offer besides `read`, and modules of ours do: a quick way."""

    def summarise(self, source: Source, size: int, mtime_ns: int) -> Iterable[Summary] | None:
        """The summaries that `read` would lead to, without building messages.

        `size` and `mtime_ns` go into each. `None` when this source has another format, or is unusual and must be read
        whole.
        """


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one candidate."""

    candidate: Candidate
    rows: tuple[Row, ...]
    """The summaries as the index stores them, which is also how they travel between processes."""
    live: bool
    """Whether any of them is still going on."""
    why: str | None = None
    """Why there are no rows, in a few words."""


def read_candidate(candidate: Candidate) -> Reading:
    """Read a candidate; never raises for what is in it."""
    rows, live, why = list[Row](), False, "it holds no trajectory"
    try:
        for summary in _summaries(candidate):
            rows.append(to_row(summary, candidate.path))
            live = live or summary.live
    except NotATrajectory as refusal:
        why = refusal.why
    # Readers come from other packages too, and one that breaks must cost one row, not the list.
    except Exception as error:  # noqa: BLE001
        why = f"its reader failed: {type(error).__name__}: {error}"
    return Reading(candidate, tuple(rows), live, None if rows else why[:_WHY_CHARS])


def _summaries(candidate: Candidate) -> Iterable[Summary]:
    source, size, mtime_ns = Source(Path(candidate.path)), candidate.size, candidate.mtime_ns
    for quick in quick_ways():
        if (rows := quick.summarise(source, size, mtime_ns)) is not None:
            return rows
    reader = recognise(source)
    if reader is None:
        raise NotATrajectory(source.path, source.why_not())
    if hasattr(reader, "summarise"):
        rows = cast(Summarises, reader).summarise(source, size, mtime_ns)
        if rows is not None:
            return rows
    return (summarise(trajectory, size, mtime_ns, source.at) for trajectory in reader.read(source))


@cache
def quick_ways() -> tuple[Summarises, ...]:
    """Our own quick ways. They are asked before anybody sniffs: each knows its own format without a doubt."""
    return tuple(cast(Summarises, import_module(f"nano_agent.formats.{name}")) for name in _QUICK)


def readers_in_force() -> str:
    """Which readers there are, in a word: with another word, rows of unchanged files may come out otherwise."""
    others = [f"{point.name}={point.value}@{point.dist.version if point.dist else ''}" for point in plugins()]
    return " ".join([__version__, *others])


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the cycle collector off around bulk work, which makes millions of objects and no cycles to speak of."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
