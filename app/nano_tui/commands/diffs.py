"""Print what a run changed as a plain unified diff: harmless on a terminal, the exact bytes on a pipe."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from nano_agent.changes import Changes, Diff, changes_of
from nano_agent.trajectory import Trajectory
from nano_tui.commands.printing import Ink, complain, put

_INKS = {"+": Ink.good, "-": Ink.bad, "@": Ink.dim}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `nano-tui show --diff` takes besides."""
    parser.add_argument(
        "--diff", action="store_true", help="only what it changed, as a unified diff (with --step: there)"
    )
    parser.add_argument(
        "--steps", metavar="A..B", help="with --diff: from after step A (0 is the start) to after step B"
    )
    parser.add_argument(
        "--against",
        metavar="gold|FILE",
        help="with --diff: against the gold patch that comes with it, or one in a file",
    )


def print_diff(run: Trajectory, args: argparse.Namespace) -> int:
    """Print the diff that the arguments ask for; what is uncertain goes to stderr. 1 when it is not known."""
    try:
        diff = _asked(run, args)
    except ValueError as error:
        complain(f"{args.path}: {error}")
        return 1
    if diff.note:
        complain(f"{diff.provenance}: {diff.note}" if diff.text else diff.note)
    if sys.stdout.isatty():
        _paint(diff)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(diff.data)
        sys.stdout.buffer.flush()
    return 0 if diff.provenance != "none" else 1


def _asked(run: Trajectory, args: argparse.Namespace) -> Diff:
    changes: Changes = changes_of(run)
    if args.against is not None:
        from nano_agent.changes.gold import against_gold, gold_in, gold_of

        gold = gold_of(run) if args.against == "gold" else gold_in(Path(args.against).expanduser(), run.instance)
        if gold is None:
            raise ValueError("no gold patch comes with this run; name a file with --against FILE")
        found = against_gold(changes, gold)
        diff = found.diff
        return Diff(diff.text, diff.provenance, f"{found.summary}. {diff.note}", diff.cut)
    if args.steps is not None:
        match = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", args.steps)
        if match is None:
            raise ValueError(f"--steps takes two numbers like 3..9, not {args.steps!r}")
        return changes.diff(int(match[1]), int(match[2]))
    return changes.final() if args.step is None else changes.diff(args.step - 1, args.step)


def _paint(diff: Diff) -> None:
    from nano_widgets.safe import safe

    ink = Ink()
    put(
        _INKS.get(line[:1], Ink.plain)(ink, safe(line))
        for line in diff.text.removesuffix("\n").split("\n")
        if diff.text
    )
