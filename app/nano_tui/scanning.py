"""The process that scans, which may begin before anybody listens.

It begins before Textual is loaded, on a processor that has nothing else to do then: when the first picture is there, so
are the first rows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from nano_agent.library.process import News, ScanProcess


class Scanning:
    """A `ScanProcess` and the folders that it began with."""

    def __init__(self, roots: Callable[[], Sequence[str | Path]], index: Path | None = None) -> None:
        """`roots` looks at the disk; it is called once, in a thread. Without `index` the user's own is kept true."""
        self._look = roots
        self._roots: Sequence[str | Path] | None = None
        self._looking = threading.Lock()
        self._telling = threading.Lock()
        self._told: Callable[[News], None] | None = None
        self._ended: Callable[[str], None] | None = None
        self._news: News | None = None
        self._why = ""
        self._started = False
        self.process = ScanProcess(index, self._to_scan, self._hear, self._end)

    def start(self) -> None:
        """Begin, unless it has begun; returns at once."""
        if not self._started:
            self._started = True
            self.process.start()

    def roots(self) -> Sequence[str | Path]:
        """Where it began. For threads: the first of them looks at the disk, the others wait; raises `OSError`."""
        with self._looking:
            if self._roots is None:
                self._roots = self._look()
            return self._roots

    def listen(self, told: Callable[[News], None], ended: Callable[[str], None]) -> None:
        """Hear in threads from now on what there is to tell, and at once what was told last."""
        with self._telling:
            self._told, self._ended = told, ended
            if self._news is not None:
                told(self._news)
            if self._why:
                ended(self._why)

    def _to_scan(self) -> Sequence[str | Path]:
        with suppress(OSError):
            return self.roots()
        return ()  # whoever opens the list says why

    def _hear(self, news: News) -> None:
        with self._telling:
            self._news = news
            if self._told is not None:
                self._told(news)

    def _end(self, why: str) -> None:
        with self._telling:
            self._why = why
            if self._ended is not None:
                self._ended(why)
