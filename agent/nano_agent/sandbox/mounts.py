"""What of this machine commands in a sandbox get to see, as mounts that each sandbox spells in its own way."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nano_agent.sandbox.inner import SIGNS
from nano_agent.sandbox.own_git import OwnGit
from nano_agent.sandbox.scratch import Scratch
from nano_agent.sandbox.view import hidden, pins, submodules
from nano_agent.workspace import Repository


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of this machine, or nothing, at a place in the sandbox."""

    source: str | Path | None
    """`None` is an empty folder in memory."""
    target: str | Path
    writable: bool = True

    @property
    def words(self) -> str:
        """As a container's `--mount` takes it: with commas, in the quotes that it wants around what holds a comma."""
        parts = [f"target={self.target}", *([] if self.writable else ["readonly"])]
        kind = ["type=tmpfs"] if self.source is None else ["type=bind", f"source={self.source}"]
        return ",".join(f'"{part}"' if "," in part else part for part in [*kind, *parts])

    @property
    def bwrap(self) -> list[str]:
        """As bubblewrap takes it; an empty folder stays empty there."""
        target = str(self.target)
        if self.source is None:
            return ["--tmpfs", target, "--remount-ro", target]
        return ["--bind" if self.writable else "--ro-bind", str(self.source), target]


def private_mounts(scratch: Scratch, home: str | Path) -> list[Mount]:
    """The folders that commands have to themselves."""
    return [Mount(scratch.tmp, "/tmp"), Mount(scratch.home, home), Mount(scratch.signs, SIGNS)]


def repository_mounts(repository: Repository, run_folder: Path, git: OwnGit) -> list[Mount]:
    """The repository writable, but for what is ours and for what git on the host obeys; parents come first."""
    root = repository.root
    apart = [Mount(None, path) for path in hidden(root, run_folder)]
    for place, dot_git in submodules(repository).items():
        # A place that is not there yet is made, as git itself would, for a repository could be put there.
        place.mkdir(parents=True, exist_ok=True)
        apart.append(Mount(place, place, writable=dot_git is not None))
        if dot_git is not None:
            apart.append(Mount(dot_git, dot_git, writable=False))
    pinned = dict.fromkeys(folder for mount in apart for folder in pins(root, Path(mount.target)))
    taken = {Path(mount.target) for mount in apart}
    apart += [Mount(folder, folder) for folder in pinned if folder not in taken]
    mounts = [Mount(root, root), *sorted(apart, key=lambda mount: len(Path(mount.target).parts))]
    if repository.git_dir != root / ".git":
        mounts.append(Mount(root / ".git", root / ".git", writable=False))
    mounts.append(Mount(git.folder, repository.git_dir))
    for store, place_of_it in git.borrowed.items():
        mounts.append(Mount(store, place_of_it, writable=False))
        if (store / "info" / "alternates").exists():
            mounts.append(Mount(os.devnull, f"{place_of_it}/info/alternates", writable=False))
    modules = repository.git_dir / "modules"
    return [*mounts, *([Mount(modules, modules, writable=False)] if modules.is_dir() else [])]


def visible_mounts(folders: Iterable[str]) -> list[Mount]:
    """The further folders that commands may read."""
    return [Mount(folder, folder, writable=False) for folder in folders]
