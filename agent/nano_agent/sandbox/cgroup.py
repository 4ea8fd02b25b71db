"""Control groups: the processes and the memory of a run's commands together, where we may make one (as root)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from nano_agent.record.process import birth
from nano_agent.sandbox.inner import Limits

_ROOT = Path("/sys/fs/cgroup")
_NAME = "nano-tui"


class ControlGroup:
    """The groups of one run, one for each controller where they are apart (version 1); none where none can be had."""

    def __init__(self, limits: Limits) -> None:
        # The owner's birth is the name, so that a group whose run was killed is known by it.
        name = f"{os.getpid()}-{(birth(os.getpid()) or '').rpartition(':')[2]}"
        memory, processes = str(limits.memory_bytes), str(limits.processes)
        if (_ROOT / "cgroup.controllers").exists():
            wanted = {_ROOT: {"pids.max": processes, "memory.max": memory}}
        else:
            wanted = {_ROOT / "pids": {"pids.max": processes}, _ROOT / "memory": {"memory.limit_in_bytes": memory}}
        self.folders: list[Path] = []
        for parent, settings in wanted.items():
            with contextlib.suppress(OSError):
                _sweep(parent)
                folder = parent / f"{_NAME}-{name}"
                folder.mkdir()
                self.folders.append(folder)
                for file, value in settings.items():
                    (folder / file).write_text(value)

    def entering(self, command: list[str]) -> list[str]:
        """The command line that enters the groups and becomes the command."""
        if not self.folders:
            return command
        enter = 'for group; do shift; [ "$group" = -- ] && break; echo 0 >"$group"/cgroup.procs; done; exec "$@"'
        return ["sh", "-c", enter, "nano", *map(str, self.folders), "--", *command]

    def remove(self) -> None:
        """Take the groups away; the kernel refuses while a process is left in one."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()
        self.folders = []


def _sweep(parent: Path) -> None:
    """Take away the groups of runs that are no more."""
    for folder in parent.glob(f"{_NAME}-*-*"):
        _, _, pid, start = folder.name.rsplit("-", 3)
        if (birth(int(pid)) or "").rpartition(":")[2] != start:
            with contextlib.suppress(OSError):
                folder.rmdir()
