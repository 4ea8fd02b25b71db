"""What a model should know of a workspace before it looks: where it is, what git says of it, what its documents say."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from nano_agent.workspace.git import GitError, GitRunner
from nano_agent.workspace.preconditions import Repository

DOCUMENTS = ("AGENTS.md", "README.md", "pyproject.toml", "package.json")
_DOCUMENT_LIMIT = 1200
_STATUS_LIMIT = 1500
_COMMITS = 5


def snapshot(repository: Repository) -> str:
    """The workspace in some lines of text; what git cannot say is left out."""
    git = GitRunner(repository.root).without_filters()
    status = "\n".join(f"  {path}" for path in repository.dirty) or "  clean"
    parts = [
        f"- cwd: {repository.root}",
        f"- repository root: {repository.root}",
        f"- branch: {repository.branch or 'none (detached head)'}",
        f"- default branch: {_default_branch(git)}",
        f"- changed files:\n{_clipped(status, _STATUS_LIMIT)}",
        f"- last commits:\n{_commits(git)}",
    ]
    documents = [
        f"- {name}:\n{_clipped(text, _DOCUMENT_LIMIT)}" for name in DOCUMENTS if (text := _text(repository.root / name))
    ]
    return "\n".join(parts + documents)


def _default_branch(git: GitRunner) -> str:
    with contextlib.suppress(GitError):
        named = git.run("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", ok=(0, 1)).strip()
        if named:
            return named.removeprefix("origin/")
        branches = git.run("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        return next((name for name in ("main", "master") if name in branches), "unknown")
    return "unknown"


def _commits(git: GitRunner) -> str:
    with contextlib.suppress(GitError):
        lines = git.run("log", f"-{_COMMITS}", "--no-color", "--no-show-signature", "--format=%h %s").splitlines()
        return "\n".join(f"  {line[:200]}" for line in lines)
    return "  unknown"


def _text(path: Path) -> str:
    """The start of a document, if it is a plain file inside the repository: a link could lead anywhere."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not path.is_file():
                return ""
            return file.read(4 * _DOCUMENT_LIMIT).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}\n  [{len(text) - limit} characters left out]"
