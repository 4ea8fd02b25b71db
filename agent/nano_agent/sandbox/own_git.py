"""A git folder of a run's own, given to commands in place of the repository's.

Whatever commands write into a `.git` decides what git runs on the host the next time a person asks it anything:
hooks, fsmonitor, filters, pagers, a `commondir` that leads to another configuration, a rebase to be continued. So the
commands of a sandbox get one that is theirs alone: the same commits and index, objects borrowed, a configuration
without the person's remotes and secrets. What they commit is there afterwards, in the run folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from nano_agent.sandbox.base import SandboxError
from nano_agent.sandbox.files import FileRefused, write_file
from nano_agent.workspace import Repository
from nano_agent.workspace.git import GitError, GitRunner
from nano_agent.workspace.store import borrowed, stored_settings, unquoted

NAME = "repository.git"
PLACE = "/run/objects"
"""Where commands find the object stores that are borrowed from."""
_IDENTITY = r"^(user\.(name|email)|init\.defaultbranch)$"
_SHARED = ("shallow", "info/exclude", "info/attributes")
_OF_THE_WORK_TREE = ("HEAD", "index", "info/sparse-checkout")
_REFS = ("for-each-ref", "--format=%(objectname) %(refname) %(symref)")
_FOLDERS = ("objects", "objects/info", "refs", "refs/heads", "info")
_CONFIGURES = ("config.worktree", "commondir", "hooks", "info/attributes")


class OwnGit:
    """The git folder of one run's commands."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.folder = folder
        self._repository = repository
        self._git = GitRunner(repository.root)
        common = self._git.run("rev-parse", "--git-common-dir").removesuffix("\n")
        self._common = (repository.root / common).resolve()
        self._refs = ""
        self._ours: dict[str, bytes] = {}
        """The files that say where git looks and what it runs, as they must be outside of the sandbox."""

    def make(self) -> None:
        """Make it from the repository as it is now; raises `SandboxError`."""
        try:
            # A run that goes on finds what its commands had; of what they wrote there nothing is obeyed.
            fresh = not (self.folder / "HEAD").is_file()
            self._straighten()
            self._ours = {
                "config": (stored_settings(self._git) + self._identity()).encode(),
                "objects/info/alternates": borrowed(self._common),
            }
            seen = "".join(f"{place}\n" for place in self.borrowed.values()).encode()
            self._write({**self._ours, "objects/info/alternates": seen})
            self._refs = _packed(self._git.run(*_REFS))
            if fresh:
                self._copy()
                (self.folder / "packed-refs").write_bytes(os.fsencode(self._refs))
        except (OSError, GitError) as error:
            raise SandboxError(f"cannot make {self.folder}: {error}") from error

    @cached_property
    def borrowed(self) -> dict[Path, str]:
        """The object stores that commits are read from, each with the place where commands find it."""
        return {store: f"{PLACE}/{number}" for number, store in enumerate(self._stores())}

    def _stores(self) -> list[Path]:
        found: list[Path] = []
        # A run's own work tree has no objects of its own, and goes away.
        wanted = [Path(unquoted(os.fsdecode(line))) for line in borrowed(self._common).splitlines()]
        while wanted:
            store = wanted.pop(0)
            if store in found or not ((store / "info").is_dir() or (store / "pack").is_dir()):
                continue
            found.append(store)
            with contextlib.suppress(OSError):
                lines = (store / "info" / "alternates").read_text(errors="surrogateescape").splitlines()
                wanted += [(store / unquoted(line)).resolve() for line in lines if line and line[0] != "#"]
        return found

    def disarm(self) -> str | None:
        """Take out what would make git run something here; returns a sentence when commits were made in it."""
        with contextlib.suppress(OSError, GitError, FileRefused):
            self._straighten()
            self._write(self._ours)
            if not self._readable():
                return None
            # Without a work tree, or git would take the run folder for one.
            there = self._git.with_environment({"GIT_DIR": str(self.folder), "GIT_WORK_TREE": "/"})
            refs = _packed(there.run(*_REFS))
            head = there.run("rev-parse", "--verify", "--quiet", "HEAD", ok=(0, 1)).strip()
            if refs != self._refs or head not in ("", self._repository.base_commit):
                return f"what commands committed is not in your repository; take it with: git fetch {self.folder} HEAD"
        return None

    def _straighten(self) -> None:
        """Take away links in the place of the folders that we write to: they may lead anywhere."""
        for name in _FOLDERS:
            if (self.folder / name).is_symlink():
                (self.folder / name).unlink()
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def _readable(self) -> bool:
        """Whether there are only files where git looks for refs; it would wait for ever on a pipe."""
        places = [*self.folder.iterdir(), *(self.folder / "refs").rglob("*")]
        return all(S_ISREG(mode) or S_ISDIR(mode) for mode in (place.lstat().st_mode for place in places))

    def _write(self, files: Mapping[str, bytes]) -> None:
        """Write the files that git obeys, and take away the others that it would."""
        for name in (*_CONFIGURES, *files):
            _remove(self.folder / name)
        for name, data in files.items():
            write_file(self.folder.resolve() / name, data)

    def _copy(self) -> None:
        theirs = self._repository.git_dir
        sources = [self._common / name for name in _SHARED] + [theirs / name for name in _OF_THE_WORK_TREE]
        names = (*_SHARED, *_OF_THE_WORK_TREE)
        for source, name in [*zip(sources, names, strict=True), *((p, p.name) for p in theirs.glob("sharedindex.*"))]:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(source, self.folder / name)

    def _identity(self) -> str:
        """Who commits; nothing else of the person's own settings, which may hold tokens."""
        listing = self._git.run("config", "-z", "--get-regexp", _IDENTITY, ok=(0, 1))
        lines = []
        for entry in filter(None, listing.split("\0")):
            key, _, value = entry.partition("\n")
            section, _, name = key.partition(".")
            text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            lines.append(f'[{section}]\n\t{name} = "{text}"\n')
        return "".join(lines)


def _packed(listing: str) -> str:
    """As git packs refs; symbolic ones (`origin/HEAD`) are left out."""
    refs = [line.split(" ") for line in listing.splitlines()]
    return "".join(f"{commit} {name}\n" for commit, name, symbolic in refs if not symbolic)


def _remove(path: Path) -> None:
    """Whatever it is; links are not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
