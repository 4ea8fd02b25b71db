"""Where a run works: in the person's checkout, or in a work tree of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from nano_agent.left_behind import sweep_left_behind
from nano_agent.workspace import Checkpoints, Repository
from nano_agent.workspace.git import GitError
from nano_agent.workspace.tenancy import move_back_in, move_in, worktrees_dir
from nano_agent.workspace.worktree import Worktree, make_worktree, root_in, what_is_missing


@dataclass
class Place:
    """Where a run works, and what it leans on."""

    original: Repository
    """The person's."""
    repository: Repository
    """The one that is worked on."""
    worktree: Worktree | None = None
    stores: list[Path] = field(default_factory=list)
    """Object stores that hold what the checked out tree consists of, beside the original's own."""
    missing: list[str] = field(default_factory=list)
    """What the work tree does not have that the checkout has, a sentence each."""

    def leave(self, *, keep: bool) -> None:
        """The run has ended: remove the work tree of its own, if there is one and it is not to be kept."""
        if self.worktree is not None:
            self.worktree.leave(keep=keep)

    def let_go(self) -> None:
        """The run did not begin: leave the work tree as it is, since it may hold work that is saved nowhere else."""
        if self.worktree is not None:
            self.worktree.let_go()


def in_place(repository: Repository) -> Place:
    """Work on the person's files."""
    return Place(repository, repository)


def beside(original: Repository, folder: Path, tree: str | None = None, store: Path | None = None) -> Place:
    """Work in a fresh work tree for the run in `folder`: the files of `tree` (in `store`), else what is there now.

    Uncommitted changes come along. Sweeps what killed runs have left behind first. Raises `GitError`.
    """
    sweep_left_behind()
    try:
        tenancy = move_in(folder.name, folder, original.root)
    except OSError as error:
        raise GitError(f"cannot make {worktrees_dir() / folder.name}: {error.strerror or error}") from error
    try:
        if tree is None and original.dirty:
            store = tenancy.place / "seed.git"
            tree = Checkpoints(original, store, folder.parent).take(0)
        worktree = make_worktree(original, tenancy, tree, store)
    except BaseException:
        tenancy.leave(keep=False)
        raise
    return _place(original, worktree, [store] if store else [])


def back(original: Repository, folder: Path) -> Place | None:
    """Work again where the run in `folder` worked before it died; `None` when that is gone."""
    place = worktrees_dir() / folder.name
    tenancy = move_back_in(place) if place.is_dir() else None
    root = root_in(place, original)
    if tenancy is None:
        return None
    if not (root / ".git" / "HEAD").is_file():
        tenancy.leave(keep=False)
        return None
    there = replace(original, root=root, git_dir=root / ".git")
    return _place(original, Worktree(tenancy, there), [])


def _place(original: Repository, worktree: Worktree, stores: list[Path]) -> Place:
    return Place(original, worktree.repository, worktree, stores, what_is_missing(original))
