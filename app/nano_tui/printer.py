"""What happens in a run, as lines and pieces of text on a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from nano_agent.events import (
    Asked,
    Decided,
    Ended,
    Event,
    MessageAdded,
    Redoing,
    ReplyCut,
    Steered,
    ToolEnded,
    ToolOutput,
    ToolStarted,
)
from nano_agent.models.base import ReasoningPiece, Retrying, TextPiece, Warned
from nano_widgets.safe import safe

_SHOWN_OUTPUT = 2000


class Printer:
    """Writes what happens as it happens, safely, reasoning dimmed where the terminal can."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        styled = self._out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._dim, self._plain = ("\x1b[2m", "\x1b[0m") if styled else ("", "")
        self._at_start = True
        self._thinking = False
        self._shown = 0
        self.on_lost: Callable[[], None] = lambda: None
        """Called when nobody can read what is printed: the terminal was closed, or the pipe."""

    def begun(self, folder: Path, sandbox: str = "") -> None:
        """Say where to look from elsewhere, and where commands run."""
        where = f"  ({safe(sandbox)})" if sandbox else ""
        self._line(f"{self._dim}{safe(str(folder))}{where}{self._plain}")

    def ask(self, text: str) -> None:
        """Print a question, on a line of its own, and leave the cursor behind it."""
        self._piece(("" if self._at_start else "\n") + safe(text), ends=False)

    def answered(self) -> None:
        """The person has pressed Enter, which the terminal has shown."""
        self._at_start = True

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
            case MessageAdded(index, {"role": "user", "content": str(text)}, answers=False) if index > 1:
                self._line(safe(text))
            case Retrying(wait=wait, reason=reason):
                self._line(f"! {safe(reason)}; next try in {wait:.0f} s")
            case Warned(text):
                self._line(f"! {safe(text)}")
            case Redoing(number, of, action):
                self._line(f"{self._dim}again, {number} of {of}: {safe(action)}{self._plain}")
            case Ended(exit_status=status, reason=reason):
                self._line(f"{safe(status)}: {safe(reason)}")
            case _:
                self._steering(event)

    def _steering(self, event: Event) -> None:
        """What people have to do with it."""
        match event:
            case Asked(name=name, text=text, edits="limits"):
                self._line(f"? {safe(text)}; the run waits for a higher {safe(name)}")
            case Asked(name=name, text=text, edits=edits):
                what = "type what is to run" if edits == "action" else f"{safe(name)} waits for approval"
                self._line(f"? {what}" + (f":\n{safe(text)}" if text else ""))
            case Decided(decision=decision, ask=ask) if ask:
                self._line(f"{self._dim}  {safe(decision)}{self._plain}")
            case Steered(do=do, outcome="refused", why=why):
                self._line(f"! {safe(do)}: refused: {safe(why)}")
            case ReplyCut(why):
                self._line(f"! cut off: {safe(why)}")
            case _:
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
                send_nowhere(self._out)
                self.on_lost()


def send_nowhere(stream: TextIO) -> None:
    """Nobody is there any more to read it; what Python still holds must go somewhere when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
