"""Branch off a run: the history up to a step and the files as they were then, in a work tree of its own, and go on."""

from __future__ import annotations

import argparse
from pathlib import Path

from nano_agent.checks import CannotStart
from nano_agent.foreign_fork import foreign_fork_spec, foreign_last_text
from nano_agent.forking import fork_spec, last_text
from nano_agent.past import is_ours
from nano_agent.spec import RunSpec
from nano_tui.commands.starting import edited, named, refused, start, without_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "run", metavar="RUN", help="a run's folder, the beginning of its id, `latest`, or a trajectory of any format"
    )
    parser.add_argument(
        "--step", type=int, required=True, metavar="N", help="the last step to take over; 0 is before the first reply"
    )
    parser.add_argument("--repo", type=Path, metavar="DIR", help="for a trajectory that is not ours: its repository")
    parser.add_argument("--commit", metavar="C", default="HEAD", help="and the commit that it began at (default: HEAD)")
    parser.add_argument("--sample", metavar="NAME", help="which of several trajectories in the file")
    parser.add_argument(
        "--rerun-commands",
        action="store_true",
        help="and run its commands again, in the sandbox, to come to its files; what differs is said",
    )
    parser.add_argument("--say", metavar="TEXT", help="a message to the model after what is taken over")
    parser.add_argument(
        "--edit-last",
        nargs="?",
        const="",
        metavar="TEXT",
        help="another text for the last message that is taken over; without TEXT it is opened in $EDITOR",
    )
    parser.add_argument("--model", metavar="M", help="another model")
    parser.add_argument("--api-base", metavar="URL", help="another endpoint")
    parser.add_argument("--sandbox", metavar="NAME", help="another sandbox: nano-tui sandboxes lists them")
    parser.add_argument("--scaffold", metavar="S", help="another scaffold, which must read replies in the same way")
    add_limits(parser)
    parser.add_argument("--keep-worktree", action="store_true", help="leave its work tree when it has ended")
    parser.add_argument("--detach", action="store_true", help="start it in the background and print its folder")


def add_limits(parser: argparse.ArgumentParser) -> None:
    """`--limit`, as forks and resumed runs take it."""
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help="another limit: tool_limit=50 all in all, tool_limit=+20 more, time_limit=none; may be given again",
    )


def run(args: argparse.Namespace) -> int:
    """Fork; 0 done, 1 not begun or ended otherwise, 130 interrupted."""
    try:
        args.run = named(args.run)
        last = args.edit_last
        if last == "" and (last := edited(_last_text(args))) is None:
            return refused("fork", "The message was not changed, so nothing was started.")
        spec = _spec(args, last)
    except CannotStart as error:
        return refused("fork", str(error))
    return start("fork", spec, detach=args.detach)


def _last_text(args: argparse.Namespace) -> str:
    if is_ours(args.run):
        return last_text(args.run, args.step)
    return foreign_last_text(args.run, args.step, args.sample)


def _spec(args: argparse.Namespace, last: str | None) -> RunSpec:
    changes = {
        "limits": args.limit,
        "last": last,
        "say": args.say,
        "model": args.model,
        "api_base": args.api_base,
        "scaffold": args.scaffold,
        "sandbox": args.sandbox,
        "keep_worktree": args.keep_worktree or None,
    }
    if is_ours(args.run) and args.repo is None:
        if args.rerun_commands:
            raise CannotStart(
                "fork_of", "The files after every step of this run were kept; nothing is to be run again."
            )
        return fork_spec(args.run, args.step, **changes)
    if args.repo is None:
        raise without_place(args.run)
    return foreign_fork_spec(
        args.run, args.step, args.repo, args.commit, args.sample, rerun_commands=args.rerun_commands, **changes
    )
