"""Leaving the app by a signal as by `q`: the terminal is put right first."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

from textual.app import App

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LASTS = 5.0
"""Seconds for leaving when the terminal is gone, where Textual may wait for ever to write to it."""


def leave_on_signals(app: App[Any]) -> None:
    """Make the app exit with 128 + the signal's number; call it on the app's event loop."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, _leave, app, number)


def _leave(app: App[Any], number: signal.Signals) -> None:
    if number == signal.SIGHUP:
        # There is no terminal to put right any more.
        last = threading.Timer(LASTS, os._exit, (128 + number,))
        last.daemon = True
        last.start()
    app.exit(None, 128 + number)
