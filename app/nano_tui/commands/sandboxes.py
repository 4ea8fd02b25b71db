"""List the sandboxes that commands can run in, which of them work on this machine, and why the others do not."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from nano_agent.sandbox.listing import Listed, list_sandboxes
from nano_widgets.safe import safe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--image", metavar="IMAGE", help="the image to ask podman, docker and apptainer for")
    parser.add_argument("--json", action="store_true", help="one object a line")


def run(args: argparse.Namespace) -> int:
    """List them; 0."""
    listed = list_sandboxes(Path.cwd(), args.image)
    if args.json:
        for entry in listed:
            print(json.dumps(entry.as_dict()))
        return 0
    width = max(len(entry.name) for entry in listed)
    for entry in listed:
        print(f"{entry.name:<{width}}  {_state(entry):<5}  {safe(entry.summary, keep_newlines=False)}")
        if entry.problem:
            print(f"{'':<{width}}         {safe(entry.problem, keep_newlines=False)}.")
    print("\n* is what a run gets that asks for none, in place of restricted bash or your own shell.")
    return 0


def _state(entry: Listed) -> str:
    return "works" + ("*" if entry.default else "") if entry.problem is None else "no"
