"""What is copied goes to the terminal's clipboard; what is too long for one goes to a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from textual.widget import Widget

from nano_widgets.units import size

MOST = 1_000_000
"""Bytes that a clipboard is given: what is longer, terminals drop without a word, and tmux chokes on it."""


def copy(widget: Widget, text: str, what: str) -> None:
    """Copy a text and say so; `what` names it: `the path`. Characters that no text may have go."""
    data = text.encode("utf-8", "replace")
    if not data:
        words, severity = f"There is nothing to copy: {what} is empty.", "warning"
    elif len(data) <= MOST:
        widget.app.copy_to_clipboard(data.decode())
        words, severity = f"Copied {what}.", "information"
    else:
        words, severity = _kept(data, what)
    widget.notify(words, timeout=2 if severity == "information" else 8, severity=severity, markup=False)  # type: ignore[arg-type]


def _kept(data: bytes, what: str) -> tuple[str, str]:
    try:
        descriptor, name = tempfile.mkstemp(prefix="nano-tui-", suffix=".txt")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        return f"{size(len(data))} are too much for a clipboard, and no file could be made: {error.strerror}.", "error"
    return f"{size(len(data))} are too much for a clipboard. It is in {Path(name)}.", "warning"
