"""What the two ways to start a run share: cold, a new interpreter; warm, a fork of one that has everything loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from nano_agent.events import Redoing

AGAIN = b"again "
BEGUN = b"begun "
REFUSED = b"refused "


Told = Callable[[Redoing], None]
"""Hears what is done again before a run begins."""


class LaunchError(Exception):
    """The run was not started; the message is a sentence that says what to do."""


def as_line(event: Redoing) -> bytes:
    """What the process of a run says while it does something again."""
    return AGAIN + f"{event.number} {event.of} {event.action}".encode("utf-8", "replace").replace(b"\n", b" ")


def listen(said: Iterable[bytes], told: Told) -> bytes:
    """Read all that the process of a run says; what it does again goes to `told`, the rest is its answer."""
    answer = b""
    for line in said:
        if line.startswith(AGAIN):
            number, of, action = line.decode("utf-8", "replace").rstrip("\n").split(" ", 3)[1:]
            told(Redoing(int(number), int(of), action))
        else:
            answer += line
    return answer


def untold(_: Redoing) -> None:
    """Nobody listens."""


def folder_of(answer: bytes, errors: bytes) -> Path:
    """The folder of the run that was begun, from what its process said; raises `LaunchError`."""
    if answer.startswith(BEGUN):
        return Path(os.fsdecode(answer.removeprefix(BEGUN).removesuffix(b"\n")))
    if answer.startswith(REFUSED):
        raise LaunchError(answer.removeprefix(REFUSED).decode("utf-8", "replace").strip())
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise LaunchError(f"the run's process ended before it began: {last[0]}")
