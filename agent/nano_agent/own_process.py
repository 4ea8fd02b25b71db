"""Keeping what this process knows from the other processes of the same user: keys, above all."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_PR_SET_DUMPABLE = 4
_ENV_START, _ENV_END = 47, 48
"""Places of `env_start` and `env_end` in /proc/self/stat (proc(5)), counted from the state of the process."""


def keep_to_itself() -> None:
    """Take the environment out of what /proc shows of this process, and forbid others of the user to look into it.

    A command that runs with the user's rights could otherwise read the keys in `/proc/<pid>/environ`, or in memory.
    Root may still look, and the process can no longer be traced or dump core. Does nothing where there is no /proc.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
        from ctypes import CDLL

        _erase_environment()
        CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _erase_environment() -> None:
    """Overwrite the block that the kernel shows; what is in it lives on where the C library puts new variables."""
    from ctypes import memset

    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[_ENV_START]), int(fields[_ENV_END])
    if not 0 < start < end:
        return
    for name, value in os.environb.items():
        os.putenv(name, value)
    memset(start, 0, end - start)
