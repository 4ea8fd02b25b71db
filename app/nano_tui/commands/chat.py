"""An interactive session in this terminal: one task after the other, in the same history and the same run folder."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from nano_agent.checks import CannotStart
from nano_agent.old_sessions import LATEST, find_session
from nano_agent.run import Run
from nano_agent.session import Session
from nano_agent.spec import AUTO, DEFAULT_MODEL, RunSpec
from nano_tui.commands.recipe import add_scaffold, config_pieces, scaffold_name
from nano_tui.commands.starting import refused
from nano_tui.printer import Printer
from nano_tui.slash import FORGOTTEN, LEAVING, command_in, help_text, unknown
from nano_widgets.safe import safe

_MORE = "Ctrl-D leaves, too. Anything else is a task. Ctrl-C stops the one that is worked on."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("task", nargs="*", metavar="TASK", help="the first task, or one of the /commands")
    parser.add_argument("--repo", default=".", metavar="DIR", help="the repository to work on (default: here)")
    parser.add_argument("--model", default=AUTO, metavar="M", help=f"(default: $NANO_MODEL, else {DEFAULT_MODEL})")
    parser.add_argument("--api-base", metavar="URL", help="the endpoint, for servers of your own")
    add_scaffold(parser)
    parser.add_argument("--sandbox", metavar="NAME", help="where commands run (default: the scaffold's)")
    parser.add_argument("--approval", choices=("auto", "ask", "never"), help="of calls that can do harm")
    parser.add_argument("--resume", metavar="ID", help=f"go on with this session, or with the one that is {LATEST}")
    parser.add_argument("--clean", action="store_true", help="refuse to begin in a repository with uncommitted changes")
    parser.add_argument("--runs-dir", metavar="DIR", help="where the run folder is made")


def run(args: argparse.Namespace) -> int:
    """Talk until the person leaves; 0, or 1 when it cannot begin."""
    printer = Printer(sys.stderr)
    spec = _spec(args)
    folder: Path | None = None
    try:
        if args.resume:
            found = find_session(spec, args.resume)
            folder = found.folder
            for warning in found.warnings:
                print(f"! {safe(warning, keep_newlines=False)}", file=sys.stderr)
    except CannotStart as error:
        return refused("chat", str(error))
    chat = Chat(Session(spec, printer.show, folder), printer)
    return chat.talk(" ".join(args.task))


def _spec(args: argparse.Namespace) -> RunSpec:
    return RunSpec(
        task="",
        repo_root=str(Path(args.repo).absolute()),
        model=args.model,
        api_base=args.api_base,
        scaffold=scaffold_name(args.scaffold),
        config=config_pieces(args.config),
        sandbox=args.sandbox,
        approval=args.approval,
        # Two people work on the same files here; what is there when it begins is the base of the diff.
        allow_dirty=not args.clean,
        runs_dir=str(Path(args.runs_dir).absolute()) if args.runs_dir else None,
    )


class Chat:
    """Reads what a person types and answers it."""

    def __init__(self, session: Session, printer: Printer) -> None:
        self.session = session
        self._printer = printer
        self._leave = False

    def talk(self, first: str) -> int:
        """Until the person leaves; returns the exit code."""
        interactive = sys.stdin.isatty()
        if interactive and not first:
            print("Say what is to be done; /help explains the rest.", file=sys.stderr)
        line: str | None = first or self._read()
        while line is not None:
            text = line.strip()
            command = command_in(text)
            if command in LEAVING:
                break
            if command is not None:
                self._command(command)
            elif text:
                self._task(text)
            line = None if self._leave else self._read()
        return 0

    def _read(self) -> str | None:
        """The next line; `None` at the end."""
        try:
            return input("\n> " if sys.stdin.isatty() else "")
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
            return None

    def _command(self, command: str) -> None:
        match command:
            case "/help":
                said = f"{help_text()}\n{_MORE}"
            case "/memory":
                said = self.session.memory()
            case "/session":
                said = str(self.session.folder or "Nothing has been recorded yet.")
            case "/reset":
                self.session.reset()
                said = FORGOTTEN
            case _:
                said = unknown(command)
        print(safe(said))

    def _task(self, text: str) -> None:
        try:
            run = self.session.ready(text)
            with self._signals(run):
                outcome = self.session.work(run, self._printer.begun)
        except CannotStart as error:
            print(f"nano-tui chat: {safe(str(error), keep_newlines=False)}", file=sys.stderr)
            return
        files = sum(line.startswith("diff --git ") for line in outcome.diff.splitlines())
        if files:
            print(f"{files} file{'s' * (files > 1)} changed since the session began: git diff", file=sys.stderr)

    @contextmanager
    def _signals(self, run: Run) -> Iterator[None]:
        """While a task is worked on, Ctrl-C ends it and not the session; a terminal that goes away ends both."""

        def stop(number: int, frame: FrameType | None) -> None:
            self._leave = self._leave or number != signal.SIGINT
            run.inbox.stop("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)

        before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
