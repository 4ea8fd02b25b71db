"""`git clean` in the work tree, which takes what is ignored, leaves the run folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nano_agent.workspace import git as git_module
from nano_agent.workspace import open_repository
from nano_agent.workspace.git import GitError
from support.repos import make_repo
from support.work import checkpoints


@pytest.mark.parametrize("command", ["clean -fdx", "clean -fdX", "stash --all"])
def test_git_clean_leaves_the_runs(tmp_path: Path, command: str) -> None:
    repo = make_repo(tmp_path / "repo")
    taken = checkpoints(repo)
    repo.write({"noise.txt": "x\n"})
    repo.git(*command.split(), ok=False)
    assert (taken.store.parent / "messages.jsonl").read_text() == "{}\n"
    assert not open_repository(repo.root, taken.store.parent.parent).dirty or "X" in command


def test_a_pipe_that_git_would_wait_for_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = make_repo(tmp_path / "repo")
    taken = checkpoints(repo)
    taken.take(0)
    os.mkfifo(repo.root / ".gitattributes")
    # Git asks for attributes only when it has a file to read.
    repo.write({"a.py": "another\n"})
    monkeypatch.setattr(git_module, "LASTS", 0.5)
    with pytest.raises(GitError, match=r"git add did not finish in 0\.5 s; is a pipe called"):
        taken.take(1)
