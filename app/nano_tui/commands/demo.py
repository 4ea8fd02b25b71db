"""The app with the samples and a live run: a recording that is played, or with `--local` a small model of this machine.

Needs no key and no network, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from nano_tui.samples import samples_folder
from nano_tui.start import open_app


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--local", action="store_true", help="let a small model work live on this machine, in place of a recorded one"
    )


def run(args: argparse.Namespace) -> int:
    """Open the app; everything that the demo makes is in a folder that goes when it is left."""
    samples = samples_folder()
    if samples is None:
        print("nano-tui demo: the samples are not installed; use the wheel, or a checkout", file=sys.stderr)
        return 1
    from nano_agent.checks import CannotStart, check_weights
    from nano_tui import demo
    from nano_tui.settings import Settings

    if args.local:
        try:
            check_weights(demo.LOCAL_MODEL)
        except CannotStart as error:
            print(f"nano-tui demo: {error}", file=sys.stderr)
            return 1
    prepare = demo.prepare_local if args.local else demo.prepare
    with tempfile.TemporaryDirectory(prefix="nano-tui-demo-", ignore_cleanup_errors=True) as temporary:
        place = Path(temporary)
        runs = place / "runs"
        runs.mkdir()
        settings = Settings((samples,), runs, "live", partial(prepare, place))
        try:
            return open_app(settings)
        finally:
            demo.end_runs(runs)
