"""What sandboxes have in common that keep commands apart: private folders, a git folder of the run's own, one command.

What is a sandbox's own (namespaces, a container, an image for each command) is in the few methods that it fills in.
"""

from __future__ import annotations

import dataclasses
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nano_agent.sandbox.base import NO_OPTIONS, CommandResult, RunPlace, SandboxError, SandboxOptions, shell_words
from nano_agent.sandbox.command import run_command
from nano_agent.sandbox.container_guard import engine_environment
from nano_agent.sandbox.environment import TRUST, UNATTENDED
from nano_agent.sandbox.files import HostFiles
from nano_agent.sandbox.guardian import Guardian
from nano_agent.sandbox.inner import LIMITS, Limits, taken, wrapped
from nano_agent.sandbox.own_git import NAME, OwnGit
from nano_agent.sandbox.scratch import Scratch

USUAL = 2
"""Processes in a sandbox without the command: the first one, which keeps it, and the inner shell."""
HOME = "/home/nano"
"""The home folder in an image."""


class PrivateSandbox(HostFiles, ABC):
    """Commands with a `/tmp`, a home and a git folder of their own, which last as long as the run."""

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS, limits: Limits = LIMITS) -> None:
        self.root = root
        self.options = options
        self.limits = limits
        self.shell = list(shell_words(options.shell))
        self.guardian: Guardian | None = None
        """Ends what commands leave behind, where they do not end with their sandbox."""
        self._scratch: Scratch | None = None
        self._git: OwnGit | None = None

    # What is a sandbox's own

    def sweep(self) -> None:
        """Clear away what runs that crashed have left, and see that nothing is in the way; raises `SandboxError`."""

    @abstractmethod
    def make(self, place: RunPlace, scratch: Scratch, git: OwnGit) -> None:
        """Make ready what commands are run in; raises `SandboxError`."""

    @abstractmethod
    def around(self, inner: Sequence[str]) -> list[str]:
        """The command line that runs `inner` in the sandbox."""

    def wrapped(self, command: Sequence[str]) -> list[str]:
        """What is run in the sandbox: a command with its limits around it."""
        return wrapped(command, self.limits, USUAL)

    def environment(self) -> Mapping[str, str]:
        """The environment of the program that makes the sandbox or leads into it."""
        return engine_environment()

    def settle(self, result: CommandResult) -> None:
        """A command has ended, or was given up."""

    def end(self) -> None:
        """Take away what `make` has made."""

    # What they have in common

    def start(self, place: RunPlace) -> Path:
        """See `Sandbox.start`."""
        self.sweep()
        self._scratch = Scratch(place.run_id)
        self._git = OwnGit(place.repository, place.folder / NAME)
        self._git.make()
        self.make(place, self._scratch, self._git)
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
            self.around(self.wrapped([*self.shell, command])),
            cwd=Path("/"),
            environment=self.environment(),
            timeout=timeout,
            on_output=on_output,
            stop=stop,
            deadline=deadline,
            spill=spill,
            guardian=self.guardian,
        )
        self.settle(result)
        # What is still there of the sandbox itself when the command has exited is nothing that the command left behind.
        return dataclasses.replace(result, left_behind=taken(self._scratch.signs) and result.ending == "exited")

    def close(self) -> str | None:
        """See `Sandbox.close`."""
        self.end()
        note = self._git.disarm() if self._git is not None else None
        if self._scratch is not None:
            self._scratch.remove()
        self._scratch, self._git = None, None
        return note


def environment_in_image(also: Sequence[str]) -> dict[str, str]:
    """What commands in an image are told, and the variables of ours in `also`."""
    told = {"TMPDIR": "/tmp", **UNATTENDED, **TRUST}
    return told | {name: os.environ[name] for name in also if name in os.environ}
