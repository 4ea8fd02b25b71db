"""Records written as a tool would write them, and read back by one reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nano_agent.formats import Reader, Source
from nano_agent.trajectory import Trajectory


def write(path: Path, *records: Any) -> Path:
    """A file of them, a line each; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def loader(reader: Reader) -> Callable[[Path], Trajectory]:
    """Reads a file that must be of the reader's format, and hold one trajectory."""

    def load(path: Path) -> Trajectory:
        assert reader.sniff(Source(path))
        (trajectory,) = reader.read(Source(path))
        return trajectory

    return load
