"""Deny the call that a run waits for, and say why to the model; or the higher limit, which ends the run."""

from __future__ import annotations

import argparse

from nano_tui.commands.approve import open_question
from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)
    parser.add_argument("call", nargs="?", metavar="CALL", help="the call's id, where it must be this one")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the model")


def run(args: argparse.Namespace) -> int:
    """Deny; 0 when it was taken, 1 when nothing waits or it was refused."""
    try:
        watch = live_run(args)
        return steer(args, watch, "deny", ask=open_question(args, watch.state.ask).id, reason=args.reason)
    except Refused as error:
        return refusal("deny", error)
