"""Commands on this machine, unconfined (`local`) or in restricted bash (`rbash`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from nano_agent.sandbox.base import NO_OPTIONS, SHELLS, CommandResult, RunPlace, SandboxOptions, shell_words
from nano_agent.sandbox.command import run_command
from nano_agent.sandbox.environment import command_environment
from nano_agent.sandbox.files import HostFiles
from nano_agent.sandbox.guardian import Guardian


class LocalSandbox(HostFiles):
    """A fresh `sh` per command in the work tree; nothing is confined.

    The process group of a command ends with it. A process that a command puts into a session of its own (`setsid`) goes
    on until the run is over.
    """

    name = "local"
    summary = "nothing is confined: your rights, your files, your network"
    shell: Sequence[str] = SHELLS["sh"]

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS) -> None:
        self.root = root
        self._environment = command_environment(options.environment)
        if self.shell == SHELLS["sh"] and options.shell == "bash":
            self.shell = shell_words("bash")
        # Found once: looking along the PATH for every command would cost as much as all else that we do for it.
        self._shell = (shutil.which(self.shell[0]) or self.shell[0], *self.shell[1:])
        self._guardian = Guardian()

    def check(self) -> str | None:
        """Whether the shell is there."""
        if shutil.which(self.shell[0]) is None:
            return f"the sandbox {self.name!r} needs {self.shell[0]}, which is not installed"
        return None

    def start(self, place: RunPlace) -> Path | None:
        """Nothing is to be made ready."""

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
        return run_command(
            [*self._shell, command],
            cwd=self.root,
            environment=self._environment,
            timeout=timeout,
            on_output=on_output,
            stop=stop,
            deadline=deadline,
            spill=spill,
            guardian=self._guardian,
        )

    def close(self) -> str | None:
        """End what left its process group to outlive its command; nothing outlives the run (on Linux)."""
        self._guardian.close()
        return None


class RestrictedBash(LocalSandbox):
    """Restricted bash: no `cd`, no redirection, no command by path.

    A convention that keeps a well-meaning model reading instead of writing, and no wall: `python -c` and `bash -c` lead
    out of it.
    """

    name = "rbash"
    summary = "restricted bash, a convention and no wall: your rights, your files, your network"
    shell = SHELLS["rbash"]
