"""The process behind `ScanProcess`: it scans, then watches, and indexes text while nothing else is to do."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from nano_agent.library.index import Index
from nano_agent.library.pipes import receive, send
from nano_agent.library.process import News
from nano_agent.library.reading import Reading, read_candidate, without_collector
from nano_agent.library.scan import Progress, Scan
from nano_agent.library.watch import Changes, Watch

if TYPE_CHECKING:
    from nano_agent.library.text_index import TextIndex

LOOK_EVERY = 0.4
"""Seconds between two looks at what is watched."""
TELL_EVERY = 0.1
TEXT_SLICE = 0.2
"""Seconds of indexing text between two looks."""
SCAN_AGAIN = 120.0
"""Seconds after which everything is scanned again in any case; more when a scan takes long."""
_REST = 30.0
_NICE = 5


class Worker:
    """Keeps one index true for some roots, and tells what it does."""

    def __init__(self, index: Index, roots: Sequence[str], text: bool) -> None:
        self._index = index
        self._roots = list(roots)
        self._wants_text = text
        self._text: TextIndex | None = None
        self._more_text = False
        self._rest_until = 0.0
        """Until when, on the monotonic clock, no text is indexed."""
        self._orders: SimpleQueue[Any] = SimpleQueue()
        self._over = threading.Event()
        self._progress = Progress()
        self._changed = False
        self._told_at = 0.0
        self._told: News | None = None

    def run(self) -> None:
        """Work until the owner is gone."""
        threading.Thread(target=self._listen, daemon=True).start()
        with without_collector():
            while not self._over.is_set():
                self._scan_and_watch()

    def _listen(self) -> None:
        try:
            while True:
                order = receive(sys.stdin.buffer)
                if order[0] == "rest":
                    self._rest_until = time.monotonic() + order[1]
                else:
                    self._orders.put(order)
        except (EOFError, OSError):
            self._over.set()
            self._orders.put(None)

    def _scan_and_watch(self) -> None:
        """One scan, then watching until there are other roots or it is time for the next scan."""
        began = time.monotonic()
        self._index.database.run(lambda db: None)  # a file that went away is there again, and empty
        file = self._index.database.file
        scan = Scan(self._index, self._roots, self._report, self._interrupted)
        self._progress = scan.run()
        if self._over.is_set():
            return
        self._changed = self._changed or self._progress.removed > 0
        self._tell(now=True)
        watch = Watch(self._index, scan.walk)
        until = time.monotonic() + max(SCAN_AGAIN, _REST * (time.monotonic() - began))
        self._begin_text()
        while time.monotonic() < until and not self._new_orders(LOOK_EVERY) and self._index.database.file == file:
            try:
                self._look(watch)
                self._index_text()
            except sqlite3.OperationalError as error:
                # The disk is full, or another process holds the file for ever: the next scan tries again.
                self._more_text = False
                self._progress.problems.append(f"the index of trajectories cannot be written: {error}")
            self._tell()

    def _begin_text(self) -> None:
        # Loaded once there are rows to see, which are what somebody is waiting for.
        from nano_agent.library.text_index import TextIndex

        if self._wants_text:
            self._text = self._text or TextIndex(self._index)
            self._more_text = True

    def _look(self, watch: Watch) -> None:
        changes: Changes = watch.look()
        readings = list[Reading]()
        for candidate in changes.new:
            began = time.monotonic()
            readings.append(reading := read_candidate(candidate))
            watch.took(candidate, reading.live, time.monotonic() - began)
        if changes.gone:
            self._index.forget(changes.gone)
        if readings:
            self._index.store(readings)
            self._more_text = self._text is not None
        self._changed = self._changed or bool(changes)

    def _index_text(self) -> None:
        if self._text is not None and self._more_text and not self._is_to_rest():
            self._more_text = self._text.build(TEXT_SLICE, lambda: self._interrupted() or self._is_to_rest())

    def _is_to_rest(self) -> bool:
        return time.monotonic() < self._rest_until

    def _interrupted(self) -> bool:
        return not self._orders.empty()

    def _new_orders(self, seconds: float) -> bool:
        """Wait for so long, less while there is text to index; whether to scan anew, or end."""
        try:
            order = self._orders.get(timeout=TEXT_SLICE / 4 if self._more_text else seconds)
        except Empty:
            return False
        if order is not None and order[0] == "roots":
            self._roots = order[1]
        return True

    def _report(self, progress: Progress) -> None:
        self._progress = progress
        self._changed = self._changed or progress.read > 0
        self._tell()

    def _tell(self, now: bool = False) -> None:
        """Send the news if there are any, at most so often."""
        moment = time.monotonic()
        if not now and moment - self._told_at < TELL_EVERY:
            return
        progress, text = self._progress, self._text.progress() if self._text else None
        news = News(
            self._changed,
            not progress.finished,
            progress.found,
            progress.to_read,
            progress.read,
            progress.bytes_to_read,
            progress.bytes_read,
            tuple(progress.problems),
            text.done if text else 0,
            text.total if text else 0,
        )
        if news == self._told and not self._changed:
            return
        self._told, self._told_at, self._changed = news, moment, False
        try:
            send(sys.stdout.buffer, astuple(news))
        except OSError:
            self._over.set()


def main() -> None:
    """Wait to be told what to do, and do it."""
    os.nice(_NICE)
    try:
        _, (path, roots, text) = receive(sys.stdin.buffer)
    except (EOFError, OSError):
        return
    index = Index(None if path is None else Path(path))
    try:
        Worker(index, roots, text).run()
    finally:
        index.close()
