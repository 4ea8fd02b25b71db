"""Several runs of one task from the command line: started, followed to their ends, and summed up."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from nano_agent.control import request_stop
from nano_agent.launch import launch
from nano_agent.record.run_watch import RunWatch
from nano_agent.several import launch_all, samples_of
from nano_agent.spec import RunSpec
from nano_agent.starting import LaunchError
from nano_tui.commands.starting import refused, say_folder
from nano_widgets.safe import safe
from nano_widgets.units import count, dollars, seconds

INTERRUPTED = 130
LOOK_EVERY = 0.25
"""Seconds between two looks at the runs."""


def run_several(spec: RunSpec, count: int, *, detach: bool) -> int:
    """Run it `count` times; the folders go to standard output, what happens to standard error; the exit code."""
    if detach:
        return 0 if len(_started(spec, count)) == count else 1
    folders: list[Path] = []
    with _stopping(folders) as stopped:
        folders += _started(spec, count)
        if stopped:
            # It came while they were being started.
            _stop(folders)
        done = _follow(folders)
    if folders:
        _say(f"{done} of {count} done")
    return INTERRUPTED if stopped else 0 if done == count else 1


def _started(spec: RunSpec, count: int) -> list[Path]:
    """Start them; the folders of those that could be, which are printed, as is why others could not."""
    answers = launch_all(samples_of(spec, count), launch)
    folders = [answer for answer in answers if isinstance(answer, Path)]
    for reason in dict.fromkeys(str(answer) for answer in answers if isinstance(answer, LaunchError)):
        refused("run", reason)
    for folder in folders:
        say_folder(folder)
    return folders


def _follow(folders: list[Path]) -> int:
    """Wait for all of them, a line for each end; how many were done."""
    watches = {number: RunWatch(folder) for number, folder in enumerate(folders, 1)}
    started, done = time.time(), 0
    while watches:
        for number, watch in list(watches.items()):
            watch.poll()
            if watch.state.ended:
                del watches[number]
                done += watch.state.exit_status == "done"
                _say(_line(number, watch, time.time() - started))
        if watches:
            time.sleep(LOOK_EVERY)
    return done


def _line(number: int, watch: RunWatch, lasted: float) -> str:
    """How one of them ended."""
    state = watch.state
    cost = dollars(state.cost_usd, state.cost_estimated)
    why = state.detail if state.exit_status != "done" else ""
    parts = [f"{number}", f"{state.exit_status}", count(state.step, "step"), cost, seconds(lasted), why]
    return "  ".join(part for part in parts if part)


@contextmanager
def _stopping(folders: list[Path]) -> Iterator[list[int]]:
    """Ctrl-C stops all of them in order; a second one leaves them to themselves. Yields the signals that came."""
    came: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        came.append(number)
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        _stop(folders)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(folders: list[Path]) -> None:
    for folder in folders:
        try:
            request_stop(folder)
        except OSError as error:
            _say(f"{folder}: {error}")


def _say(line: str) -> None:
    print(safe(line, keep_newlines=False), file=sys.stderr, flush=True)
