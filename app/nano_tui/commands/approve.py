"""Approve the call that a run waits for, as it is or edited; without one that waits, say so."""

from __future__ import annotations

import argparse
import json
from typing import Any

from nano_agent.record.state import Ask
from nano_tui.commands.steering import Refused, add_run, live_run, refusal, steer
from nano_widgets.safe import safe

MODES = ("auto", "ask", "never", "human")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run(parser)
    parser.add_argument("call", nargs="?", metavar="CALL", help="the call's id, where it must be this one")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--always", action="store_true", help="and whenever exactly this comes again in this run")
    scope.add_argument("--tool", action="store_true", help="and everything else that this tool does in this run")
    parser.add_argument("--edit", metavar="CMD", help="run this instead: a command, or all arguments as JSON")
    parser.add_argument("--show", action="store_true", help="print what waits, and approve nothing")
    parser.add_argument("--mode", choices=MODES, help="change the run's approval mode, and approve nothing")


def run(args: argparse.Namespace) -> int:
    """Approve; 0 when it was taken, 1 when nothing waits or it was refused."""
    try:
        watch = live_run(args)
        if args.mode is not None:
            return steer(args, watch, "mode", mode=args.mode)
        ask = open_question(args, watch.state.ask)
        if args.show:
            return _show(args, ask)
        if ask.edits == "limits":
            raise Refused(f"no call waits, but the run for a higher limit: nano-tui limits {args.run} {ask.name}=+20")
        scope = "command" if args.always else "tool" if args.tool else "once"
        edit: dict[str, Any] = {} if args.edit is None else {"edit": args.edit}
        return steer(args, watch, "approve", ask=ask.id, scope=scope, **edit)
    except Refused as error:
        return refusal("approve", error)


def open_question(args: argparse.Namespace, ask: Ask | None) -> Ask:
    """The call that waits, which must be the one that was named; raises `Refused`."""
    if ask is None:
        raise Refused(f"{args.run}: no call waits for approval")
    if args.call is not None and args.call not in (ask.id, ask.call_id):
        raise Refused(f"{args.run}: {args.call} does not wait; {ask.call_id or ask.id} does")
    return ask


def _show(args: argparse.Namespace, ask: Ask) -> int:
    if args.json:
        print(json.dumps({"ask": ask.id, "call": ask.call_id, "name": ask.name, ask.edits: ask.text}))
    else:
        print(safe(f"{ask.name}  {ask.text}"))
    return 0
