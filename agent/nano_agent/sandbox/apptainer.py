"""Commands in apptainer (or singularity, its older name): an image for each command, the repository mounted."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from nano_agent.sandbox.base import NO_OPTIONS, CommandResult, RunPlace, SandboxError, SandboxOptions
from nano_agent.sandbox.command import run_command
from nano_agent.sandbox.container_guard import engine_environment
from nano_agent.sandbox.files import HostFiles
from nano_agent.sandbox.guardian import Guardian
from nano_agent.sandbox.inner import LIMITS, Limits, taken, wrapped
from nano_agent.sandbox.mounts import Mount, container_mounts
from nano_agent.sandbox.own_git import NAME, OwnGit
from nano_agent.sandbox.scratch import Scratch

_HOME = "/home/nano"
_USUAL = 2
"""Processes in it without the command: apptainer's own first one, and the inner shell."""


class ApptainerSandbox(HostFiles):
    """Each command in an `apptainer exec` of its own, which needs no service and no right that a user lacks."""

    name = "apptainer"
    summary = "apptainer or singularity with an --image: its own system, the repository writable, no network"

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS, limits: Limits = LIMITS) -> None:
        self.root = root
        self.options = options
        self.limits = limits
        self._program = shutil.which("apptainer") or shutil.which("singularity")
        self._shell = ["bash", "--restricted", "-c"] if options.restricted else ["sh", "-c"]
        self._guardian = Guardian()
        self._prefix: list[str] = []
        self._scratch: Scratch | None = None
        self._git: OwnGit | None = None

    def check(self) -> str | None:
        """Whether it is installed, and an image is named that can be found."""
        if self._program is None:
            return "neither apptainer nor singularity is installed"
        image = self.options.image
        if not image:
            return "apptainer needs an image; name a .sif file, a folder or a docker:// address with --image"
        if "://" not in image and not Path(image).expanduser().exists():
            return f"there is no image at {image}"
        return None

    def start(self, place: RunPlace) -> Path:
        """Make the private folders and the run's own git folder, and put the command line together."""
        self._scratch = Scratch(place.run_id)
        self._git = OwnGit(place.repository, place.folder / NAME)
        self._git.make()
        nothing = self._scratch.folder / "nothing"
        nothing.mkdir()
        mounts = container_mounts(place.repository, place.folder, self._git, self._scratch, _HOME)
        mounts += [Mount(folder, folder, writable=False) for folder in self.options.visible]
        network = [] if self.options.network else ["--net", "--network", "none"]
        told = {"TMPDIR": "/tmp", "TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", **self._guardian.environment}
        told |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        told |= {name: os.environ[name] for name in self.options.environment if name in os.environ}
        self._prefix = [
            *(str(self._program), "--silent", "exec", "--containall", "--cleanenv", "--no-privs", "--writable-tmpfs"),
            *("--home", f"{self._scratch.home}:{_HOME}", "--pwd", str(self.root), *network),
            *(word for mount in mounts if mount.target != _HOME for word in ("--mount", _bind(mount, nothing))),
            *(word for name, value in told.items() for word in ("--env", f"{name}={value}")),
            str(self.options.image),
        ]
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
            environment=engine_environment(),
            timeout=timeout,
            on_output=on_output,
            stop=stop,
            deadline=deadline,
            spill=spill,
            guardian=self._guardian,
        )
        return dataclasses.replace(result, left_behind=taken(self._scratch.signs) and result.ending == "exited")

    def close(self) -> str | None:
        """End what is left, and take away the private folders."""
        self._guardian.close()
        note = self._git.disarm() if self._git is not None else None
        if self._scratch is not None:
            self._scratch.remove()
        self._scratch, self._git = None, None
        return note


def _bind(mount: Mount, nothing: Path) -> str:
    """As `--mount` takes it; there is no empty folder in memory, so an empty one of ours takes its place."""
    parts = ["type=bind", f"source={mount.source or nothing}", f"destination={mount.target}"]
    parts += [] if mount.writable and mount.source is not None else ["ro"]
    return ",".join(f'"{part}"' if "," in part else part for part in parts)
