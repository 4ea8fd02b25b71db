"""Noticing what is new or grows below folders that were scanned, by looking again and again.

Looking works on network folders too, and costs little: what changed lately is looked at each time, everything else in
turn.
"""

from __future__ import annotations

# Paths are plain strings here, as everywhere in the walk.
# ruff: noqa: PTH112, PTH114, PTH208
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from nano_agent.library.candidates import PRUNED, Candidate, candidate_at, is_candidate_name
from nano_agent.library.index import Index
from nano_agent.library.walk import Walk, is_below, time_of

RECENT = 900.0
"""Seconds after its last change for which a file is looked at each time."""
MOST_RECENT = 500
"""Files that are looked at each time, besides the live ones."""
RECENT_FOLDER = 86400.0
IN_TURN = 300
"""How many of all the others are looked at each time."""
AGAIN = 2.0
"""Seconds after which a live run is read again though nothing changed: its process may have vanished."""
REST = 10.0
"""A file that took a second to read is left alone for so many, however fast it grows."""


@dataclass(slots=True)
class Changes:
    """What one look found."""

    new: list[Candidate] = field(default_factory=list)
    """New or changed since the last look; to be read, and the reading handed to `Watch.took`."""
    gone: list[str] = field(default_factory=list)
    """Files and folders that are no more."""

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


@dataclass(slots=True)
class _Hot:
    """A file that is looked at each time."""

    stamp: int
    live: bool
    due: float = 0.0
    """When it may be read again, on the monotonic clock."""


class Watch:
    """Looks at everything below some roots. Not for several threads at once."""

    def __init__(self, index: Index, walk: Walk) -> None:
        """`walk` is that of the scan that was made just now."""
        self._index = index
        self._roots = walk.roots
        self._folders: dict[str, int] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._hot: dict[str, _Hot] = {}
        self._folder_turn: Iterator[str] = iter(())
        self._file_turn = 0
        for path, stamp, live in index.recent(self._roots, time.time() - RECENT, MOST_RECENT):
            self._hot[path] = _Hot(stamp, live)
        self._add_folders(walk)

    def look(self) -> Changes:
        """Look once; what is returned is not returned again."""
        changes = Changes()
        for folder in self._folders_to_look_at():
            self._look_into(folder, changes)
        for path in list(self._hot):
            self._look_at_hot(path, changes)
        self._look_at_others(changes)
        return changes

    def took(self, candidate: Candidate, live: bool, seconds: float) -> None:
        """What was new has been read: whether it is live, and how long reading took."""
        due = time.monotonic() + max(AGAIN if live else 0.0, REST * seconds)
        self._heat(candidate, _Hot(candidate.stamp, live, due))

    def _folders_to_look_at(self) -> list[str]:
        newest = (time.time() - RECENT_FOLDER) * 1e9
        recent = [folder for folder, changed in self._folders.items() if changed > newest]
        return recent + self._next_folders(IN_TURN)

    def _next_folders(self, most: int) -> list[str]:
        found = list[str]()
        for _ in range(most):
            folder = next(self._folder_turn, None)
            if folder is None:
                self._folder_turn = iter(list(self._folders))
                break
            found.append(folder)
        return found

    def _look_into(self, folder: str, changes: Changes) -> None:
        """Find what came and went in a folder whose time changed."""
        now = time_of(folder)
        if now == self._folders.get(folder, now):
            return
        if not now:
            self._forget(folder, changes)
            return
        self._folders[folder] = now
        names, known = _names_in(folder), self._names.get(folder)
        self._names[folder] = names
        if known is None or names == known:
            # Nobody knows what was there before, or something was replaced by a rename.
            self._compare(folder, changes)
            return
        for name in names - known:
            self._arrived(folder, name, changes)
        for name in known - names:
            self._forget(f"{folder}/{name}", changes)

    def _compare(self, folder: str, changes: Changes) -> None:
        """Compare all that is below a folder with what the index knows."""
        known, seen = self._index.known([folder]), set[str]()
        walk = Walk([folder])
        for candidate in (one for found in walk for one in found):
            seen.add(candidate.path)
            if known.get(candidate.path) != candidate.stamp and candidate.path not in self._hot:
                self._found(candidate, changes)
        changes.gone.extend(path for path in known if path not in seen)
        if folder in seen:
            # It was made a moment ago, and turns out to be a run folder.
            self._folders.pop(folder, None)
        self._add_folders(walk)

    def _arrived(self, folder: str, name: str, changes: Changes) -> None:
        """Find what is in a new file or folder."""
        path = f"{folder}/{name}"
        if os.path.isdir(path):
            if name not in PRUNED and not os.path.islink(path):
                walk = Walk([path])
                for candidate in (one for found in walk for one in found):
                    self._found(candidate, changes)
                self._add_folders(walk)
        elif is_candidate_name(name) and (file := candidate_at(path)) is not None:
            self._found(file, changes)

    def _add_folders(self, walk: Walk) -> None:
        for folder, changed in walk.folders.items():
            self._folders.setdefault(folder, changed)
        # The folder's time will not tell when they are written.
        for candidate in walk.empty:
            if candidate.path not in self._hot:
                self._heat(candidate, _Hot(candidate.stamp, False))

    def _found(self, candidate: Candidate, changes: Changes) -> None:
        self._heat(candidate, _Hot(candidate.stamp, False))
        if candidate.size:
            changes.new.append(candidate)

    def _heat(self, candidate: Candidate, hot: _Hot) -> None:
        self._hot[candidate.path] = hot
        if len(self._hot) > MOST_RECENT:
            oldest = next((path for path, one in self._hot.items() if not one.live), None)
            self._hot.pop(oldest or "", None)

    def _look_at_hot(self, path: str, changes: Changes) -> None:
        hot = self._hot[path]
        now = time.monotonic()
        if now < hot.due:
            return
        candidate = candidate_at(path)
        if candidate is None:
            self._forget(path, changes)
        elif candidate.stamp != hot.stamp or hot.live:
            hot.stamp, hot.due = candidate.stamp, now + AGAIN
            changes.new.append(candidate)
        elif candidate.mtime_ns < (time.time() - RECENT) * 1e9:
            del self._hot[path]

    def _look_at_others(self, changes: Changes) -> None:
        """The next few of all files, so that each is looked at now and then."""
        rows = self._index.files_after(self._file_turn, IN_TURN)
        self._file_turn = rows[-1][0] if rows else 0
        for _, path, stamp in rows:
            # A stamp of 0 belongs to a folder that only looked like a run; its files are in the list themselves.
            if not stamp or path in self._hot or not any(is_below(path, root) for root in self._roots):
                continue
            candidate = candidate_at(path)
            if candidate is None:
                self._forget(path, changes)
            elif candidate.stamp != stamp:
                self._found(candidate, changes)

    def _forget(self, path: str, changes: Changes) -> None:
        changes.gone.append(path)
        self._hot.pop(path, None)
        self._names.pop(path, None)
        for folder in [one for one in self._folders if is_below(one, path)]:
            del self._folders[folder]


def _names_in(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()
