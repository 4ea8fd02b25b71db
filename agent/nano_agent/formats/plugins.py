"""Readers of other packages, found without loading what finds packages unless there is one to be found."""

from __future__ import annotations

# Paths are plain strings here: this looks at every installed package, on the way to the first row of a listing.
# ruff: noqa: PTH208
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "nano_agent.readers"
"""The entry point group in which a package names its readers."""


def plugins() -> Sequence[EntryPoint]:
    """The readers that installed packages offer, in the order of their names."""
    if not any(map(_mentions_readers, sys.path)):
        return ()
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _mentions_readers(folder: str) -> bool:
    """Whether any package in a folder of packages names the group: a fiftieth of the time of reading them all."""
    try:
        names = os.listdir(folder or ".")
    except OSError:
        # An archive of packages cannot be told from here.
        return os.path.isfile(folder)  # noqa: PTH113
    return any(_names_it(f"{folder or '.'}/{name}") for name in names if name.endswith((".dist-info", ".egg-info")))


def _names_it(package: str) -> bool:
    try:
        with open(f"{package}/entry_points.txt", "rb") as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False
