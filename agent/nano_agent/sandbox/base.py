"""What a sandbox is, and what comes back from a command."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from nano_agent.workspace import Repository

Ending = Literal["exited", "timeout", "deadline", "stopped", "flood"]


class SandboxError(Exception):
    """The sandbox cannot be made ready, or broke; the message is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command did."""

    text: str
    """Its output, standard error merged in; head and tail only when there was more than fits in memory."""
    exit_code: int | None
    """`None` when it was killed; a shell's 128 + n for a command that died of signal n."""
    seconds: float
    n_bytes: int
    """Bytes of output in all."""
    ending: Ending = "exited"
    """exited by itself; or killed: at its timeout, at the run's deadline, because the run was stopped, or because it
    printed without end."""
    left_behind: bool = False
    """Whether background processes of it had to be killed after it exited."""
    whole: Path | None = None
    """The file that holds all of the output, when `text` does not."""


Shell = Literal["sh", "bash", "rbash"]
SHELLS: Mapping[Shell, tuple[str, ...]] = {
    "sh": ("sh", "-c"),
    "bash": ("bash", "-c"),
    "rbash": ("bash", "--restricted", "-c"),
}
"""The words before a command."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What a person or a scaffold asks of any sandbox."""

    shell: Shell = "sh"
    """What reads the commands: bash or restricted bash only where there is a bash, else `sh`."""
    network: bool = False
    """Commands may reach the network; `local` and `rbash` cannot keep them from it."""
    image: str | None = None
    """The image that a container is made from."""
    visible: tuple[str, ...] = ()
    """Further folders that commands may read."""
    environment: tuple[str, ...] = ()
    """Variables that commands get beside the allowed ones."""


NO_OPTIONS = SandboxOptions()


def shell_words(shell: Shell) -> Sequence[str]:
    """The words before a command, for this machine: those of `sh` where bash is asked for and not installed."""
    return SHELLS["sh" if shell == "bash" and shutil.which("bash") is None else shell]


@dataclass(frozen=True, slots=True)
class RunPlace:
    """What a run tells its sandbox when it starts."""

    run_id: str
    folder: Path
    """The run folder, which commands shall neither see nor change."""
    repository: Repository


class Sandbox(Protocol):
    """Runs the commands of one run over one work tree, one after the other."""

    @property
    def name(self) -> str:
        """The name people choose it by."""

    @property
    def shell(self) -> Sequence[str]:
        """The words before a command, which say what reads it; final after `start`."""

    def check(self) -> str | None:
        """Why it cannot work here, as a sentence without its full stop that says what to do; `None` when it can."""

    def start(self, place: RunPlace) -> Path | None:
        """Make it ready, and clear away what runs that crashed have left of theirs; raises `SandboxError`.

        Returns the git folder that commands are given in place of the repository's own, `None` when it is that one.
        """

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
        """Run a command line to its end, or kill it and all that it started.

        `timeout` in seconds; `deadline` as `time.monotonic()`; `stop` is asked ten times a second; `on_output` gets the
        output as it comes; output that does not fit in memory goes to the file `spill`.
        """

    def read_file(self, path: Path, largest: int) -> bytes:
        """A regular file of the work tree, by its resolved path; raises `FileRefused` and `OSError`."""

    def write_file(self, path: Path, data: bytes) -> None:
        """Replace or make a file of the work tree in one step, mode and owner kept; raises what reading does."""

    def close(self) -> str | None:
        """End what still runs and let go of everything; may be called more than once.

        Returns a sentence when people must know of something that it leaves (commits that are not in the repository).
        """
