"""Go on with a run that crashed, was stopped, failed or reached a limit: in its own folder, from where it was."""

from __future__ import annotations

import argparse

from nano_agent.checks import CannotStart
from nano_agent.resuming import resume_spec
from nano_tui.commands.fork import add_limits
from nano_tui.commands.starting import named, refused, start


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="the run's folder, the beginning of its id, or `latest`")
    parser.add_argument("--say", metavar="TEXT", help="a message to the model before it goes on")
    add_limits(parser)
    files = parser.add_mutually_exclusive_group()
    files.add_argument(
        "--restore",
        dest="work_on",
        action="store_const",
        const="restored",
        help="go on from the last checkpoint, in a work tree of the run's own",
    )
    files.add_argument(
        "--as-it-is",
        dest="work_on",
        action="store_const",
        const="found",
        help="go on with the files as they are, although they changed since",
    )
    parser.add_argument("--detach", action="store_true", help="start it in the background and print its folder")


def run(args: argparse.Namespace) -> int:
    """Resume; 0 done, 1 not begun or ended otherwise, 130 interrupted."""
    try:
        spec = resume_spec(named(args.run), args.say, args.limit, args.work_on or "same")
    except CannotStart as error:
        return refused("resume", str(error))
    return start("resume", spec, detach=args.detach)
