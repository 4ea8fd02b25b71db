"""What `ls` and `search` share: which folders, which query, a scan with progress, and what could not be read."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from nano_agent.absent import why_absent
from nano_agent.library.library import Library
from nano_agent.library.locations import known_locations
from nano_agent.library.query import Query, QueryError, parse
from nano_agent.library.reading import without_collector
from nano_agent.library.scan import Progress
from nano_tui.commands.printing import complain
from nano_widgets.safe import safe

_QUIET_SECONDS = 0.5
_PROBLEMS_SHOWN = 10
_SLICE = 0.2
"""Seconds of indexing between two lines of progress."""


class UsageError(Exception):
    """The command line makes no sense; the message says why and how it would."""


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options of both commands."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("-n", "--limit", type=int, metavar="N", help="at most N lines")
    parser.add_argument("--runs-dir", type=Path, metavar="DIR", help="where runs are kept, when no PATH is given")


def parsed(text: str) -> Query:
    """The query in a text; raises `UsageError` that points at what is wrong."""
    try:
        return parse(text)
    except QueryError as error:
        raise UsageError(error.pointing(text)) from error


def existing(paths: Sequence[str], runs_dir: Path | None) -> list[str]:
    """The paths given, or every known location when none is; raises `FileNotFoundError` for one that is not there."""
    for path in paths:
        if why := why_absent(os.path.expanduser(path)):  # noqa: PTH111 - a stray byte in a name is no reason to fail
            raise FileNotFoundError(f"{path}: {why}")
    return list(paths) or [str(location.path) for location in known_locations(runs=runs_dir)]


def looks_like_path(text: str) -> bool:
    """Whether somebody who typed this meant a path, though there is none."""
    return text.startswith(("/", "./", "../", "~")) and ":" not in text


def opened(roots: Sequence[str]) -> tuple[Library, bool]:
    """The library of these roots, scanned, and whether each of them could be listed; what could not is told."""
    library = Library(roots)
    if trouble := library.index.database.trouble:
        complain(trouble)
    telling = _Telling()
    progress = library.scan(telling)
    telling.clear()
    fine = True
    for refusal in library.refusals():
        complain(refusal)
        fine = False
    for problem in progress.problems[:_PROBLEMS_SHOWN]:
        complain(problem)
        fine = fine and not any(problem.startswith(f"{root}: ") for root in library.roots)
    if (more := len(progress.problems) - _PROBLEMS_SHOWN) > 0:
        complain(f"{more} more folders could not be read")
    return library, fine


def bad_usage(command: str, error: UsageError) -> int:
    """Say what is wrong with a command line; returns the exit code."""
    print(safe(f"nano-tui {command}: {error}").encode("utf-8", "replace").decode(), file=sys.stderr)
    return 2


def index_words(library: Library) -> None:
    """Put the words of every run that is not live into the full-text index, as far as its bounds allow."""
    from nano_agent.library.text_index import TextIndex

    text, telling = TextIndex(library.index), _Telling()
    with without_collector():
        while text.build(_SLICE):
            progress = text.progress()
            telling.say(f"indexing {progress.done:,} of {progress.total:,}")
    telling.clear()
    progress = text.progress()
    if progress.done < progress.total:
        left = f"{progress.total - progress.done:,} of {progress.total:,} runs"
        complain(f"the words of {left} are not indexed: another process does it now, or there are too many of them")


class _Telling:
    """The progress of a scan that takes a while, on stderr when that is a terminal."""

    def __init__(self) -> None:
        self._wanted = sys.stderr.isatty()
        self._next = time.monotonic() + _QUIET_SECONDS
        self._told = False

    def __call__(self, progress: Progress) -> None:
        if not progress.finished:
            self.say(f"reading {progress.read:,} of {progress.to_read:,}{'' if progress.walked else '+'}")

    def say(self, what: str) -> None:
        """Say it, unless that was done just now or everything is quick."""
        now = time.monotonic()
        if self._wanted and now >= self._next:
            self._next, self._told = now + 0.1, True
            sys.stderr.write(f"\r\x1b[K{what} ... ")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the progress line away."""
        if self._told:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
