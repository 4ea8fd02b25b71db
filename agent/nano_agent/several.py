"""Several runs of one task, each in a work tree of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from nano_agent.record import new_run_id
from nano_agent.spec import RunSpec
from nano_agent.starting import LaunchError

AT_ONCE = 4
"""So many work trees are made at the same time."""


def samples_of(spec: RunSpec, count: int) -> list[RunSpec]:
    """The same run `count` times, as one group: samples 1 to `count`, each beside the repository; one is as it is."""
    if count == 1:
        return [spec]
    group = spec.group_id or f"x{count}-{new_run_id()}"
    return [replace(spec, group_id=group, sample=number, worktree=True) for number in range(1, count + 1)]


def launch_all(specs: Sequence[RunSpec], launch: Callable[[RunSpec], Path]) -> list[Path | LaunchError]:
    """Start them side by side; for each its folder, or why it was not started. `launch` is called in threads."""

    def attempt(spec: RunSpec) -> Path | LaunchError:
        try:
            return launch(spec)
        except LaunchError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="launch") as pool:
        return list(pool.map(attempt, specs))
