"""What the two ways to start a run share: cold, a new interpreter; warm, a fork of one that has everything loaded."""

from __future__ import annotations

import os
from pathlib import Path

BEGUN = b"begun "
REFUSED = b"refused "


class LaunchError(Exception):
    """The run was not started; the message is a sentence that says what to do."""


def folder_of(answer: bytes, errors: bytes) -> Path:
    """The folder of the run that was begun, from what its process said; raises `LaunchError`."""
    if answer.startswith(BEGUN):
        return Path(os.fsdecode(answer.removeprefix(BEGUN).removesuffix(b"\n")))
    if answer.startswith(REFUSED):
        raise LaunchError(answer.removeprefix(REFUSED).decode("utf-8", "replace").strip())
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise LaunchError(f"the run's process ended before it began: {last[0]}")
