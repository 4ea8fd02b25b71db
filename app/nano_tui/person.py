"""The person at the terminal of a run in the foreground: what they are asked there, and what they type."""

from __future__ import annotations

import os
import secrets
import select
import sys
import time
from typing import Any, TextIO

from nano_agent.checks import CannotStart
from nano_agent.control.commands import MODES, Command, Scope, understood
from nano_agent.events import Asked, Decided, Event, Steered
from nano_agent.limit_words import limits_of
from nano_agent.run import Run
from nano_tui.commands.starting import edited
from nano_tui.printer import Printer
from nano_widgets.safe import one_line

_TICK = 0.1
_SCOPES: dict[str, Scope] = {"y": "once", "a": "command", "t": "tool"}
_OFFER = "Interrupted. Say something to the model, or Enter to go on, or Ctrl-C to stop: "
_TYPE = "$ "
_RAISE = "How many more? +20, or a new limit like 50 or none; n ends the run: "
_TYPE_HELP = f"Type a command; /{' /'.join(MODES)} changes who acts; Ctrl-D stops."


class Person:
    """Puts questions and reads answers while the run waits or works.

    A question that is answered elsewhere is over here too. The terminal keeps its own line editing: a line is read when
    it is whole.
    """

    def __init__(self, run: Run, printer: Printer, stdin: TextIO = sys.stdin) -> None:
        self._run = run
        self._printer = printer
        self._stdin = stdin
        self._question: Asked | None = None
        self._ctrl_c = 0
        self._interrupt = False
        self._offer = False
        run.inbox.source = self.commands

    @staticmethod
    def is_there() -> bool:
        """Whether somebody can be asked here: both what is typed and what is printed belong to a terminal."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def press_ctrl_c(self) -> bool:
        """Interrupt at first, then stop; false when both was asked for already. Called from the signal's handler."""
        self._ctrl_c += 1
        if self._ctrl_c == 1:
            self._interrupt = True
        else:
            self._run.inbox.stop("Ctrl-C")
        return self._ctrl_c <= 2

    def hear(self, event: Event) -> None:
        """Take notice of what happens."""
        match event:
            case Asked():
                self._question = event
                self._put(event)
            case Decided(ask=ask) if self._question is not None and ask == self._question.ask:
                self._question = None
            case Steered(do="interrupt", outcome="taken" | "refused") if self._ctrl_c:
                self._offer = True
            case _:
                pass

    def commands(self) -> list[Command]:
        """What the person wants now; asked all the time."""
        if self._interrupt:
            self._interrupt = False
            return [_command("interrupt")]
        if self._offer:
            self._offer = False
            return self._hold()
        if self._question is not None and (line := self._line(0.0)) is not None:
            return self._answer(self._question, line)
        return []

    def _put(self, question: Asked) -> None:
        if question.edits == "action":
            self._printer.ask(f"{_TYPE_HELP}\n{_TYPE}")
        elif question.edits == "limits":
            self._printer.ask(_RAISE)
        else:
            name = one_line(question.name, 30)
            self._printer.ask(f"[y]es, [a]lways exactly this, [t] all of {name}, [e]dit, [n]o, or n and why: ")

    def _hold(self) -> list[Command]:
        """After an interrupt the run waits for a line; the time it takes is not the run's."""
        self._printer.ask(_OFFER)
        began, line = time.monotonic(), None
        while line is None and not self._run.inbox.stopped:
            self._run.history.tick()
            line = self._line(_TICK)
        self._run.budget.pause(time.monotonic() - began)
        if self._run.inbox.stopped:
            return []
        self._ctrl_c = 0
        return [_command("say", text=line)] if line and line.strip() else []

    def _answer(self, question: Asked, line: str) -> list[Command]:
        if question.edits == "action":
            return self._typed(question, line)
        if question.edits == "limits":
            return self._raised(question, line)
        word, _, why = line.strip().partition(" ")
        if word in _SCOPES and not why:
            return [_command("approve", ask=question.ask, scope=_SCOPES[word])]
        if word in ("n", "no"):
            return [_command("deny", ask=question.ask, reason=why)]
        if word == "e" and not why:
            text = self._edited(question.text)
            if text is not None:
                text = text.rstrip("\n") if question.edits == "command" else text
                return [_command("approve", ask=question.ask, edit=text)]
        self._put(question)
        return []

    def _edited(self, text: str) -> str | None:
        try:
            return edited(text)
        except CannotStart as error:
            self._printer.ask(f"{error}\n")
            return None

    def _typed(self, question: Asked, line: str) -> list[Command]:
        command = line.strip()
        if command.startswith("/") and command[1:] in MODES:
            return [_command("mode", mode=command[1:])]
        if command:
            return [_command("approve", ask=question.ask, edit=command)]
        self._put(question)
        return []

    def _raised(self, question: Asked, line: str) -> list[Command]:
        """Another limit: a number for the one that was reached, or any by name."""
        words = line.split()
        if words in (["n"], ["no"]):
            return [_command("deny", ask=question.ask)]
        named = [word if "=" in word else f"{question.name}={word}" for word in words]
        try:
            if limits := limits_of(named, self._run.budget.limits.model_dump()):
                return [_command("limits", set=limits)]
        except ValueError as error:
            self._printer.ask(f"{error}\n")
        self._put(question)
        return []

    def _line(self, seconds: float) -> str | None:
        """A line that was typed within that time. The end of the input stops the run: nobody could be asked again."""
        if not select.select([self._stdin], [], [], seconds)[0] or not _in_front_of(self._stdin.fileno()):
            return None
        data = os.read(self._stdin.fileno(), 65536)
        self._printer.answered()
        if not data:
            self._run.inbox.stop("the end of the input")
            return None
        return data.decode("utf-8", "replace").removesuffix("\n")


def _in_front_of(terminal: int) -> bool:
    """Whether what is typed at the terminal is for us: a job in the background that reads is suspended."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True


def _command(do: str, **fields: Any) -> Command:
    return understood({"do": do, "id": secrets.token_hex(4), **fields})
