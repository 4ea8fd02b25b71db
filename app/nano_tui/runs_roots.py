"""Which folders there are to look into, looked at again and again: some come while the app is open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

ROOTS_EVERY = 3.0
"""Seconds between two looks; one takes a millisecond or two."""


class RootsWatch:
    """Looks at the folders in a thread of its own, which nobody ever waits for.

    A folder on a network may keep that thread for minutes. In one of those that also answer queries, a look every few
    seconds would soon have taken all of them.
    """

    def __init__(self, roots: Callable[[], Sequence[Path]], changed: Callable[[list[str]], None]) -> None:
        """`changed` is called in the thread when others than before are there, with the outermost of the folders."""
        self._roots = roots
        self._changed = changed
        self._known: list[str] = []
        self._wake = threading.Event()
        self._over = False

    def start(self, known: list[str]) -> None:
        """Begin to look; `known` are the folders that there were."""
        self._known = known
        threading.Thread(target=self._run, name="roots", daemon=True).start()

    def look_again(self) -> None:
        """There may be other folders now: look at once, or as soon as the look that goes on is done."""
        self._wake.set()

    def close(self) -> None:
        """Look no more."""
        self._over = True
        self._wake.set()

    def _run(self) -> None:
        from nano_agent.library.walk import outermost

        there = _there(self._known)
        while True:
            self._wake.wait(ROOTS_EVERY)
            self._wake.clear()
            if self._over:
                return
            roots = outermost(self._roots())
            before, there = (self._known, there), _there(roots)
            if (roots, there) != before and not self._over:
                self._known = roots
                self._changed(roots)


def _there(folders: Sequence[str]) -> list[str]:
    """Those that are there: a folder that was named may be made later."""
    return [folder for folder in folders if os.path.exists(folder)]  # noqa: PTH110 - one that is shut is no error
