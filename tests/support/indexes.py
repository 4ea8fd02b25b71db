"""An index that is scanned into, and libraries over it."""

from __future__ import annotations

from pathlib import Path

from nano_agent.library.index import Index
from nano_agent.library.library import Library
from nano_agent.library.scan import Progress, Scan

OPEN: list[Library] = []
"""Closed when the test ends."""


def library_of(index: Index, *roots: Path) -> Library:
    """A library over the same index."""
    OPEN.append(Library(roots, index.database.path))
    return OPEN[-1]


def scan(index: Index, *roots: Path) -> Progress:
    """Scan to the end."""
    progress = Scan(index, roots).run()
    assert progress.finished
    return progress


def paths(index: Index, *roots: Path) -> list[str]:
    """The paths that are listed."""
    return sorted(row.path for row in library_of(index, *roots).summaries())
