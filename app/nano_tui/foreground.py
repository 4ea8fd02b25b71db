"""A run in this terminal: streamed to standard error, its folder and diff on standard output."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

from nano_agent.checks import CannotStart
from nano_agent.events import Event
from nano_agent.finishing import Outcome
from nano_agent.own_process import keep_to_itself
from nano_agent.runs import make_run
from nano_agent.spec import RunSpec
from nano_tui.commands.starting import refused, say_folder
from nano_tui.person import Person
from nano_tui.printer import Printer, send_nowhere
from nano_widgets.safe import safe

INTERRUPTED = 130


def run_in_foreground(spec: RunSpec, command: str = "run") -> int:
    """Run it here; returns the exit code.

    On a terminal Ctrl-C interrupts what goes on and asks what to do; elsewhere, and at the second time, it ends the run
    in order; once more, at once.
    """
    keep_to_itself()
    printer = Printer(sys.stderr)
    person: Person | None = None

    def emit(event: Event) -> None:
        printer.show(event)
        if person is not None:
            person.hear(event)

    try:
        run = make_run(spec, emit)
    except CannotStart as error:
        return refused(command, str(error))
    printer.on_lost = lambda: run.inbox.stop("the end of its terminal")
    if Person.is_there():
        person = Person(run, printer)

    def on_signal(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and person is not None and person.press_ctrl_c():
            return
        run.inbox.stop("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        outcome = run.execute(lambda folder: printer.begun(folder, f"commands run in {run.sandbox.name}"))
    except CannotStart as error:
        return refused(command, str(error))
    try:
        _print_outcome(run.folder, run.recorder.files.diff, outcome.diff)
    except OSError:
        send_nowhere(sys.stdout)
    return _exit_code(outcome)


def _print_outcome(folder: Path, path: Path, diff: str) -> None:
    """The diff harmless on a terminal; for a pipe the bytes as they are, so that `git apply` can take them."""
    say_folder(folder)
    if diff and sys.stdout.isatty():
        sys.stdout.buffer.write(f"\n{safe(diff)}".encode())
    elif diff:
        sys.stdout.buffer.write(b"\n" + path.read_bytes())
    sys.stdout.buffer.flush()


def _exit_code(outcome: Outcome) -> int:
    if outcome.exit_status == "interrupted":
        return INTERRUPTED
    return 0 if outcome.exit_status == "done" else 1
