"""Print one trajectory: its messages, calls, results, costs and final diff; or a table of benchmark results."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from nano_agent.formats import NotATrajectory, read, read_sample
from nano_agent.trajectory import Trajectory
from nano_tui.commands import diffs
from nano_tui.commands.printing import Ink, complain, put, width


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `nano-tui show` takes."""
    parser.add_argument("path", metavar="PATH", help="a run folder or a trajectory file of any format")
    parser.add_argument("--step", type=int, metavar="N", help="only this step (from 1)")
    parser.add_argument("--sample", metavar="NAME", help="only this one, when the file holds several")
    parser.add_argument("--json", action="store_true", help="one JSON object for each trajectory, without the texts")
    diffs.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the trajectories at a path; 1 when there is none, or not the step or sample asked for."""
    found = 0
    try:
        for trajectory in _wanted(Path(args.path).expanduser().absolute(), args.sample):
            if args.step is not None and not 1 <= args.step <= len(trajectory.steps):
                complain(f"{args.path}: it has {len(trajectory.steps)} steps, so there is no step {args.step}")
                return 1
            if args.diff or args.steps is not None or args.against is not None:
                return diffs.print_diff(trajectory, args)
            if args.json:
                _put_json(trajectory, args.step)
            else:
                put(_text(trajectory, args.step, first=not found))
            found += 1
    except NotATrajectory as refusal:
        if _put_table(Path(args.path).expanduser().absolute(), args.json):
            return 0
        complain(f"{args.path}: {refusal.why}")
        return 1
    if not found:
        what = f"no sample called {args.sample}" if args.sample is not None else "it holds no trajectory"
        complain(f"{args.path}: {what}")
    return 0 if found else 1


def _wanted(path: Path, sample: str | None) -> Iterator[Trajectory]:
    if sample is None:
        yield from read(path)
    elif (one := read_sample(path, sample)) is not None:
        yield one


def _put_table(path: Path, as_json: bool) -> bool:
    """Print a table of benchmark results; whether there is one at the path."""
    from nano_agent.formats.nano_baseline import read_table
    from nano_tui.commands import result_table

    try:
        table = read_table(path)
    except NotATrajectory:
        return False
    if as_json:
        from nano_agent.library.as_json import dump

        put([dump(result_table.as_json(table))])
    else:
        put(result_table.text(table, Ink(), width(80)))
    return True


def _put_json(trajectory: Trajectory, step: int | None) -> None:
    """Print the object that stands for a trajectory, on one line."""
    from nano_agent.library.as_json import in_pieces

    put(chain(in_pieces(trajectory, step), "\n"), end="")


def _text(trajectory: Trajectory, step: int | None, first: bool) -> Iterator[str]:
    from nano_tui.commands.transcript import head, history, one_step

    ink, columns = Ink(), width(80)
    if not first:
        yield ""
    yield from head(trajectory, ink, columns)
    if step is None:
        yield from history(trajectory, ink, columns)
    else:
        yield from one_step(trajectory, step, ink, columns)
