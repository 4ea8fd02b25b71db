"""A work tree of a run's own, beside the person's checkout, which it neither touches nor is seen by.

It is a small repository that borrows the objects of the person's, so it costs its files and no more. Branches and tags
are there as they were, the head is detached, and whatever an agent does with them (a commit, a branch, a stash) stays
in it: a linked work tree (`git worktree`) would share refs and the stash with the person.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

from nano_agent.workspace.git import GitError, GitRunner
from nano_agent.workspace.preconditions import Repository
from nano_agent.workspace.store import MARK, borrowed, quoted
from nano_agent.workspace.tenancy import Tenancy

_LISTED = 8

_OVERRIDES = """
[core]
	bare = false
	worktree = ..
	sparseCheckout = false
	fsmonitor = false
	untrackedCache = false
[extensions]
	worktreeConfig = false
[gc]
	auto = 0
[maintenance]
	auto = false
"""


class Worktree:
    """One such work tree, held until it is left; a process that dies lets go of it, and a sweep removes it."""

    def __init__(self, tenancy: Tenancy, repository: Repository) -> None:
        """`repository` is what is worked on: the work tree's own."""
        self.tenancy = tenancy
        self.repository = repository

    @property
    def root(self) -> Path:
        """Its top folder."""
        return self.repository.root

    def leave(self, *, keep: bool = False) -> None:
        """Remove it, or keep it for good. What cannot be removed now is removed by a later sweep."""
        self.tenancy.leave(keep=keep)

    def let_go(self) -> None:
        """Leave it as it is, for another time."""
        self.tenancy.let_go()


def make_worktree(
    repository: Repository, tenancy: Tenancy, tree: str | None = None, store: Path | None = None
) -> Worktree:
    """Check out `repository.base_commit`, or the files of `tree`, whose objects `store` has, beside that commit.

    Files that differ from the commit are uncommitted changes in it. Runs no filter and no hook: what a filter keeps
    elsewhere (Git LFS) is there as pointers, submodules are empty folders. Raises `GitError`.
    """
    root = root_in(tenancy.place, repository)
    git_dir = root / ".git"
    theirs = GitRunner(repository.root)
    try:
        _make_git_dir(theirs, git_dir, repository.base_commit)
        _check_out(root, repository.base_commit, tree or repository.base_commit, store)
    except OSError as error:
        raise GitError(f"cannot make a work tree in {root}: {error.strerror or error}") from error
    return Worktree(tenancy, replace(repository, root=root, git_dir=git_dir))


def root_in(place: Path, repository: Repository) -> Path:
    """The top folder of a work tree of this repository in its place: it is called as the person's is."""
    name = repository.root.name
    return place / (name if name not in ("", "lock", "owner.json", "seed.git") else "repository")


def what_is_missing(original: Repository) -> list[str]:
    """What a work tree of one's own does not have that the checkout has, a sentence each."""
    said = []
    flags = ("--others", "--ignored", "--exclude-standard", "--directory", "--no-empty-directory")
    try:
        listing = GitRunner(original.root).run("ls-files", "-z", *flags)
    except GitError:
        listing = ""
    ignored = [name for name in listing.split("\0") if name and name.rstrip("/") != ".nano-agent"]
    if ignored:
        more = f" and {len(ignored) - _LISTED} more" if len(ignored) > _LISTED else ""
        said.append(f"not in the run's own work tree, since git ignores it: {', '.join(ignored[:_LISTED])}{more}")
    if original.submodules:
        said.append("submodules are empty folders in the run's own work tree")
    attributes = original.root / ".gitattributes"
    if attributes.is_file() and b"filter=" in attributes.read_bytes():
        said.append("files that a git filter manages (LFS) are pointers in the run's own work tree")
    return said


def _make_git_dir(theirs: GitRunner, git_dir: Path, commit: str) -> None:
    """A repository with the refs and settings of theirs, and their objects borrowed."""

    def place(name: str) -> Path:
        return (theirs.folder / theirs.run("rev-parse", "--git-path", name).removesuffix("\n")).resolve()

    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (git_dir / folder).mkdir(parents=True, exist_ok=True)
    common = place("config").parent
    (git_dir / "objects" / "info" / "alternates").write_bytes(borrowed(common))
    (git_dir / "HEAD").write_text(f"{commit}\n")
    settings = (common / "config").read_bytes()
    storage = b"\n[extensions]\n\trefStorage = files\n" if b"refstorage" in settings.lower() else b""
    (git_dir / "config").write_bytes(settings + storage + _OVERRIDES.encode())
    (git_dir / "packed-refs").write_text(_refs(theirs), errors="surrogateescape")
    for name in ("info/exclude", "info/attributes", "shallow"):
        if (common / name).is_file():
            shutil.copyfile(common / name, git_dir / name)
    (git_dir / MARK).write_text(json.dumps({"of": str(theirs.folder)}) + "\n")


def _refs(theirs: GitRunner) -> str:
    """Their branches, remote branches and tags, as `packed-refs` has them; neither the stash nor notes of tools."""
    pattern = "%(if)%(symref)%(then)%(else)%(objectname) %(refname)%(end)"
    listing = theirs.run("for-each-ref", f"--format={pattern}", "refs/heads", "refs/remotes", "refs/tags")
    lines = sorted((line for line in listing.splitlines() if line), key=lambda line: line.partition(" ")[2])
    return "# pack-refs with: sorted\n" + "".join(f"{line}\n" for line in lines)


def _check_out(root: Path, commit: str, tree: str, store: Path | None) -> None:
    """Write the files of `tree` while the index is left as `commit` has it, times of unchanged files included."""
    more = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": os.fsdecode(quoted(store.resolve() / "objects"))} if store else {}
    git = GitRunner(root).with_environment({"GIT_DIR": str(root / ".git"), "GIT_WORK_TREE": str(root), **more})
    git = git.without_filters()
    git.run("read-tree", "--reset", "-u", tree)
    if tree != commit:
        git.run("read-tree", "-m", commit)
