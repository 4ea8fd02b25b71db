"""The process of one launched run: `python -m nano_agent.worker`, a `RunSpec` as JSON on standard input."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from nano_agent.checks import CannotStart
from nano_agent.control import Inbox
from nano_agent.events import Event, Redoing
from nano_agent.own_process import keep_to_itself
from nano_agent.runs import make_run
from nano_agent.spec import RunSpec
from nano_agent.starting import BEGUN, REFUSED, as_line


def main() -> None:
    """Fork away from the starter, check, and run to the end."""
    spec = RunSpec.from_dict(json.loads(sys.stdin.buffer.read()))
    if os.fork():
        # The starter is done: it is waited for at once, so that the run is nobody's zombie later.
        os._exit(0)
    sys.exit(work(spec))


def work(spec: RunSpec) -> int:
    """Be the process of this run, which says on standard output what becomes of it; the exit code."""
    keep_to_itself()
    try:
        run = make_run(spec, _tell)
        stop_on_signals(run.inbox)
        run.execute(_begun)
    except CannotStart as error:
        _say(REFUSED + str(error).encode("utf-8", "replace"))
        return 1
    return 0


def stop_on_signals(inbox: Inbox) -> None:
    """A signal ends the run as a stop command does; the terminal it was started from may go away."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: inbox.stop(signal.Signals(received).name))


def _tell(event: Event) -> None:
    """What a fork does again takes long, and comes before there is a folder that could be followed."""
    if isinstance(event, Redoing):
        _say(as_line(event))


def _begun(folder: Path) -> None:
    """Tell the starter where the run is, and from then on write whatever a library prints to the run's log."""
    _say(BEGUN + os.fsencode(folder))
    log = os.open(folder / "run.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(log)
    os.close(nothing)


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
