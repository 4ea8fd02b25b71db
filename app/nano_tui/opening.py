"""Opening what is saved: small files at once, large ones while they are gone through, a path straight to its run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nano_widgets.looks import Looker

if TYPE_CHECKING:
    from nano_agent.formats.stored import StoredMessages
    from nano_agent.library.summary import Summary
    from nano_agent.trajectory import Message, Trajectory

TELL_EVERY, TELL_RARELY = 0.2, 0.05
"""Seconds between two times that the screen is told how far a file was read; at least this share of those so far.

Each time costs more the more there is.
"""
_SESSIONS = frozenset(
    ("claude_code", "claude_stream_json", "codex", "codex_exec", "pi", "gemini_cli", "mini_swe_agent")
)
"""Formats whose files hold one run each."""


class GivenUp(Exception):
    """Nobody waits for the file any more."""


class FirstLook:
    """Told by a reader of the messages of a large file; tells the screen, on its own thread."""

    def __init__(self, tell: Callable[[StoredMessages, float], None]) -> None:
        self.given_up = False
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._looker = Looker()
        self._begun = time.monotonic()
        self._next = 0.0

    def look(self, message: Message) -> int:
        """See `Watch.look`."""
        return self._looker.look(message)

    def told(self, messages: StoredMessages, share: float) -> None:
        """See `Watch.told`."""
        if self.given_up:
            raise GivenUp
        now = time.monotonic()
        if now >= self._next and len(messages) > 1:
            self._next = now + max(TELL_EVERY, TELL_RARELY * (now - self._begun))
            self._loop.call_soon_threadsafe(self._tell, messages, share)


class Sample(NamedTuple):
    """One of the trajectories in a file."""

    name: str | None = None
    """`None` for the first, or the only one."""
    place: int | None = None
    """Where it is in the file; `None` when that is not known."""


FIRST = Sample()


def sample_of(run: Summary) -> Sample:
    """A listed run in its file; the list's word for where it is there holds as long as the file is the same."""
    try:
        now = Path(run.path).stat()
    except OSError:
        return Sample(run.sample)
    same = (now.st_size, now.st_mtime_ns) == (run.size, run.mtime_ns)
    return Sample(run.sample, run.place if same else None)


def read_one(path: Path, sample: Sample, watch: FirstLook | None = None) -> Trajectory:
    """The trajectory at a path; raises `NotATrajectory`. For a thread."""
    from nano_agent.formats import NotATrajectory, read_sample

    trajectory = read_sample(path, *sample, watch)
    if trajectory is not None:
        return trajectory
    raise NotATrajectory(
        path, f"it holds no trajectory called {sample.name} any more" if sample.name else "it is empty"
    )


def holds_one_run(path: Path) -> bool:
    """Whether a path is one run, and not a folder or a table of many; reads no more than that takes. For a thread."""
    from nano_agent.formats import NotATrajectory, Source, recognise

    source = Source(path)
    try:
        reader = recognise(source)
        if reader is None:
            return False
        if reader.name in _SESSIONS or source.is_folder or path.name == "messages.jsonl":
            return True
        return len(list(islice(reader.read(source), 2))) == 1
    except NotATrajectory:
        return False
