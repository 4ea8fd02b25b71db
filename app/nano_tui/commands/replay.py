"""Run a run's recorded actions again, without a model, in a fresh work tree, and say which result differs first."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from nano_agent.checks import CannotStart
from nano_agent.past import is_ours
from nano_agent.replaying import Difference, Replayed, replay
from nano_agent.replaying_foreign import replay_foreign
from nano_tui.commands.starting import named, refused, without_place
from nano_widgets.safe import safe
from nano_widgets.units import count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "run", metavar="RUN", help="a run's folder, the beginning of its id, `latest`, or a trajectory of any format"
    )
    parser.add_argument("--repo", type=Path, metavar="DIR", help="the repository, if it is not where it was")
    parser.add_argument("--commit", metavar="C", default="HEAD", help="for one that is not ours: what it began at")
    parser.add_argument("--sample", metavar="NAME", help="which of several trajectories in the file")
    parser.add_argument("--sandbox", metavar="NAME", help="where its commands run (default: one that confines them)")
    parser.add_argument("--all", action="store_true", help="go on after the first difference, to the end")
    parser.add_argument(
        "--loosely",
        action="store_true",
        help="other numbers and paths are listed, but are no difference",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """Replay; 0 the same, 1 something differs or it could not be run again."""
    try:
        found = _replay(args, named(args.run))
    except CannotStart as error:
        return refused("replay", str(error))
    counted = [d for d in found.differences if not (args.loosely and d.only)]
    if args.json:
        print(json.dumps(_as_json(found, same=not counted)))
    else:
        _print(found, counted)
    return 1 if counted else 0


def _replay(args: argparse.Namespace, path: Path) -> Replayed:
    if is_ours(path):
        return replay(path, args.repo, everything=args.all, progress=_progress)
    if args.repo is None:
        raise without_place(path)
    about = (path, args.repo, args.commit, args.sample, args.sandbox)
    return replay_foreign(*about, everything=args.all, progress=_progress)


def _progress(step: int, steps: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[Kstep {step} of {steps}", end="" if step < steps else "\r\x1b[K", file=sys.stderr, flush=True)


def _as_json(found: Replayed, *, same: bool) -> dict[str, object]:
    first = found.first
    return {
        "same": same,
        "steps": found.steps,
        "calls": found.calls,
        "skipped": found.skipped,
        "first": first.as_dict() if first else None,
        "differences": [difference.as_dict() for difference in found.differences],
    }


def _print(found: Replayed, counted: list[Difference]) -> None:
    for sentence in found.skipped:
        print(f"not run again: {safe(sentence)}")
    for difference in found.differences:
        print(_line(difference))
    first = next((d for d in counted if not d.only), counted[0] if counted else None)
    if first is not None:
        print(f"\n{safe(first.diff)}\n")
    verdict = "they came to the same" if not counted else f"first difference at step {first.step if first else 0}"
    print(f"{count(found.calls, 'call')} of {count(found.steps, 'step')} run again: {verdict}")


def _line(difference: Difference) -> str:
    where = f"step {difference.step}" + (f", call {difference.call}" if difference.call else "")
    what = {"exit code": "another exit code", "output": "another output", "files": "other files"}[difference.kind]
    only = f", only in {difference.only}" if difference.only else ""
    return f"{where}: {what}{only}: {safe(difference.action, keep_newlines=False)}"
