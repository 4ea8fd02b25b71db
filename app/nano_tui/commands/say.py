"""Say something to the model of a run that goes on: it reads it at its next turn."""

from __future__ import annotations

import argparse
import sys

from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)
    parser.add_argument("text", metavar="TEXT", help="what is said; - reads it from standard input")


def run(args: argparse.Namespace) -> int:
    """Say it; 0 heard, 1 not, 2 nothing to say."""
    try:
        watch = live_run(args)
        text = sys.stdin.buffer.read().decode("utf-8", "replace") if args.text == "-" else args.text
        if not text.strip():
            print("nano-tui say: there is nothing to say: give TEXT, or - and standard input", file=sys.stderr)
            return 2
        return steer(args, watch, "say", text=text)
    except Refused as error:
        return refusal("say", error)
