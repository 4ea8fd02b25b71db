"""Whether a folder can be worked on, and if not, a sentence that says what to do."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from nano_agent.record.files import RUNS_FOLDER
from nano_agent.workspace.git import GitError, GitRunner

_LISTED = 8
RUN_ID_PATTERN = "20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*-????????"
"""What `new_run_id` makes, as git matches names."""


class WorkspaceError(Exception):
    """The folder cannot be worked on; the message is a sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with a work tree and at least one commit."""

    root: Path
    """Its top folder, links resolved."""
    git_dir: Path
    base_commit: str
    branch: str | None
    """`None` on a detached head."""
    dirty: tuple[str, ...]
    """Paths that differ from the commit or are not tracked."""
    submodules: bool
    """Whether it has any; changes inside them are not seen by a diff of this repository."""


def open_repository(folder: Path, runs: Path | None = None) -> Repository:
    """Look at the repository that `folder` lies in; raises `WorkspaceError`.

    `runs` is where run folders are kept; when it lies in the repository it is not counted as a change.
    """
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise WorkspaceError(f"{folder} is not a folder; give the repository to work on with --repo")
    git = GitRunner(folder)
    try:
        if git.run("rev-parse", "--is-bare-repository").strip() == "true":
            raise WorkspaceError(f"{folder} is a bare repository; make a work tree with: git clone {folder} work")
        if git.run("rev-parse", "--is-inside-work-tree").strip() != "true":
            raise WorkspaceError(f"{folder} is inside a .git folder; give the repository's own folder")
        root = Path(git.run("rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
        git = GitRunner(root)
        git_dir = Path(git.run("rev-parse", "--absolute-git-dir").removesuffix("\n"))
    except GitError as error:
        raise WorkspaceError(_explain(folder, str(error))) from error
    commit = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", ok=(0, 1)).strip()
    if not commit:
        raise WorkspaceError(f"{root} has no commit yet; make one first: git add -A && git commit -m 'Start'")
    branch = git.run("symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1)).strip()
    try:
        dirty = changed_paths(git.without_filters(), runs)
    except GitError as error:
        raise WorkspaceError(f"{root}: git status failed: {error}") from error
    return Repository(root, git_dir, commit, branch or None, dirty, (root / ".gitmodules").exists())


def dirty_sentence(repository: Repository) -> str:
    """What to say to a person whose repository has changes."""
    shown = ", ".join(repository.dirty[:_LISTED])
    more = len(repository.dirty) - _LISTED
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"{repository.root} has uncommitted changes: {shown}{rest}. "
        "Commit or stash them, or allow them (--allow-dirty), which makes them the base of the diff."
    )


def changed_paths(git: GitRunner, runs: Path | None) -> tuple[str, ...]:
    """Paths that differ from HEAD or are untracked, run folders left out."""
    # Submodules are not looked into: git would run itself in them, with whatever their configuration names.
    flags = ("--porcelain", "-z", "--untracked-files=normal", "--no-renames", "--ignore-submodules=dirty")
    output = git.run("status", *flags, "--", *excluding(git.folder, runs))
    return tuple(entry[3:] for entry in output.split("\0") if entry)


def excluding(root: Path, runs: Path | None) -> list[str]:
    """Pathspecs for everything but the run folders."""
    # The last letter is a pattern: git takes a plain pathspec that excludes what is ignored anyway for a mistake.
    ours = [f"{RUNS_FOLDER[:-1]}[{RUNS_FOLDER[-1]}]", *filter(None, [_runs_pattern(root, runs)])]
    return [".", *(f":(exclude,top,glob){pattern}/**" for pattern in ours)]


def _runs_pattern(root: Path, runs: Path | None) -> str | None:
    """A pattern for the run folders in another place in the repository, and for nothing else that lies there."""
    if runs is None or not runs.resolve().is_relative_to(root):
        return None
    inside = runs.resolve().relative_to(root)
    if inside.parts[:1] == (RUNS_FOLDER,):
        return None
    escaped = re.sub(r"([*?\[\]\\])", r"\\\1", str(inside))
    return f"{escaped}/{RUN_ID_PATTERN}" if inside.parts else RUN_ID_PATTERN


def hide_runs(repository: Repository, runs: Path) -> None:
    """Keep the run folders out of `git status` through `.git/info/exclude`; a repository that refuses is left alone."""
    if not runs.resolve().is_relative_to(repository.root):
        return
    if runs.resolve() == repository.root / RUNS_FOLDER:
        _keep_from_cleaning(runs)
    line = f"/{_runs_pattern(repository.root, runs) or RUNS_FOLDER}/"
    with contextlib.suppress(OSError, GitError):
        shared = GitRunner(repository.root).run("rev-parse", "--git-path", "info/exclude").removesuffix("\n")
        exclude = repository.root / shared
        exclude.parent.mkdir(exist_ok=True)
        lines = exclude.read_text(errors="surrogateescape").splitlines() if exclude.exists() else []
        if line not in lines:
            # One short write to the end, so that two runs that start together cannot tear each other's line.
            start = "" if not lines or exclude.read_bytes().endswith(b"\n") else "\n"
            with exclude.open("ab") as file:
                file.write(os.fsencode(f"{start}{line}\n"))


def _keep_from_cleaning(runs: Path) -> None:
    """Make the folder of runs look like a repository: `git clean -fdx`, which takes what is ignored, leaves those."""
    with contextlib.suppress(OSError):
        for name in ("objects", "refs"):
            (runs / ".git" / name).mkdir(parents=True, exist_ok=True)
        (runs / ".git" / "HEAD").write_text("ref: refs/heads/none\n")


def _explain(folder: Path, said: str) -> str:
    if "not a git repository" in said:
        make = "git init && git add -A && git commit -m 'Start'"
        return f"{folder} is not a git repository; make it one ({make}) or choose another with --repo"
    return f"{folder}: {said}"
