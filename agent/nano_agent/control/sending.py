"""Writing to a run's inbox."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Any

from nano_agent.record.clock import stamp
from nano_agent.record.files import RunFiles
from nano_agent.record.writer import dump


def send(folder: Path, do: str, **fields: Any) -> str:
    """Append one command, in one write, so that several writers never tear each other's lines; returns its id.

    The fields are those in `commands`. Raises `OSError` when the folder is gone or the disk is full.
    """
    identity = secrets.token_hex(4)
    line = dump({"t": stamp(), "id": identity, "do": do, **fields})
    # Without O_CREAT: a run's inbox is there as long as the run's folder is.
    descriptor = os.open(RunFiles(folder).inbox, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        line = line if _ends_whole(descriptor) else b"\n" + line
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    finally:
        os.close(descriptor)
    return identity


def request_stop(folder: Path) -> str:
    """Ask the run in this folder to stop; it answers its open calls and writes its end. Raises `OSError`."""
    return send(folder, "stop")


def _ends_whole(descriptor: int) -> bool:
    """Whether the file's last line is whole: a full disk may have torn the last one that somebody wrote."""
    size = os.fstat(descriptor).st_size
    return not size or os.pread(descriptor, 1, size - 1) == b"\n"
