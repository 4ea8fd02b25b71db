"""A run in this terminal: streamed to standard error, its folder and diff on standard output."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TextIO

from nano_agent.checks import CannotStart
from nano_agent.events import Ended, Event, MessageAdded, ToolEnded, ToolOutput, ToolStarted
from nano_agent.models.base import CallPiece, ReasoningPiece, Retrying, TextPiece, Warned
from nano_agent.run import Outcome
from nano_agent.runs import make_run
from nano_agent.spec import RunSpec
from nano_tui.commands.starting import refused
from nano_widgets.safe import safe

INTERRUPTED = 130
_SHOWN_OUTPUT = 2000


def run_in_foreground(spec: RunSpec, command: str = "run") -> int:
    """Run it here; returns the exit code. Ctrl-C ends the run in order; a second one at once."""
    printer = Printer()
    try:
        run = make_run(spec, printer.show)
    except CannotStart as error:
        return refused(command, str(error))
    printer.on_lost = lambda: run.inbox.stop("the end of its terminal")

    def on_signal(number: int, frame: FrameType | None) -> None:
        run.inbox.stop("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        outcome = run.execute(printer.begun)
    except CannotStart as error:
        return refused(command, str(error))
    try:
        _print_outcome(run.folder, run.recorder.files.diff, outcome.diff)
    except OSError:
        _send_nowhere(sys.stdout)
    return _exit_code(outcome)


def _print_outcome(folder: Path, path: Path, diff: str) -> None:
    """The diff harmless on a terminal; for a pipe the bytes as they are, so that `git apply` can take them."""
    sys.stdout.buffer.write(os.fsencode(f"{folder}\n"))
    if diff and sys.stdout.isatty():
        sys.stdout.buffer.write(f"\n{safe(diff)}".encode())
    elif diff:
        sys.stdout.buffer.write(b"\n" + path.read_bytes())
    sys.stdout.buffer.flush()


def _exit_code(outcome: Outcome) -> int:
    if outcome.exit_status == "interrupted":
        return INTERRUPTED
    return 0 if outcome.exit_status == "done" else 1


def _send_nowhere(stream: TextIO) -> None:
    """Nobody is there any more to read it; what Python still holds must go somewhere when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class Printer:
    """Writes what happens as it happens, safely, reasoning dimmed where the terminal can."""

    def __init__(self) -> None:
        self._out: TextIO = sys.stderr
        styled = self._out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._dim, self._plain = ("\x1b[2m", "\x1b[0m") if styled else ("", "")
        self._at_start = True
        self._thinking = False
        self._shown = 0
        self.on_lost: Callable[[], None] = lambda: None
        """Called when nobody can read what is printed: the terminal was closed, or the pipe."""

    def begun(self, folder: Path) -> None:
        """Say where to look from elsewhere."""
        self._line(f"{self._dim}{safe(str(folder))}{self._plain}")

    def show(self, event: Event) -> None:
        """Print one event; most say nothing here."""
        match event:
            case TextPiece(text):
                if self._thinking and not self._at_start:
                    self._piece("\n")
                self._thinking = False
                self._piece(safe(text))
            case ReasoningPiece(text):
                self._thinking = True
                self._piece(f"{self._dim}{safe(text)}{self._plain}", ends=text.endswith("\n"))
            case ToolStarted(name=name, summary=summary):
                self._shown = 0
                self._line(f"> {safe(name)}  {safe(summary)}")
            case ToolOutput(text=text):
                self._output(text)
            case ToolEnded(name=name, seconds=seconds, exit_code=code, failed=failed):
                verdict = f"exit {code}" if code is not None else "failed" if failed else "ok"
                self._line(f"{self._dim}  {verdict}  {seconds:.1f} s{self._plain}")
            case MessageAdded(message={"role": "user", "content": str(text)}, index=index) if index > 1:
                self._line(safe(text))
            case Retrying(wait=wait, reason=reason):
                self._line(f"! {safe(reason)}; next try in {wait:.0f} s")
            case Warned(text):
                self._line(f"! {safe(text)}")
            case Ended(exit_status=status, reason=reason):
                self._line(f"{status}: {safe(reason)}")
            case CallPiece() | _:
                pass

    def _output(self, text: str) -> None:
        """The start of a command's output; the rest is in the run folder."""
        shown = text[: max(_SHOWN_OUTPUT - self._shown, 0)]
        cut = "..." if shown and len(shown) < len(text) else ""
        self._piece(
            f"{self._dim}{safe(shown)}{cut}{self._plain}" if shown else "", ends=shown.endswith("\n") and not cut
        )
        self._shown += len(text)

    def _line(self, text: str) -> None:
        self._piece(("" if self._at_start else "\n") + text + "\n")

    def _piece(self, text: str, ends: bool | None = None) -> None:
        if text:
            self._at_start = text.endswith("\n") if ends is None else ends
            try:
                self._out.write(text)
                self._out.flush()
            except OSError:
                _send_nowhere(self._out)
                self.on_lost()
