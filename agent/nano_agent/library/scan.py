"""Bringing the index up to date with what is on disk: only what is new or changed is read, the newest first."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nano_agent.library.candidates import Candidate
from nano_agent.library.helpers import Readers
from nano_agent.library.index import Index
from nano_agent.library.reading import Reading, read_candidate, readers_in_force, without_collector
from nano_agent.library.walk import Walk, files_in

FIRST_LOOK = 0.1
"""Seconds of walking after which the newest files found so far are read, so that there is something to show."""
FIRST_ROWS = 100
FEWER = 0.3
"""Seconds of walking after which they are read though they are fewer: a large folder is listed before one is found."""
STORE_EVERY = 0.25
"""Seconds of reading that go into one transaction."""


@dataclass(slots=True)
class Progress:
    """How far a scan is. The same object changes as the scan goes on."""

    found: int = 0
    """Files and run folders that may hold trajectories."""
    walked: bool = False
    """Whether `found` and the totals are final."""
    to_read: int = 0
    """How many of them are new or changed."""
    bytes_to_read: int = 0
    read: int = 0
    bytes_read: int = 0
    removed: int = 0
    """Files that are gone since the last scan."""
    finished: bool = False
    problems: list[str] = field(default_factory=list)
    """What could not be looked at, a sentence each."""


class Scan:
    """One scan of some roots into an index. `run` does all of it; it may be cancelled from anywhere at any time."""

    def __init__(
        self,
        index: Index,
        roots: Sequence[str | Path],
        report: Callable[[Progress], None] = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.walk = Walk(roots)
        """Its walk, which `Watch` goes on from."""
        self.progress = Progress()
        self._index = index
        self._report = report
        self._cancelled = cancelled
        self._seen: set[str] = set()
        self._batch: list[Reading] = []
        self._began = 0.0
        self._shown = self._full = False

    def run(self) -> Progress:
        """Scan. A scan that was cancelled keeps what it has read."""
        readers = Readers()
        try:
            with without_collector():
                self._find(readers)
                self._take(readers.rest())
                self._store()
                if not self._over():
                    self._finish()
        finally:
            readers.close()
        return self.progress

    def _find(self, readers: Readers) -> None:
        """Walk, and hand on what is new; in a large folder have something to show for it after a short while."""
        if self._index.get("readers") != (in_force := readers_in_force()):
            self._index.read_all_again()
            self._index.put("readers", in_force)
        known = self._index.known(self.walk.roots)
        started, progress = time.monotonic(), self.progress
        for found in self.walk:
            self._seen.update(candidate.path for candidate in found)
            wanted = [candidate for candidate in found if known.get(candidate.path) != candidate.stamp]
            progress.found += len(found)
            progress.to_read += len(wanted)
            progress.bytes_to_read += sum(candidate.size for candidate in wanted)
            readers.add(wanted)
            self._take(readers.ready())
            if self._over():
                return
            enough = FIRST_LOOK if progress.to_read >= FIRST_ROWS else FEWER
            if wanted and not self._shown and time.monotonic() - started > enough:
                readers.sort(_newest_first)
                self._take(readers.first(FIRST_ROWS))
                self._store()
        readers.sort(_newest_first)
        progress.walked = True
        progress.problems += self.walk.problems
        self._report(progress)

    def _take(self, readings: Iterable[Reading]) -> None:
        """Take readings, and store them a little at a time so that they can be seen."""
        for reading in readings:
            # Counted from the first reading on: the readers' modules are loaded for that one.
            self._began = self._began or time.monotonic()
            self._batch.append(self._whole(reading))
            if time.monotonic() - self._began > (STORE_EVERY if self._shown else FIRST_LOOK):
                self._store()
            if self._over():
                return

    def _whole(self, reading: Reading) -> Reading:
        """Count a reading; a folder that only looked like a run has its files read one by one."""
        candidate = reading.candidate
        self.progress.read += 1
        self.progress.bytes_read += candidate.size
        if reading.rows or not Path(candidate.path).is_dir():
            return reading
        inside = files_in(candidate.path)
        self._seen.update(one.path for one in inside)
        self._index.store([read_candidate(one) for one in inside])
        # Its stamp says nothing of those files, so it is looked at again each time.
        return Reading(Candidate(candidate.path, candidate.size, candidate.mtime_ns, 0), (), False, reading.why)

    def _store(self) -> None:
        batch, self._batch, self._began = self._batch, [], 0.0
        if not batch or self._full:
            return
        try:
            self._index.store(batch)
        except sqlite3.OperationalError as error:
            # The disk is full, or another process holds the file for ever: what is listed already stays.
            self._full = True
            self.progress.problems.append(f"the index of trajectories cannot be written: {error}; the list has gaps")
        self._shown = True
        self._report(self.progress)

    def _over(self) -> bool:
        return self._full or self._cancelled()

    def _finish(self) -> None:
        self.progress.removed = self._index.prune(self.walk.roots, self._seen, self.walk.unseen)
        self._index.scanned(self.walk.roots)
        self.progress.finished = True
        self._report(self.progress)


def _newest_first(candidate: Candidate) -> int:
    return -candidate.mtime_ns
