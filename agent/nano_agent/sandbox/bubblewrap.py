"""Commands in namespaces of their own, made by bubblewrap for each: the repository writable, little else visible."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from nano_agent.sandbox.base import NO_OPTIONS, CommandResult, RunPlace, SandboxError, SandboxOptions
from nano_agent.sandbox.bubblewrap_check import NAMESPACES, why_not
from nano_agent.sandbox.cgroup import ControlGroup
from nano_agent.sandbox.command import run_command
from nano_agent.sandbox.environment import command_environment
from nano_agent.sandbox.files import HostFiles
from nano_agent.sandbox.inner import LIMITS, SIGNS, Limits, taken, wrapped
from nano_agent.sandbox.own_git import NAME, OwnGit
from nano_agent.sandbox.scratch import Scratch
from nano_agent.sandbox.view import KERNEL, SECRET, SYSTEM, hidden, pins, submodules, toolchains
from nano_agent.workspace import Repository

_USUAL = 2
"""Processes in a sandbox without the command: bubblewrap's own first one, and the inner shell."""


class BubblewrapSandbox(HostFiles):
    """Each command in fresh namespaces, which end with it and with all that it started.

    Commands see the system's programs and the tools on the PATH, read-only, and the repository, writable, with a git
    folder of the run's own. `/tmp` and the home folder are private and last as long as the run. There is no network
    unless it is asked for.
    """

    name = "bubblewrap"
    summary = "own namespaces: the repository writable, the system read-only, no network, your files not visible"

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS, limits: Limits = LIMITS) -> None:
        self.root = root
        self.options = options
        self.limits = limits
        self._shell = ["bash", "--restricted", "-c"] if options.restricted else ["sh", "-c"]
        self._home = Path(os.environ.get("HOME") or "/home/nano")
        self._environment = _environment(options, self._home)
        self._prefix: list[str] = []
        self._scratch: Scratch | None = None
        self._group: ControlGroup | None = None
        self._git: OwnGit | None = None

    def check(self) -> str | None:
        """Whether bubblewrap is there and may make namespaces; tried out."""
        if self._home.is_relative_to(self.root.resolve()):
            return f"bubblewrap cannot hide your home folder from commands when it lies in the repository, {self.root}"
        return why_not()

    def start(self, place: RunPlace) -> Path:
        """Make the private folders and the run's own git folder, and find out what is to be seen."""
        if (self.root / ".git").is_symlink():
            raise SandboxError(f"{self.root / '.git'} is a link, which bubblewrap cannot guard; make it a folder")
        self._scratch = Scratch(place.run_id)
        self._group = ControlGroup(self.limits)
        self._git = OwnGit(place.repository, place.folder / NAME)
        self._git.make()
        program = shutil.which("bwrap") or "bwrap"
        view = [*self._system(self._scratch), *self._repository(place.repository, place.folder, self._git)]
        bwrap = [program, *NAMESPACES, *([] if self.options.network else ["--unshare-net"]), *view]
        self._prefix = self._group.entering([*bwrap, "--remount-ro", "/", "--chdir", str(self.root), "--"])
        return self._git.folder

    def run(
        self,
        command: str,
        *,
        timeout: float,
        on_output: Callable[[str], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
        deadline: float | None = None,
        spill: Path | None = None,
    ) -> CommandResult:
        """See `Sandbox.run`."""
        if self._scratch is None:
            raise SandboxError("the sandbox was not started")
        result = run_command(
            [*self._prefix, *wrapped([*self._shell, command], self.limits, _USUAL)],
            cwd=Path("/"),
            environment=self._environment,
            timeout=timeout,
            on_output=on_output,
            stop=stop,
            deadline=deadline,
            spill=spill,
        )
        # What is still there of bubblewrap itself when it has exited is nothing that the command left behind.
        return dataclasses.replace(result, left_behind=taken(self._scratch.signs) and result.ending == "exited")

    def close(self) -> str | None:
        """Take away the private folders. No process is left: each command's namespaces ended with it."""
        note = self._git.disarm() if self._git is not None else None
        if self._scratch is not None:
            self._scratch.remove()
        if self._group is not None:
            self._group.remove()
        self._scratch, self._group, self._git = None, None, None
        return note

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
        words += ["--bind", str(scratch.tmp), "/tmp", "--bind", str(scratch.tmp), "/var/tmp"]
        words += ["--bind", str(scratch.home), str(self._home), "--bind", str(scratch.signs), SIGNS]
        if self.options.network:
            # Often a link to a file of the service that resolves names.
            resolver = str(Path("/etc/resolv.conf").resolve())
            words += ["--ro-bind-try", resolver, resolver]
        readable = [*toolchains(self.root, self._home, os.environ), *map(Path, self.options.visible)]
        return [*words, *(word for path in readable for word in ("--ro-bind-try", str(path), str(path)))]

    def _repository(self, repository: Repository, run_folder: Path, git: OwnGit) -> list[str]:
        """The repository writable, but for what is ours and for what git on the host obeys."""
        root = repository.root
        words = ["--bind", str(root), str(root)]
        apart = {path: ["--tmpfs", str(path), "--remount-ro", str(path)] for path in hidden(root, run_folder)}
        for place, dot_git in submodules(repository).items():
            # A place that is not there yet is made, as git itself would, for a repository could be put there.
            place.mkdir(parents=True, exist_ok=True)
            own = ["--ro-bind", str(dot_git), str(dot_git)] if dot_git else []
            apart[place] = ["--bind" if dot_git else "--ro-bind", str(place), str(place), *own]
        pinned = dict.fromkeys(folder for path in apart for folder in pins(root, path))
        words += [word for folder in pinned for word in ("--bind", str(folder), str(folder))]
        words += [word for mounts in apart.values() for word in mounts]
        if repository.git_dir != root / ".git":
            words += ["--ro-bind", str(root / ".git"), str(root / ".git")]
        words += ["--bind", str(git.folder), str(repository.git_dir)]
        for store, found_at in git.borrowed.items():
            words += ["--ro-bind", str(store), found_at]
            if (store / "info" / "alternates").exists():
                words += ["--ro-bind", os.devnull, f"{found_at}/info/alternates"]
        modules = repository.git_dir / "modules"
        return [*words, "--ro-bind-try", str(modules), str(modules)]


def _environment(options: SandboxOptions, home: Path) -> dict[str, str]:
    """What commands get of the environment, with what points to places that they have not taken out."""
    environment = command_environment(options.environment)
    environment.pop("XDG_CACHE_HOME", None)
    # In a namespace without other users' ids git would not trust what belongs to them.
    trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    return {**environment, **trust, "HOME": str(home), "TMPDIR": "/tmp"}
