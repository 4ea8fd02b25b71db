"""Reading candidates in several processes at once, for the first scan of a large folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue

from nano_agent.library.candidates import Candidate
from nano_agent.library.pipes import receive, send, start
from nano_agent.library.reading import Reading, read_candidate, without_collector

WORTH_IT = 16_000_000
"""Bytes to read below which starting another process takes longer than it saves."""
MOST = 8
"""Processes in all; more than that wait for the disk."""
CHUNK_BYTES = 2_000_000
CHUNK_FILES = 64
_NICE = 10
"""Nicer than the process that scans, which somebody waits for; the app, which is nicest to, may just start."""


class Readers:
    """Reads candidates in this process and, when there is enough to read, in helpers, which begin as soon as they can.

    Each takes the next chunk when it is done with one, so readings come in no order. To be closed at the end, early or
    not: that ends the helpers.
    """

    def __init__(self) -> None:
        self._size = 0
        self._chunks: deque[list[Candidate]] = deque()
        self._more = threading.Condition()
        self._complete = False
        """Whether no more candidates will be added."""
        self._done: SimpleQueue[list[Reading] | None] = SimpleQueue()
        self._busy = 0
        """Helpers that may still have something to tell; each ends with a `None`."""
        self._threads: list[threading.Thread] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def add(self, candidates: Sequence[Candidate]) -> None:
        """More to read."""
        self._size += sum(candidate.size for candidate in candidates)
        with self._more:
            self._chunks.extend(_chunked(candidates))
            self._more.notify_all()
        if not self._threads and self._size >= WORTH_IT:
            self._busy = min(MOST, os.cpu_count() or 1) - 1
            self._threads = [threading.Thread(target=self._feed, daemon=True) for _ in range(self._busy)]
            for thread in self._threads:
                thread.start()

    def sort(self, key: Callable[[Candidate], int]) -> None:
        """Bring what nobody has begun to read into an order."""
        with self._more:
            waiting = sorted((one for chunk in self._chunks for one in chunk), key=key)
            self._chunks = deque(_chunked(waiting))

    def first(self, most: int) -> Iterator[Reading]:
        """Read the next few here and now."""
        while most > 0 and (chunk := self._next()) is not None:
            yield from map(read_candidate, chunk)
            most -= len(chunk)

    def ready(self) -> Iterator[Reading]:
        """What the helpers have read so far, without waiting for them."""
        while not self._done.empty():
            yield from self._taken()

    def rest(self) -> Iterator[Reading]:
        """Read all that is left, in this process too; nothing can be added any more."""
        with self._more:
            self._complete = True
            self._more.notify_all()
        while True:
            # A helper that died has put its chunk back, so the end is only where nobody is busy.
            for candidate in self._next() or ():
                yield read_candidate(candidate)
                yield from self.ready()
            if not self._chunks:
                if not self._busy:
                    return
                yield from self._taken()

    def close(self) -> None:
        """End the helpers, whatever they are at."""
        with self._more:
            self._complete = True
            self._chunks.clear()
            self._more.notify_all()
        for process in self._processes:
            process.kill()
        for thread in self._threads:
            thread.join()

    def _taken(self) -> Sequence[Reading]:
        """What a helper has read; waits for one."""
        readings = self._done.get()
        self._busy -= readings is None
        return readings or ()

    def _next(self, wait: bool = False) -> list[Candidate] | None:
        with self._more:
            while wait and not self._chunks and not self._complete:
                self._more.wait()
            return self._chunks.popleft() if self._chunks else None

    def _feed(self) -> None:
        """A thread that keeps one helper busy."""
        try:
            process = start("helpers")
        except OSError:
            self._done.put(None)
            return
        self._processes.append(process)
        with process:
            self._keep_busy(process)
        self._done.put(None)

    def _keep_busy(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        chunk: list[Candidate] | None = None
        try:
            while (chunk := self._next(wait=True)) is not None:
                send(process.stdin, [tuple(candidate) for candidate in chunk])
                readings = receive(process.stdout)
                self._done.put([Reading(one, *values) for one, values in zip(chunk, readings, strict=True)])
        except (OSError, EOFError):
            # What a helper was at when it died is read again by another.
            self._chunks.append(chunk or [])
            with suppress(OSError):
                process.stdin.close()


def _chunked(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    chunk, size = list[Candidate](), 0
    for candidate in candidates:
        chunk.append(candidate)
        size += candidate.size
        if size >= CHUNK_BYTES or len(chunk) >= CHUNK_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def main() -> None:
    """The helper: read what comes in, answer, and end with the other side."""
    os.nice(_NICE)
    with without_collector():
        try:
            while True:
                candidates = [Candidate(*values) for values in receive(sys.stdin.buffer)]
                readings = [read_candidate(candidate) for candidate in candidates]
                send(sys.stdout.buffer, [(one.rows, one.live, one.why) for one in readings])
        except (EOFError, OSError):
            return
