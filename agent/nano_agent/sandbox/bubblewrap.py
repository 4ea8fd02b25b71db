"""Commands in namespaces of their own, made by bubblewrap for each: the repository writable, little else visible."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from nano_agent.sandbox.base import NO_OPTIONS, RunPlace, SandboxError, SandboxOptions
from nano_agent.sandbox.bubblewrap_check import NAMESPACES, why_not
from nano_agent.sandbox.cgroup import ControlGroup
from nano_agent.sandbox.environment import TRUST, command_environment
from nano_agent.sandbox.inner import LIMITS, Limits
from nano_agent.sandbox.mounts import Mount, private_mounts, repository_mounts
from nano_agent.sandbox.own_git import OwnGit
from nano_agent.sandbox.private import HOME, PrivateSandbox
from nano_agent.sandbox.scratch import Scratch
from nano_agent.sandbox.view import KERNEL, SECRET, SYSTEM, toolchains


class BubblewrapSandbox(PrivateSandbox):
    """Each command in fresh namespaces, which end with it and with all that it started.

    Commands see the system's programs and the tools on the PATH, read-only, and the repository, writable, with a git
    folder of the run's own. `/tmp` and the home folder are private and last as long as the run. There is no network
    unless it is asked for.
    """

    name = "bubblewrap"
    summary = "own namespaces: the repository writable, the system read-only, no network, your files not visible"

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS, limits: Limits = LIMITS) -> None:
        super().__init__(root, options, limits)
        self._home = Path(os.environ.get("HOME") or HOME)
        self._environment = _environment(options, self._home)
        self._prefix: list[str] = []
        self._group: ControlGroup | None = None

    def check(self) -> str | None:
        """Whether bubblewrap is there and may make namespaces; tried out."""
        if self._home.is_relative_to(self.root.resolve()):
            return f"bubblewrap cannot hide your home folder from commands when it lies in the repository, {self.root}"
        return why_not()

    def sweep(self) -> None:
        """See that the repository's git folder can be guarded."""
        if (self.root / ".git").is_symlink():
            raise SandboxError(f"{self.root / '.git'} is a link, which bubblewrap cannot guard; make it a folder")

    def make(self, place: RunPlace, scratch: Scratch, git: OwnGit) -> None:
        """Find out what is to be seen."""
        self._group = ControlGroup(self.limits)
        mounts = repository_mounts(place.repository, place.folder, git)
        view = [*self._system(scratch), *(word for mount in mounts for word in mount.bwrap)]
        network = [] if self.options.network else ["--unshare-net"]
        bwrap = [shutil.which("bwrap") or "bwrap", *NAMESPACES, *network, *view]
        self._prefix = self._group.entering([*bwrap, "--remount-ro", "/", "--chdir", str(self.root), "--"])

    def around(self, inner: Sequence[str]) -> list[str]:
        """See `PrivateSandbox.around`."""
        return [*self._prefix, *inner]

    def environment(self) -> Mapping[str, str]:
        """What commands get themselves."""
        return self._environment

    def end(self) -> None:
        """No process is left: each command's namespaces ended with it."""
        if self._group is not None:
            self._group.remove()
        self._group = None

    def _system(self, scratch: Scratch) -> list[str]:
        """The machine as commands see it; later mounts cover earlier ones."""
        words: list[str] = []
        for place in map(Path, SYSTEM):
            if place.is_symlink():
                words += ["--symlink", str(place.readlink()), str(place)]
            elif place.is_dir():
                words += ["--ro-bind", str(place), str(place)]
        for place in map(Path, SECRET):
            if place.is_dir():
                words += ["--tmpfs", str(place), "--remount-ro", str(place)]
            elif place.exists():
                words += ["--ro-bind", os.devnull, str(place)]
        words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
        if os.geteuid() == 0:
            words += [word for place in KERNEL for word in ("--ro-bind-try", place, place)]
        words += ["--size", str(self.limits.shm_bytes), "--perms", "1777", "--tmpfs", "/dev/shm", "--dir", "/var/tmp"]
        private = [*private_mounts(scratch, self._home), Mount(scratch.tmp, "/var/tmp")]
        words += [word for mount in private for word in mount.bwrap]
        if self.options.network:
            # Often a link to a file of the service that resolves names.
            resolver = str(Path("/etc/resolv.conf").resolve())
            words += ["--ro-bind-try", resolver, resolver]
        readable = [*toolchains(self.root, self._home, os.environ), *map(Path, self.options.visible)]
        return [*words, *(word for path in readable for word in ("--ro-bind-try", str(path), str(path)))]


def _environment(options: SandboxOptions, home: Path) -> dict[str, str]:
    """What commands get of the environment, with what points to places that they have not taken out."""
    environment = command_environment(options.environment)
    environment.pop("XDG_CACHE_HOME", None)
    return {**environment, **TRUST, "HOME": str(home), "TMPDIR": "/tmp"}
