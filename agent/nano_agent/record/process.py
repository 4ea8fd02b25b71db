"""Whether the process that owns a run is still there, reboots and reused pids considered."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Literal

Condition = Literal["alive", "suspended", "gone"]
"""suspended: stopped by a signal (SIGSTOP, Ctrl-Z) until another one lets it go on."""
SILENCE = 60.0
"""Seconds without a sign after which a run on another machine counts as gone; it gives one every few seconds."""


def birth(pid: int) -> str | None:
    """A word that no other process on this machine ever has again: the boot and the start time; `None` if gone.

    Linux: start time in clock ticks since boot (proc(5), field 22 of stat) with the boot id, so that neither a reboot
    nor a clock change can confuse two processes. Elsewhere: what ps says.
    """
    if Path("/proc/self/stat").exists():
        return _birth_on_linux(pid)
    ps = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, start = ps.stdout.strip().partition(" ")
    return start.strip() or None if not state.startswith("Z") else None


def _birth_on_linux(pid: int) -> str | None:
    found = _stat_on_linux(pid)
    return None if found is None or found[0] in "ZX" else f"{_boot()}:{found[1]}"


def _stat_on_linux(pid: int) -> tuple[str, int] | None:
    """The state and the start time, in clock ticks since boot, of a process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command's name may hold spaces and parentheses; what follows the last one does not.
    fields = stat.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def condition(process: object, last_sign: float | None) -> Condition:
    """How the process is that a run with this `process` entry in its metadata belongs to.

    On this machine the process itself is asked. One on another machine (a network folder, a copied run) cannot be: it
    counts as alive while its last sign of life, in seconds since the epoch, is less than `SILENCE` ago.
    """
    entry = process if isinstance(process, dict) else {}
    if entry.get("host") != os.uname().nodename:
        return "alive" if last_sign is not None and time.time() - last_sign < SILENCE else "gone"
    pid = entry.get("pid")
    now = birth(pid) if isinstance(pid, int) and pid > 0 else None
    if now is None or now != entry.get("birth"):
        return "gone"
    stat = _stat_on_linux(int(str(pid)))
    return "suspended" if stat is not None and stat[0] == "T" else "alive"


def is_alive(process: object, last_sign: float | None) -> bool:
    """Whether the run with this `process` entry in its metadata still goes on, as `condition` says."""
    return condition(process, last_sign) != "gone"


def age(process: object) -> float | None:
    """Seconds since a process of this machine was started, whatever was done to the clock; `None` if unknown."""
    entry = process if isinstance(process, dict) else {}
    pid = entry.get("pid")
    if entry.get("host") != os.uname().nodename or not isinstance(pid, int) or not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    stat = _stat_on_linux(pid)
    if stat is None:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - stat[1] / os.sysconf("SC_CLK_TCK")
