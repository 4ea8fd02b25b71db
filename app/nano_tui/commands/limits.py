"""Raise or lower the limits of a run that goes on: `tool_limit=50 time_limit=none`; without any, print them."""

from __future__ import annotations

import argparse
import json
import sys

from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)
    parser.add_argument("limits", nargs="*", metavar="NAME=N", help="8k tokens, 10m of time and $1.50 are understood")


def run(args: argparse.Namespace) -> int:
    """Change them; 0 when that was taken, 1 when it was refused, 2 when it makes no sense."""
    from nano_tui.launching import limits_of

    try:
        limits = limits_of(args.limits)
    except ValueError as error:
        print(f"nano-tui limits: {error}", file=sys.stderr)
        return 2
    try:
        watch = live_run(args)
        if limits:
            return steer(args, watch, "limits", set=limits)
        now = {**(watch.metadata.get("limits") or {}), **watch.state.limits}
        print(json.dumps(now) if args.json else "\n".join(f"{name}={_number(value)}" for name, value in now.items()))
        return 0
    except Refused as error:
        return refusal("limits", error)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
