"""Stream a run to the terminal as it happens, from its first message to its end; an ended one is printed whole."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from nano_agent.record.stream import Record, RunStream
from nano_tui.commands.steering import Refused, refusal
from nano_tui.naming import NoSuchRun, find_run
from nano_tui.printer import Printer
from nano_tui.told import Teller

_TICK = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="its folder, the beginning of its id, or latest")
    parser.add_argument("--json", action="store_true", help="events and messages as JSON objects, one a line")
    parser.add_argument("--runs-dir", type=Path, metavar="DIR", help="where runs are kept")


def run(args: argparse.Namespace) -> int:
    """Follow it; 0 when it ended as done, 1 when it ended otherwise or there is no such run."""
    try:
        stream = RunStream(find_run(args.run, args.runs_dir))
    except NoSuchRun as error:
        return refusal("follow", Refused(str(error)))
    printer = Printer(sys.stdout)
    teller = Teller()
    if not args.json:
        printer.begun(stream.folder)
    while True:
        for record in stream.poll():
            if args.json:
                _dump(record)
            else:
                for event in teller.tell(record):
                    printer.show(event)
        sys.stdout.flush()
        if stream.ended:
            return 0 if stream.state.exit_status == "done" else 1
        if not stream.folder.is_dir():
            return refusal("follow", Refused(f"{stream.folder}: the folder is gone"))
        time.sleep(_TICK)


def _dump(record: Record) -> None:
    if record["type"] != "live":
        print(json.dumps(record))
