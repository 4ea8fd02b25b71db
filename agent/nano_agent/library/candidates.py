"""What may be a trajectory, told by names alone; the readers decide by content."""

from __future__ import annotations

# Paths are plain strings here: a Path for each of 100,000 files costs more than looking at the file.
# ruff: noqa: PTH110, PTH112, PTH116, PTH119, PTH208
import os
import re
from collections.abc import Collection
from typing import NamedTuple

PRUNED = frozenset(
    (
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".venv",
        "venv",
        "site-packages",
        "__pycache__",
        "checkpoints.git",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".cache",
        ".Trash",
        "$RECYCLE.BIN",
    )
)
"""Folders that never hold trajectories of interest and can be huge."""

_PLAIN = (".json", ".jsonl", ".ndjson", ".traj")
_SUFFIXES = (*_PLAIN, *(f"{plain}.{packed}" for plain in _PLAIN for packed in ("gz", "zst")), ".eval", ".parquet")
_NEVER = frozenset(
    (
        "package.json",
        "package-lock.json",
        "composer.json",
        "tsconfig.json",
        "pyrightconfig.json",
        "manifest.json",
        "tools.json",
        "stats.json",
        "metadata.json",
    )
)
_RUN_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d[:-]\d\d[:-]\d\d(-[0-9a-f]{8})?\Z")
_BESIDE_MESSAGES = frozenset(("metadata.json", "tools.json", "diff.txt", "stats.json"))
_MEMBERS = ("messages.jsonl", "metadata.json", "diff.txt")
_OTHER_MEMBERS = ("trajectory.jsonl", "metadata.json", "base_state.json", "events")


class Candidate(NamedTuple):
    """A file or run folder that may hold trajectories, and what tells whether it has changed since."""

    path: str
    size: int
    """Bytes, of a folder's files that matter taken together."""
    mtime_ns: int
    """The newest of them."""
    stamp: int
    """One number over all sizes and times; another one means that it must be read again."""


def is_candidate_name(name: str) -> bool:
    """Whether a file of this name may be a trajectory."""
    return name.endswith(_SUFFIXES) and name not in _NEVER


def is_run_name(name: str) -> bool:
    """Whether a folder has the kind of name that run folders get: a time, perhaps with eight hex digits."""
    return _RUN_NAME.match(name) is not None


def is_run_folder(name: str, members: Collection[str]) -> bool:
    """Whether a folder with these members is one run, not a folder of runs."""
    if "messages.jsonl" in members and (is_run_name(name) or not _BESIDE_MESSAGES.isdisjoint(members)):
        return True
    if "base_state.json" in members and "events" in members:
        return True
    return is_run_name(name) and ("trajectory.jsonl" in members or "metadata.json" in members)


def file_candidate(path: str, stat: os.stat_result) -> Candidate:
    """The candidate for a file with this stat."""
    return Candidate(path, stat.st_size, stat.st_mtime_ns, hash((stat.st_size, stat.st_mtime_ns)))


def folder_candidate(path: str) -> Candidate | None:
    """The candidate for a run folder, from the stat of the files that matter; `None` when it has none of them.

    The folder's own time tells of files that were created, removed or replaced by a rename, as our metadata is.
    """
    return _folder(path, _MEMBERS) if os.path.exists(f"{path}/{_MEMBERS[0]}") else _folder(path, _OTHER_MEMBERS)


def timed_folder(path: str) -> Candidate | None:
    """The candidate for a folder that has a run's name; `None` when it has no messages, so that it must be listed."""
    return _folder(path, _MEMBERS, needed=True)


def _folder(path: str, members: tuple[str, ...], needed: bool = False) -> Candidate | None:
    size = newest = 0
    parts = list[int]()
    for name in members:
        try:
            stat = os.stat(f"{path}/{name}")
        except OSError:
            if needed and not parts:
                return None
            # hash() of whole numbers is the same in every process; that of None is not.
            parts += (-1, -1)
            continue
        size += stat.st_size
        newest = max(newest, stat.st_mtime_ns)
        parts += (stat.st_size, stat.st_mtime_ns)
    if not newest:
        return None
    try:
        parts.append(os.stat(path).st_mtime_ns)
    except OSError:
        return None
    return Candidate(path, size, newest, hash(tuple(parts)))


def candidate_at(path: str) -> Candidate | None:
    """The candidate at a path that somebody named, whatever its name is; `None` for a folder of other things."""
    try:
        if not os.path.isdir(path):
            return file_candidate(path, os.stat(path))
        return folder_candidate(path) if is_run_folder(os.path.basename(path), os.listdir(path)) else None
    except OSError:
        return None
