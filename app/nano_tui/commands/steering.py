"""What the commands that steer a run have in common: which run, sending, and what became of it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from nano_agent.control.sending import send
from nano_agent.formats.source import parse
from nano_agent.record.files import RunFiles
from nano_agent.record.run_watch import RunWatch
from nano_agent.record.tail import Tail
from nano_tui.naming import NoSuchRun, find_live_run
from nano_widgets.safe import safe

PATIENCE = 2.0
"""Seconds to wait for the run to say what became of a command."""
_TICK = 0.02


def add_run(parser: argparse.ArgumentParser) -> None:
    """Declare which run is meant."""
    parser.add_argument("run", metavar="RUN", help="its folder, the beginning of its id, or latest")
    parser.add_argument("--runs-dir", type=Path, metavar="DIR", help="where runs are kept")
    parser.add_argument("--json", action="store_true", help="say what became of it as a JSON object")


class Refused(Exception):
    """It cannot be done; the message says why."""


def live_run(args: argparse.Namespace) -> RunWatch:
    """The run that is meant, which goes on; raises `Refused`."""
    try:
        return find_live_run(args.run, args.runs_dir)
    except NoSuchRun as error:
        raise Refused(str(error)) from error


def steer(args: argparse.Namespace, watch: RunWatch, do: str, **fields: Any) -> int:
    """Send a command, say what became of it; 0 when it was taken or waits for its moment, 1 when it was refused."""
    events = Tail(RunFiles(watch.files.folder).events)
    events.poll()
    try:
        identity = send(watch.files.folder, do, **fields)
    except OSError as error:
        raise Refused(f"{args.run}: its inbox cannot be written: {error.strerror or error}") from error
    became = _became(events, identity, do)
    if args.json:
        print(json.dumps({"run": str(watch.files.folder), "id": identity, **became}))
    elif became["outcome"] != "refused":
        words = _WORDS.get(became["outcome"], became["outcome"])
        print(safe(f"{watch.files.folder.name}: {words}", keep_newlines=False))
    if became["outcome"] != "refused":
        return 0
    raise Refused(f"{watch.files.folder.name}: refused: {became.get('why') or 'no reason given'}")


_WORDS = {
    "taken": "taken",
    "waits": "heard; the model reads it at its next turn",
    "sent": "sent; the run has not looked yet",
}


def _became(events: Tail, identity: str, do: str) -> dict[str, Any]:
    """What the run has said about a command within a moment."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in events.poll():
            event = parse(line)
            if not isinstance(event, dict):
                continue
            if event.get("type") == "command" and event.get("id") == identity:
                return {key: value for key, value in event.items() if key not in ("t", "type", "id")}
            if event.get("type") == "end" and do != "stop":
                return {"do": do, "outcome": "refused", "why": f"the run has ended: {event.get('reason')}"}
        time.sleep(_TICK)
    return {"do": do, "outcome": "sent"}


def refusal(command: str, error: Refused) -> int:
    """Say in a line why it cannot be done; returns the exit code."""
    line = safe(f"nano-tui {command}: {error}", keep_newlines=False)
    print(line.encode("utf-8", "replace").decode(), file=sys.stderr)
    return 1
