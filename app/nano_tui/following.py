"""Following one run: what is new in its folder, many times a second, while somebody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nano_agent.record import Update
    from nano_agent.record.follower import Follower
    from nano_agent.trajectory import Trajectory

LOOK_EVERY = 0.03
"""Seconds between two looks at a folder that somebody watches."""
SLEEP = 0.2
"""Seconds between two looks at whether somebody watches again."""


class Watcher(Protocol):
    """Shows a run that is going. Called on the app's thread only, and never while the folder is being read."""

    def begin(self, trajectory: Trajectory, first: Update) -> None:
        """Everything there is so far."""

    def go_on(self, update: Update) -> None:
        """Something is new."""

    def end(self, trajectory: Trajectory) -> None:
        """The run is over; this is all of it."""

    def gone(self) -> None:
        """The folder is not there any more."""


async def follow(folder: Path, watcher: Watcher, seen: Callable[[], bool]) -> None:
    """Follow the run in this folder until it ends; looks only while `seen` says that somebody sees it."""
    trajectory, follower, update = await asyncio.to_thread(_begin, folder)
    watcher.begin(trajectory, update)
    while not update.state.ended:
        if not seen():
            await asyncio.sleep(SLEEP)
            continue
        await asyncio.sleep(LOOK_EVERY)
        update, there = await asyncio.to_thread(_look, follower)
        if not there:
            watcher.gone()
            return
        if update.changed:
            watcher.go_on(update)
    watcher.end(await asyncio.to_thread(_read, folder))


def _begin(folder: Path) -> tuple[Trajectory, Follower, Update]:
    from nano_agent.record.follower import Follower

    trajectory = _read(folder)
    follower = Follower(folder)
    first = follower.poll()
    # Between the two looks the history may have grown; the follower's count is the one that goes on.
    return replace(trajectory, messages=first.messages), follower, first


def _look(follower: Follower) -> tuple[Update, bool]:
    update = follower.poll()
    return update, update.changed or follower.files.folder.is_dir()


def _read(folder: Path) -> Trajectory:
    from nano_agent.formats.nano_run import read_run

    return read_run(folder)
