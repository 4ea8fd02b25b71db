"""Ask a run to stop: it ends its command, answers its open calls and writes its end."""

from __future__ import annotations

import argparse

from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)


def run(args: argparse.Namespace) -> int:
    """Ask; 0 when it was asked, 1 when this is no run or it has ended."""
    try:
        return steer(args, live_run(args), "stop")
    except Refused as error:
        return refusal("stop", error)
