"""Raise or lower the limits of a run that goes on: `tool_limit=+20 time_limit=none`; without any, print them."""

from __future__ import annotations

import argparse
import json
import sys

from nano_agent.control.commands import LIMITS
from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer
from nano_tui.naming import HasEnded
from nano_widgets.safe import safe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)
    parser.add_argument(
        "limits", nargs="*", metavar="NAME=N", help="+20 is so many more; 8k tokens, 10m, $1.50 and none are understood"
    )


def run(args: argparse.Namespace) -> int:
    """Change them; 0 when that was taken, 1 when it was refused, 2 when it makes no sense."""
    from nano_agent.limit_words import limits_of

    try:
        limits_of(args.limits, {})
    except ValueError as error:
        print(f"nano-tui limits: {safe(str(error), keep_newlines=False)}", file=sys.stderr)
        return 2
    try:
        watch = live_run(args)
        now = {**(watch.metadata.get("limits") or {}), **watch.state.limits}
        if limits := limits_of(args.limits, now):
            return steer(args, watch, "limits", set=limits)
        lines = [safe(f"{name}={_number(value)}", keep_newlines=False) for name, value in now.items()]
        print(json.dumps(now) if args.json else "\n".join(lines))
        return 0
    except Refused as error:
        if isinstance(ended := error.__cause__, HasEnded):
            raised = args.limits or [f"{ended.exit_status}=+20" if ended.exit_status in LIMITS else "tool_limit=+20"]
            options = " ".join(f"--limit {word}" for word in raised)
            error = Refused(f"{error}; to go on with it: nano-tui resume {args.run} {options}")
        return refusal("limits", error)


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "none" if value is None else str(value)
