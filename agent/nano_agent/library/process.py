"""Scanning, watching and indexing text in a process of their own, so that an app never waits for any of it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nano_agent.library.pipes import receive, send, start

_PATIENCE = 2.0
"""Seconds that the process is given to end by itself."""


@dataclass(frozen=True, slots=True)
class News:
    """What the process is at, and whether a query would now find something else than before."""

    changed: bool
    """Whether rows were added, changed or removed since the last news. What grows of the full-text index is no such
    change: a query with words may find less when `text_done` is more."""
    scanning: bool
    """Whether the folders are being gone through; else they are watched."""
    found: int = 0
    """Files and run folders that may hold trajectories."""
    to_read: int = 0
    """How many of them are new or changed; grows while the folders are walked."""
    read: int = 0
    bytes_to_read: int = 0
    bytes_read: int = 0
    problems: tuple[str, ...] = ()
    """What could not be looked at, a sentence each."""
    text_done: int = 0
    """Runs whose words are in the full-text index."""
    text_total: int = 0


class ScanProcess:
    """A process that keeps the index true for some roots until it is closed or its owner ends, however that is.

    It is spawned, never forked. News come at most ten times a second, in a thread of this object's own. When the
    process cannot be started, or dies, `ended` is called with the reason.
    """

    def __init__(
        self,
        index: Path | None,
        roots: Callable[[], Sequence[str | Path]],
        told: Callable[[News], None],
        ended: Callable[[str], None] = lambda why: None,
        text: bool = True,
    ) -> None:
        """`index` is the index's file (`Library.index.database.path`), `None` for the user's own.

        `roots` may look at the disk: it is called in this object's thread while the process loads what it needs.
        `text` asks for the full-text index too.
        """
        self._told, self._ended = told, ended
        self._index, self._roots, self._text = index, roots, text
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._listen, name="library news", daemon=True)
        self._lock = threading.Lock()
        self._begun = self._closed = False

    def start(self) -> None:
        """Start the process; returns at once."""
        self._thread.start()

    def look_at(self, roots: Sequence[str | Path]) -> None:
        """Scan and watch these roots from now on; also to have the same ones scanned once more."""
        self._tell(("roots", [str(root) for root in roots]))

    def rest(self, seconds: float) -> None:
        """Leave the text for so long: somebody asks for something, and should not have to share the processor."""
        self._tell(("rest", seconds))

    def close(self) -> None:
        """End the process and wait for it, two seconds at most."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            # Its input ends, and so does it; what it has read is stored.
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
            self._thread.join(_PATIENCE)
            if self._thread.is_alive():
                process.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _tell(self, command: tuple[str, object]) -> None:
        process = self._process
        if process is not None and process.stdin is not None and self._begun and not self._closed:
            # A process that is gone has said so in its own way.
            with suppress(OSError, ValueError):
                send(process.stdin, command)

    def _listen(self) -> None:
        try:
            with self._lock:
                if self._closed:
                    return
                self._process = process = start("worker")
        except OSError as error:
            self._ended(f"the process that scans could not be started: {error}")
            return
        # Leaving it closes the pipes and waits for the end.
        with process:
            self._begin(process)
            self._hear(process)
        if not self._closed:
            self._ended(f"the process that scans has ended by itself (exit code {process.returncode})")

    def _begin(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        index = None if self._index is None else str(self._index)
        first = (index, [str(root) for root in self._roots()], self._text)
        # A process that is gone has said so in its own way.
        with suppress(OSError, ValueError):
            send(process.stdin, ("begin", first))
        self._begun = True

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with suppress(EOFError, OSError, ValueError):
            while True:
                self._told(News(*receive(process.stdout)))
