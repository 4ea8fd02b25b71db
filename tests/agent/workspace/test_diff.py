"""The honest diff and the checkpoints: what git itself would say of the work tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from nano_agent.workspace import restore_tree
from support.repos import Repo, make_repo
from support.work import WORK, checkpoints, repo_with_everything


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return repo_with_everything(tmp_path / "repo")


@pytest.mark.parametrize("name", WORK)
def test_the_diff_makes_a_fresh_clone_the_same(repo: Repo, tmp_path: Path, name: str) -> None:
    taken = checkpoints(repo)
    base = taken.take(0)
    assert base == repo.git("rev-parse", "HEAD^{tree}").strip()
    repo.git("clone", "--quiet", "--no-local", ".", tmp_path / "clone")
    clone = Repo(tmp_path / "clone")
    WORK[name](repo)
    diff = taken.diff(base)
    assert bool(diff) == (name not in ("nothing", "ignored only"))
    (tmp_path / "diff.txt").write_bytes(diff)
    if diff:
        clone.git("apply", "--binary", "--index", tmp_path / "diff.txt")
    repo.git("add", "--all")
    assert clone.git("write-tree") == repo.git("write-tree")


@pytest.mark.parametrize("name", [name for name in WORK if "forced" not in name])
def test_a_checkpoint_is_what_git_says_of_the_tree(repo: Repo, tmp_path: Path, name: str) -> None:
    taken = checkpoints(repo, tmp_path / "runs")
    before = taken.take(0)
    assert taken.take(1) == before
    WORK[name](repo)
    tree = taken.take(2)
    assert tree == repo.tree()
    into = tmp_path / "restored"
    into.mkdir()
    restore_tree(taken.store, tree, into)
    restored = make_repo(into, {})
    assert restored.git("rev-parse", "HEAD^{tree}").strip() == tree


def test_the_persons_repository_is_not_touched(repo: Repo) -> None:
    repo.write({"staged.txt": "staged\n", "a.py": "dirty\n"})
    repo.git("add", "staged.txt")
    before = repo.belongings()
    taken = checkpoints(repo)
    base = taken.take(0)
    repo.write({"new.txt": "x\n", "bin.dat": b"\0" * 10})
    taken.take(1)
    taken.diff(base)
    assert repo.belongings() == before


def test_a_dirty_base_is_no_part_of_the_diff(repo: Repo) -> None:
    repo.write({"a.py": "dirty\n", "untracked.txt": "x\n"})
    taken = checkpoints(repo)
    base = taken.take(0)
    repo.write({"a.py": "dirty\nmore\n"})
    diff = taken.diff(base).decode()
    assert "untracked" not in diff
    assert diff.endswith("@@ -1 +1,2 @@\n dirty\n+more\n")


def test_the_record_is_no_part_of_the_diff_even_when_it_is_forced(repo: Repo) -> None:
    taken = checkpoints(repo)
    base = taken.take(0)
    repo.git("add", "--force", ".nano-agent", ok=False)
    repo.write({".gitignore": "!*\n!.nano-agent/\n"})
    assert b"nano-agent/" not in taken.diff(base).replace(b"!.nano-agent/", b"")


@pytest.mark.parametrize("place", ["runs", ".", "sr[c]*", "src/deep"])
def test_runs_kept_elsewhere_in_the_repository_are_left_out_and_their_neighbours_are_not(
    repo: Repo, place: str
) -> None:
    (repo.root / place).mkdir(parents=True, exist_ok=True)
    taken = checkpoints(repo, repo.root / place)
    base = taken.take(0)
    assert base == repo.git("rev-parse", "HEAD^{tree}").strip()
    repo.write({f"{place}/work.txt": "x\n"})
    diff = taken.diff(base)
    assert b"work.txt" in diff
    assert b"messages.jsonl" not in diff
