"""Finding whatever may be a trajectory below some folders, without opening a single file."""

from __future__ import annotations

# Paths are plain strings here: a Path for each of 100,000 files costs more than looking at the file.
# ruff: noqa: PTH100, PTH111, PTH112, PTH114, PTH116, PTH119
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from nano_agent.absent import NOTHING, why_absent
from nano_agent.library.candidates import (
    PRUNED,
    Candidate,
    candidate_at,
    file_candidate,
    folder_candidate,
    is_candidate_name,
    is_run_folder,
    is_run_name,
    timed_folder,
)

_AT_ONCE = 500
_RACY_NS = 50_000_000
"""File systems count time in steps of some milliseconds."""


class Walk:
    """One walk below some roots; iterating yields candidates, those of a folder together and newest names first.

    Links are followed where they lead out of the roots, each target once, so that no loop and no double is walked.
    What could not be looked at is in `problems`, a sentence each, and does not end the walk.
    """

    def __init__(self, roots: Sequence[str | Path]) -> None:
        self.roots = outermost(roots)
        self.problems: list[str] = []
        self.unseen: list[str] = []
        """The folders and roots that these are about."""
        self.folders: dict[str, int] = {}
        """The folders looked into, run folders not among them, and when each had changed last before that."""
        self.empty: list[Candidate] = []
        """Files without a byte in them, which may be about to be written."""
        self._real_roots = [os.path.realpath(root) for root in self.roots]
        self._linked: set[str] = set()

    def __iter__(self) -> Iterator[list[Candidate]]:
        pending: list[str] = []
        for root in self.roots:
            if (candidate := candidate_at(root)) is not None:
                yield [candidate]
            elif os.path.isdir(root):
                pending.append(root)
            else:
                self._problem(root, why_absent(root) or NOTHING)
        pending.reverse()
        while pending:
            yield from self._look_into(pending.pop(), pending)

    def _look_into(self, folder: str, pending: list[str]) -> Iterator[list[Candidate]]:
        """The candidates in a folder, some at a time; the folders below it go onto the stack, the newest last."""
        try:
            # In this order: what comes while the folder is listed is to make a difference the next time.
            changed = time_of(folder)
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_name, reverse=True)
        except OSError as error:
            self._problem(folder, (error.strerror or "cannot be read").lower())
            return
        names = {entry.name for entry in entries}
        if folder not in self.roots and is_run_folder(os.path.basename(folder), names):
            if (candidate := folder_candidate(folder)) is not None:
                yield [candidate]
            return
        self.folders[folder] = changed
        found, below = list[Candidate](), list[str]()
        for entry in entries:
            if not self._is_new(entry):
                continue
            if entry.is_dir():
                self._take_folder(entry, found, below)
            elif is_candidate_name(entry.name) and (file := _file(entry)) is not None:
                (found if file.size else self.empty).append(file)
            if len(found) >= _AT_ONCE:
                yield found
                found = []
        yield found
        pending.extend(reversed(below))

    def _take_folder(self, entry: os.DirEntry[str], found: list[Candidate], below: list[str]) -> None:
        if entry.name in PRUNED:
            return
        # Most folders of this name are run folders, and a look at their files is all that is needed.
        if is_run_name(entry.name) and (candidate := timed_folder(entry.path)) is not None:
            found.append(candidate)
            return
        below.append(entry.path)

    def _problem(self, path: str, why: str) -> None:
        self.problems.append(f"{path}: {why}")
        self.unseen.append(path)

    def _is_new(self, entry: os.DirEntry[str]) -> bool:
        """Whether this is no link, or one that leads to where this walk does not come anyway."""
        if not entry.is_symlink():
            return True
        target = os.path.realpath(entry.path)
        covered = any(is_below(target, root) for root in self._real_roots)
        # A link to a folder above a root would walk that root a second time.
        above = any(is_below(root, target) for root in self._real_roots)
        if covered or above or any(is_below(target, linked) for linked in self._linked):
            return False
        self._linked.add(target)
        return True


def files_in(folder: str) -> list[Candidate]:
    """The candidates among the files of a folder that looked like a run folder and is none."""
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if is_candidate_name(entry.name)]
    except OSError:
        return []
    return [candidate for entry in entries if (candidate := _file(entry)) is not None and candidate.size]


def time_of(folder: str) -> int:
    """When something came into a folder or went from it, in ns since the epoch; 0 when it is gone.

    What changed just now may change again without a new time, so that is a time that no folder has the next time.
    """
    try:
        changed = os.stat(folder).st_mtime_ns
    except OSError:
        return 0
    return changed - 1 if 0 <= time.time_ns() - changed < _RACY_NS else changed


def outermost(roots: Sequence[str | Path]) -> list[str]:
    """The roots as absolute paths, without those that a walk of another one comes by."""
    paths = list(dict.fromkeys(os.path.abspath(os.path.expanduser(root)) for root in roots))
    return [path for path in paths if not any(path != other and _reaches(other, path) for other in paths)]


def is_below(path: str, root: str) -> bool:
    """Whether a path is a root itself or lies below it."""
    return path == root or path.startswith(root if root.endswith("/") else root + "/")


def _reaches(root: str, path: str) -> bool:
    """Whether a walk of `root` comes to `path`."""
    if not is_below(path, root) or not os.path.isdir(root):
        return False
    between = os.path.relpath(path, root).split("/")
    return os.path.isdir(path) and PRUNED.isdisjoint(between) and not os.path.islink(path)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _file(entry: os.DirEntry[str]) -> Candidate | None:
    """The candidate for a file; `None` when it is no plain file (a pipe would hang a reader), or gone."""
    try:
        if not entry.is_file():
            return None
        stat = entry.stat()
    except OSError:
        return None
    return file_candidate(entry.path, stat)
