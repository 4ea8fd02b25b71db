"""The repository as a container gets it: the same rules as in bubblewrap, as mounts of a container engine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nano_agent.sandbox.inner import SIGNS
from nano_agent.sandbox.own_git import OwnGit
from nano_agent.sandbox.scratch import Scratch
from nano_agent.sandbox.view import hidden, pins, submodules
from nano_agent.workspace import Repository


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of this machine, or nothing, at a place in the container."""

    source: str | Path | None
    """`None` is an empty folder in memory."""
    target: str | Path
    writable: bool = True

    @property
    def words(self) -> str:
        """As `--mount` takes it: comma-separated, in the quotes that it wants around what holds a comma."""
        parts = [f"target={self.target}", *([] if self.writable else ["readonly"])]
        kind = ["type=tmpfs"] if self.source is None else ["type=bind", f"source={self.source}"]
        return ",".join(f'"{part}"' if "," in part else part for part in [*kind, *parts])


def container_mounts(repository: Repository, run_folder: Path, git: OwnGit, scratch: Scratch, home: str) -> list[Mount]:
    """All mounts, parents before what lies in them."""
    root = repository.root
    mounts = [Mount(scratch.tmp, "/tmp"), Mount(scratch.home, home), Mount(scratch.signs, SIGNS), Mount(root, root)]
    apart = [Mount(None, path) for path in hidden(root, run_folder)]
    for place, dot_git in submodules(repository).items():
        place.mkdir(parents=True, exist_ok=True)
        apart.append(Mount(place, place, writable=dot_git is not None))
        if dot_git is not None:
            apart.append(Mount(dot_git, dot_git, writable=False))
    pinned = dict.fromkeys(folder for mount in apart for folder in pins(root, Path(mount.target)))
    taken = {Path(mount.target) for mount in apart}
    mounts += [Mount(folder, folder) for folder in pinned if folder not in taken]
    mounts += apart
    if repository.git_dir != root / ".git":
        mounts.append(Mount(root / ".git", root / ".git", writable=False))
    mounts.append(Mount(git.folder, repository.git_dir))
    for store, place_of_it in git.borrowed.items():
        mounts.append(Mount(store, place_of_it, writable=False))
        if (store / "info" / "alternates").exists():
            mounts.append(Mount(os.devnull, f"{place_of_it}/info/alternates", writable=False))
    modules = repository.git_dir / "modules"
    return [*mounts, *([Mount(modules, modules, writable=False)] if modules.is_dir() else [])]
