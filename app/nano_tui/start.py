"""Opening the app on this terminal."""

from __future__ import annotations

import sys
from functools import partial

from nano_tui.garbage import put_off
from nano_tui.roots import roots
from nano_tui.scanning import Scanning
from nano_tui.settings import Settings


def open_app(settings: Settings) -> int:
    """Run the app until it is quit; returns the exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            "nano-tui: the app needs a terminal. Without one, use `nano-tui ls`, `show`, `search` or `run`.",
            file=sys.stderr,
        )
        return 2
    put_off()
    scanning = _begin_scan(settings)
    from nano_tui.app import NanoTui

    app = NanoTui(settings, scanning)
    app.run()
    if app.going_on and settings.first_run is None:
        runs = "1 run goes" if len(app.going_on) == 1 else f"{len(app.going_on)} runs go"
        print(f"{runs} on. Open nano-tui again to watch.")
    return app.return_code or 0


def _begin_scan(settings: Settings) -> Scanning | None:
    """Begin to look for runs; not beside a file that is opened, whose reader wants both processors for itself."""
    if any(path.is_file() for path in settings.paths):
        return None
    scanning = Scanning(partial(roots, settings.paths, settings.runs_dir))
    scanning.start()
    return scanning
