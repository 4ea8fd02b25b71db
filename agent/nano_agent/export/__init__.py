"""Runs in the formats of others."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from nano_agent.record import Recorder
from nano_agent.trajectory import Trajectory

Also = Literal["mini"]
"""What a run can write of itself beside its own files, when it ends."""


def write_also(folder: Path, kind: Also) -> Path:
    """Write the ended run in this folder in another format too, into the folder; returns the file.

    Raises `RecordError` when it cannot be written.
    """
    from nano_agent.export.mini_swe_agent import as_mini, dumped

    path = folder / f"{folder.name}.traj.json"
    Recorder(folder).write(path, dumped(as_mini(Trajectory.load(folder))))
    return path
