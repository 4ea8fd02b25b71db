"""Finding the run that somebody means: a folder, an id or the beginning of one, or `latest`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from nano_agent.record.files import FORMAT, RunFiles
from nano_agent.record.run_watch import RunWatch

LATEST = "latest"
_ID = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-(?P<short>[0-9a-f]{8})\Z")
_SHOWN = 3


class NoSuchRun(Exception):
    """Nothing, or more than one thing, is called that; the message is a sentence."""


class HasEnded(NoSuchRun):
    """The run does not go on any more."""

    def __init__(self, name: str, exit_status: str) -> None:
        how = "its process vanished" if exit_status == "lost" else f"it has ended already ({exit_status})"
        super().__init__(f"{name}: {how}")
        self.exit_status = exit_status


def find_run(name: str, runs_dir: Path | None = None) -> Path:
    """The folder of the run of ours that is meant; raises `NoSuchRun`."""
    path = Path(name).expanduser()
    if os.path.lexists(path):
        return _of_ours(path)
    found = dict.fromkeys(_runs(runs_dir)) if name == LATEST else dict.fromkeys(_called(name, runs_dir))
    if not found:
        there = "there is no run yet" if name == LATEST else "no run is called that"
        raise NoSuchRun(f"{name}: {there}; give its folder, the beginning of its id, or {LATEST}")
    runs = sorted(found, key=lambda run: run.name)
    if name == LATEST or len(runs) == 1:
        return runs[-1]
    names = ", ".join(run.name for run in runs[:_SHOWN])
    raise NoSuchRun(f"{name}: {len(runs)} runs are called that: {names}{', ...' if len(runs) > _SHOWN else ''}")


def find_live_run(name: str, runs_dir: Path | None = None) -> RunWatch:
    """The run that is meant, which must go on; `latest` is the newest that does. Raises `NoSuchRun`."""
    if name == LATEST:
        newest = sorted(_runs(runs_dir), key=lambda run: run.name, reverse=True)
        watches = (_watch(run) for run in newest if not _has_ended(run))
        live = next((watch for watch in watches if not watch.state.ended), None)
        if live is None:
            raise NoSuchRun(f"{LATEST}: no run goes on")
        return live
    watch = _watch(find_run(name, runs_dir))
    if watch.state.ended:
        raise HasEnded(name, watch.state.exit_status or "")
    return watch


def _watch(folder: Path) -> RunWatch:
    watch = RunWatch(folder)
    # The first look reads what is written, the second asks for the process.
    watch.poll()
    watch.poll()
    return watch


def _of_ours(path: Path) -> Path:
    folder = (path if path.is_dir() else path.parent).absolute()
    if not _is_run(folder):
        raise NoSuchRun(f"{path}: this is no run of nano-tui")
    return folder


def _called(name: str, runs_dir: Path | None) -> Iterator[Path]:
    for run in _runs(runs_dir):
        match = _ID.match(run.name)
        if name and (run.name.startswith(name) or (match and match["short"].startswith(name))):
            yield run


def _runs(runs_dir: Path | None) -> Iterator[Path]:
    """The run folders in every place where runs are put."""
    from nano_tui.roots import roots

    for place in roots((), runs_dir):
        try:
            names = os.listdir(place)  # noqa: PTH208 - only names are needed, of many
        except OSError:
            continue
        yield from ((place / name).resolve() for name in names if _ID.match(name) and _is_run(place / name))


def _is_run(folder: Path) -> bool:
    try:
        with RunFiles(folder).metadata.open("rb") as file:
            return f'"{FORMAT}"'.encode() in file.read(4096)
    except OSError:
        return False


def _has_ended(folder: Path) -> bool:
    """A cheap look: an ended run has its statistics."""
    return RunFiles(folder).stats.exists()
