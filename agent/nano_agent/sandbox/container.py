"""Commands in one container per run, by podman or docker: a system of its own from an image, the repository mounted."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from nano_agent.record.process import is_alive
from nano_agent.sandbox.base import NO_OPTIONS, SHELLS, CommandResult, RunPlace, SandboxError, SandboxOptions
from nano_agent.sandbox.container_guard import ContainerGuard, engine_environment
from nano_agent.sandbox.inner import LIMITS, Limits, wrapped
from nano_agent.sandbox.mounts import private_mounts, repository_mounts, visible_mounts
from nano_agent.sandbox.own_git import OwnGit
from nano_agent.sandbox.private import HOME, USUAL, PrivateSandbox, environment_in_image
from nano_agent.sandbox.scratch import Scratch, owner

LABEL = "nano-tui"
"""The label that says whose a container is: run, process and machine, as JSON."""
_WAIT = "trap '' CHLD; exec sleep 2147483647"
"""The first process. It ignores the end of those that fall to it, and so the kernel collects them."""
_START_SECONDS = 600.0
"""For starting, which may pull an image."""
_SECONDS = 30.0


class ContainerSandbox(PrivateSandbox):
    """One container for a run, made when it starts and removed when it ends; every command is an `exec` in it."""

    name = "container"
    summary = ""
    removal: tuple[str, ...] = ("rm", "--force", "--volumes")
    """How a container is removed at once."""
    label_format = f'{{{{.Label "{LABEL}"}}}}'
    """How its listing is asked for our label."""
    service = ""
    """What to say about an engine that does not answer."""

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS, limits: Limits = LIMITS) -> None:
        super().__init__(root, options, limits)
        self.shell = ["sh", "-c"]
        self._container = ""
        self._guard: ContainerGuard | None = None

    def check(self) -> str | None:
        """Whether the engine is there and answers, and an image is named."""
        if shutil.which(self.name) is None:
            return f"{self.name} is not installed"
        if not self.options.image:
            return f"{self.name} needs an image to make the container from; name one with --image"
        done = self._ask("version", "--format", "{{.Server.Version}}" if self.name == "docker" else "{{.Version}}")
        if done.returncode:
            said = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
            return f"{self.name} does not answer: {said[0]}{self.service}"
        return None

    def make(self, place: RunPlace, scratch: Scratch, git: OwnGit) -> None:
        """Make this run's container."""
        name = f"nano-{place.run_id.lower()}"
        mounts = [*private_mounts(scratch, HOME), *repository_mounts(place.repository, place.folder, git)]
        mounts += visible_mounts(self.options.visible)
        words = ["run", "--detach", "--name", name, *self._settings(place.run_id), *self._user()]
        words += [word for mount in mounts for word in ("--mount", mount.words)]
        self._guard = ContainerGuard([self.name, *self.removal, name])
        done = self._ask(*words, str(self.options.image), "sh", "-c", _WAIT, seconds=_START_SECONDS)
        if done.returncode:
            said = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
            raise SandboxError(f"{self.name} cannot make a container from {self.options.image}: {said[0]}")
        self._container = name
        if self.options.shell != "sh" and not self._ask("exec", name, "sh", "-c", "command -v bash").returncode:
            self.shell = list(SHELLS[self.options.shell])

    def around(self, inner: Sequence[str]) -> list[str]:
        """See `PrivateSandbox.around`."""
        return [self.name, "exec", self._container, *inner]

    def wrapped(self, command: Sequence[str]) -> list[str]:
        """Processes are limited by the container; what a command leaves running is ended in it."""
        return wrapped(command, dataclasses.replace(self.limits, processes=0), USUAL, kill=True)

    def settle(self, result: CommandResult) -> None:
        """End a command that was given up: ending the client ends nothing in the container."""
        if result.ending != "exited":
            # -1 is all but its first process and the one that asks.
            self._ask("exec", self._container, "sh", "-c", "kill -KILL -1")

    def end(self) -> None:
        """Remove the container."""
        if self._guard is not None:
            self._guard.close()
        self._container, self._guard = "", None

    def _settings(self, run_id: str) -> list[str]:
        """What the container may do, and what it is told."""
        network = [] if self.options.network else ["--network", "none"]
        told = {"HOME": HOME, "LANG": "C.UTF-8", **environment_in_image(self.options.environment)}
        return [
            *("--label", f"{LABEL}={json.dumps(owner(run_id))}", "--workdir", str(self.root), *network),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--pids-limit", str(self.limits.processes), "--memory", str(self.limits.memory_bytes)),
            *("--shm-size", str(self.limits.shm_bytes), "--entrypoint", ""),
            *(word for name, value in told.items() for word in ("--env", f"{name}={value}")),
        ]

    def _user(self) -> list[str]:
        """Commands are the user that we are, so that files in the repository stay that user's."""
        return ["--user", f"{os.getuid()}:{os.getgid()}"]

    def sweep(self) -> None:
        """Remove the containers of runs whose process is no more."""
        listing = self._ask("ps", "--all", "--filter", f"label={LABEL}", "--format", f"{{{{.ID}}}} {self.label_format}")
        for line in listing.stdout.splitlines():
            identity, _, note = line.partition(" ")
            try:
                label = json.loads(note)
            except ValueError:
                continue
            if isinstance(label, dict) and label.get("host") == os.uname().nodename and not is_alive(label, None):
                self._ask(*self.removal, identity)

    def _ask(self, *words: str, seconds: float = _SECONDS) -> subprocess.CompletedProcess[str]:
        """Run the engine's client; one that hangs or is missing is a failure like any."""
        command: Sequence[str] = [self.name, *words]
        try:
            return subprocess.run(
                command,
                env=engine_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return subprocess.CompletedProcess(command, 125, "", str(error))


class PodmanSandbox(ContainerSandbox):
    """A container of the user's own, without a service."""

    name = "podman"
    # It would wait ten seconds for the first process, which does not hear.
    removal = ("rm", "--force", "--time", "0", "--volumes")
    label_format = f'{{{{index .Labels "{LABEL}"}}}}'
    summary = "a container of your own from --image: its own system, the repository writable, no network"

    def _user(self) -> list[str]:
        """An ordinary user is the same one inside, by a mapping of ids."""
        return [*([] if os.getuid() == 0 else ["--userns", "keep-id"]), *super()._user()]


class DockerSandbox(ContainerSandbox):
    """A container made by docker's service, which runs as root."""

    name = "docker"
    summary = "a container from --image, made by docker's service: its own system, the repository writable, no network"
    service = "; start the service, or join its group: sudo usermod -aG docker $USER"
