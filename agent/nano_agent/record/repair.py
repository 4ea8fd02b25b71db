"""Taking over a run folder that its process has left: one at a time, and with whole lines."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderInUse(OSError):
    """Somebody else is taking this run over."""


def lock_folder(folder: Path) -> int:
    """Be the one who goes on with the run in this folder, as long as this process lives; returns a descriptor.

    Raises `FolderInUse` when another process is, and `OSError` when the folder cannot be written.
    """
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise FolderInUse(error.errno, "another process is going on with this run", str(folder)) from error
    return descriptor


def repair(path: Path) -> bytes:
    """Take a torn last line off a file of lines; returns what was taken off. Raises `OSError`."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        place = size
        while place > 0:
            block = min(65536, place)
            file.seek(place - block)
            end = file.read(block).rfind(b"\n")
            if end >= 0:
                place += end + 1 - block
                break
            place -= block
        file.seek(place)
        torn = file.read()
        if torn:
            file.truncate(place)
    return torn
