"""Interrupt the reply or the command that is going on; the model is told, and the run goes on."""

from __future__ import annotations

import argparse

from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)
    parser.add_argument("--say", default="", metavar="TEXT", help="a message to the model that goes along")


def run(args: argparse.Namespace) -> int:
    """Interrupt; 0 when something was, 1 when nothing went on."""
    try:
        return steer(args, live_run(args), "interrupt", text=args.say)
    except Refused as error:
        return refusal("interrupt", error)
