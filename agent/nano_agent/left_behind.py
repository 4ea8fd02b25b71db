"""Work trees that killed runs have left behind: removed once all that is in them is kept elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nano_agent.past import NoPast, Past, read_past, tree_after
from nano_agent.record.files import RunFiles
from nano_agent.workspace.checkpoints import Checkpoints
from nano_agent.workspace.git import GitError, GitRunner
from nano_agent.workspace.preconditions import Repository
from nano_agent.workspace.tenancy import read_owner, sweep, worktrees_dir
from nano_agent.workspace.worktree import root_in


def sweep_left_behind() -> list[Path]:
    """Remove what nobody misses; returns the work trees that hold unsaved work and were not known to. Never raises.

    One look at a folder where nothing was left behind takes less than a millisecond.
    """
    known = set(holding_work())
    sweep(_is_saved)
    return [place for place in holding_work() if place not in known]


def holding_work() -> list[Path]:
    """The places of killed runs that were not removed because of what is in them."""
    try:
        return sorted(place for place in worktrees_dir().iterdir() if read_owner(place).get("unsaved"))
    except OSError:
        return []


def _is_saved(place: Path, owner: Mapping[str, Any]) -> bool:
    """Whether the files are those of the last checkpoint, or the run has written its diff. Asked under its lock."""
    repo, run = Path(str(owner.get("repo"))), Path(str(owner.get("run")))
    unknown = Repository(repo, repo / ".git", "", None, (), submodules=False)
    root = root_in(place, unknown)
    if not (root / ".git" / "HEAD").is_file():
        return True  # nothing was checked out yet
    try:
        past = read_past(run)
    except NoPast:
        past = None
    try:
        return _equals_last(past, root) if past is not None else _is_untouched(root)
    except (GitError, OSError):
        return False  # the repository is gone, and with it what the work tree consists of


def _equals_last(past: Past, root: Path) -> bool:
    if past.metadata.get("ended_at") and RunFiles(past.folder).diff.is_file():
        return True
    expected = tree_after(past, past.n_steps)
    if expected is None:
        return True  # killed before it did anything
    commit = str(past.metadata.get("base_commit") or "HEAD")
    repository = Repository(root, root / ".git", commit, None, (), submodules=False)
    return Checkpoints(repository, past.folder / "checkpoints.git", past.folder.parent).look() == expected


def _is_untouched(root: Path) -> bool:
    """Of a run whose folder is gone: whether the files are those of a commit that the person's repository has."""
    git = GitRunner(root).with_environment({"GIT_DIR": str(root / ".git"), "GIT_WORK_TREE": str(root)})
    git = git.without_filters()
    packed = {path.name for path in (root / ".git" / "objects").iterdir()} - {"info", "pack"}
    return not packed and not git.run("status", "--porcelain", "--no-renames").strip()
