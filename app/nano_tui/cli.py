"""The command line: which command, and nothing of what it does. A command's module is loaded when it is chosen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nano_agent.absent import why_absent
from nano_widgets.safe import safe

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

COMMANDS: dict[str, str] = {
    "demo": "the app with the samples, replaying one as a live run; needs no key and no network",
    "run": "one run without the app, streamed to the terminal",
    "chat": "one task after the other in this terminal, in the same history",
    "ls": "list trajectories",
    "show": "print one trajectory",
    "search": "search in trajectories",
    "fork": "a new run from a step of another: its history and its files up to there",
    "resume": "go on with a run that crashed, was stopped or reached a limit",
    "replay": "run the recorded actions of a run again, without a model, and say what differs",
    "follow": "stream a run to the terminal, to its end",
    "say": "say something to the model of a live run",
    "approve": "approve the call that a run waits for",
    "deny": "deny the call that a run waits for",
    "interrupt": "end the reply or command that is going on; the run goes on",
    "limits": "raise or lower the limits of a live run",
    "scaffolds": "list the recipes, or print one",
    "stop": "ask a run to stop",
    "sandboxes": "list the sandboxes, and which of them work here",
}
"""Name -> one line of help. Each is a module in `nano_tui.commands` with `add_arguments(parser)` and `run(args)`."""

INTERRUPTED = 130
"""The exit code of a command that was stopped by Ctrl-C (128 + SIGINT)."""


class Parser(argparse.ArgumentParser):
    """Repeats what it does not understand without letting it reach the terminal alive: a shell's `*` types names."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        super()._print_message(safe(message), file)


def run(argv: Sequence[str]) -> int:
    """Carry out a command line; returns the exit code: 0 done, 1 failed, 2 bad usage, 130 interrupted."""
    try:
        if argv and argv[0] in COMMANDS:
            return _command(argv[0], argv[1:])
        return _app(argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes at exit.
        _forget_stdout()
        return 1


def _command(name: str, argv: Sequence[str]) -> int:
    module = import_module(f"nano_tui.commands.{name}")
    parser = Parser(prog=f"nano-tui {name}", description=module.__doc__, allow_abbrev=False)
    module.add_arguments(parser)
    # Options may stand between the others: `nano-tui ls --json runs model:qwen --limit 3`.
    return int(module.run(parser.parse_intermixed_args(argv)) or 0)


def _app(argv: Sequence[str]) -> int:
    args = _app_parser().parse_args(argv)
    for path in args.paths:
        if why := why_absent(path):
            hint = f" (for a command, see nano-tui --help: {', '.join(COMMANDS)})" if len(argv) == 1 else ""
            print(safe(f"nano-tui: {path}: {why}{hint}", keep_newlines=False), file=sys.stderr)
            return 1
    from nano_tui.settings import Settings
    from nano_tui.start import open_app

    return open_app(Settings(tuple(args.paths), args.runs_dir))


def _app_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {help_text}" for name, help_text in COMMANDS.items())
    parser = Parser(
        prog="nano-tui",
        description="Launch minimal coding agents, watch them live, and open any trajectory ever saved.",
        epilog=f"commands:\n{commands}\n\n`nano-tui COMMAND --help` explains one. A folder that is called like a "
        "command is given as ./NAME.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="nano-tui [PATH ...] [--runs-dir DIR]\n       nano-tui COMMAND ...",
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="what to browse; default: all known runs")
    parser.add_argument("--runs-dir", type=Path, metavar="DIR", help="where new runs are kept, and browsed too")
    parser.add_argument("--version", action="version", version=f"nano-tui {_version()}")
    return parser


def _version() -> str:
    from nano_agent import __version__

    return __version__


def _forget_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
