"""Running git without letting the repository run anything of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.quotePath=false",
    "diff.external=",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    # Whether an index changed is told by its checksum.
    "index.skipHash=false",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "protocol.allow=never",
    # A repository that another user owns is read like any other: nothing of its own is run, as said above.
    "safe.directory=*",
)


# Of what a shell may have set for git, only where its configuration is concerns us.
_KEPT = frozenset(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"))

LASTS = 300.0
"""Seconds that one git command may take: git waits for ever on a pipe that an agent called `.gitignore`."""
_WAITING = "is a pipe called .gitignore or .gitattributes in the work tree?"
_FULL = ("No space left", "Out of diskspace", "File too large")
_FULL_ADVICE = ". Make room or choose another place with --runs-dir"


@lru_cache
def _program(path: str | None) -> str:
    """Where git is, found once: otherwise every call looks along the PATH again."""
    return shutil.which("git", path=path) or "git"


class GitError(Exception):
    """A git command failed; the message is what git said."""


class GitRunner:
    """Runs git in one folder: no hooks, no fsmonitor, no external diff, no filters, no prompt.

    The `git` package is not used here because these calls stand between a person and the first request: importing it
    takes a quarter of a second, and it cannot take variables out of the environment.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self._options = list(options) or [word for setting in _CONFIG for word in ("-c", setting)]
        self._extra = dict(environment or {})
        inherited = {name: value for name, value in os.environ.items() if name in _KEPT or name[:4] != "GIT_"}
        ours = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        self._environment = {**inherited, **ours, **self._extra}

    def with_environment(self, environment: Mapping[str, str]) -> GitRunner:
        """The same, with more variables set."""
        return GitRunner(self.folder, {**self._extra, **environment}, self._options)

    def without_filters(self) -> GitRunner:
        """The same, with the clean and smudge filters that the configuration names switched off.

        A filter is a command line; one that an agent wrote into .git/config would run outside the sandbox.
        """
        listing = self.run("config", "--name-only", "--get-regexp", r"^filter\.", ok=(0, 1))
        drivers = sorted({name.removeprefix("filter.").rpartition(".")[0] for name in listing.split()})
        settings = ("clean=", "smudge=", "process=", "required=false")
        off = [word for driver in drivers for setting in settings for word in ("-c", f"filter.{driver}.{setting}")]
        return GitRunner(self.folder, self._extra, [*self._options, *off])

    def complaints(self, *arguments: str | Path) -> str:
        """Run what may succeed in part, status 1; returns what git said of the rest; raises `GitError` beyond that."""
        return self._execute(arguments, (0, 1), b"").stderr.decode("utf-8", "replace").strip()

    def run(self, *arguments: str | Path, ok: Sequence[int] = (0,), stdin: bytes = b"") -> str:
        """Run it and return what it printed, bytes that are no UTF-8 as surrogates; raises `GitError`."""
        return os.fsdecode(self.run_bytes(*arguments, ok=ok, stdin=stdin))

    def run_bytes(self, *arguments: str | Path, ok: Sequence[int] = (0,), stdin: bytes = b"") -> bytes:
        """The same, as bytes."""
        return self._execute(arguments, ok, stdin).stdout

    def run_head(self, limit: int, *arguments: str | Path) -> tuple[bytes, bool]:
        """The first bytes of what it prints, and whether there were more; what comes after is not waited for."""
        command = [_program(os.environ.get("PATH")), *self._options, *map(str, arguments)]
        with tempfile.TemporaryFile() as errors:
            pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors}
            try:
                process = subprocess.Popen(command, cwd=self.folder, env=self._environment, **pipes)
            except OSError as error:
                raise GitError(f"cannot run git in {self.folder}: {error.strerror or error}") from error
            with process:
                assert process.stdout is not None
                data = process.stdout.read(limit + 1)
                if len(data) > limit:
                    process.kill()
                    return data[:limit], True
            if process.returncode:
                errors.seek(0)
                said = errors.read().decode("utf-8", "replace").strip()
                raise GitError(said or f"git {arguments[0]} failed with status {process.returncode}")
        return data, False

    def _execute(
        self, arguments: Sequence[str | Path], ok: Sequence[int], stdin: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        command = [_program(os.environ.get("PATH")), *self._options, *map(str, arguments)]
        try:
            given: dict[str, Any] = {"input": stdin} if stdin else {"stdin": subprocess.DEVNULL}
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=self._environment,
                capture_output=True,
                check=False,
                timeout=LASTS,
                **given,
            )
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} did not finish in {LASTS:g} s; {_WAITING}") from error
        except FileNotFoundError as error:
            if not self.folder.exists():
                raise GitError(f"{self.folder} does not exist any more") from error
            raise GitError("git is not installed, or not on the PATH; install it and try again") from error
        except OSError as error:
            raise GitError(f"cannot run git in {self.folder}: {error.strerror or error}") from error
        if done.returncode not in ok:
            said = done.stderr.decode("utf-8", "replace").strip()
            said += _FULL_ADVICE if any(words in said for words in _FULL) else ""
            raise GitError(said or f"git {arguments[0]} failed with status {done.returncode}")
        return done
