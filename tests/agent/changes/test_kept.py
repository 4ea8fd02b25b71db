"""What our own runs changed, step by step, as it was kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nano_agent import Trajectory
from nano_agent.changes import answers, changes_of
from nano_agent.changes.kept import KeptChanges, trees_of
from nano_agent.changes.rebuilt import RebuiltChanges
from support.repos import Repo, make_repo
from support.work import WORK, checkpoints, repo_with_everything

SAMPLES = Path(__file__).resolve().parents[3] / "sample_trajectories"
# A child run only looks at its parent's work tree, and keeps none of its own.
NAMES = sorted(store.parent.name for store in SAMPLES.glob("*/checkpoints.git"))


def checkout(store: Path, tree: str, repo: Repo) -> None:
    """Make the work tree of a repository that of a checkpoint, by git's own archive."""
    for path in repo.root.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    archive = subprocess.run(["git", f"--git-dir={store}", "archive", tree], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", repo.root], input=archive, check=True)


def said_by_git(repo: Repo, before: str, after: str) -> str:
    return repo.git("diff", "--full-index", "--find-renames", before, after)


@pytest.mark.parametrize("name", NAMES)
def test_every_steps_diff_is_what_git_says_of_a_real_checkout(name: str, tmp_path: Path) -> None:
    run = Trajectory.load(SAMPLES / name)
    changes, trees = changes_of(run), trees_of(SAMPLES / name)
    repo = make_repo(tmp_path / "repo", {}, commit=False)
    commits = list[str]()
    assert changes.last == len(run.steps) > 0
    for step in range(changes.last + 1):
        if step in trees:
            checkout(SAMPLES / name / "checkpoints.git", trees[step], repo)
        commits.append(repo.commit(f"step {step}"))
        since_start, this_step = changes.diff(0, step), changes.diff(max(0, step - 1), step)
        assert (since_start.provenance, since_start.note) == ("exact", "")
        assert since_start.text == said_by_git(repo, commits[0], commits[step])
        assert this_step.text == said_by_git(repo, commits[max(0, step - 1)], commits[step])
        for path in repo.git("ls-files").splitlines():
            assert changes.text(path, step).text == (repo.root / path).read_text()
    assert changes.diff(changes.last, 0).text == said_by_git(repo, commits[-1], commits[0])
    if run.diff is not None:
        assert changes.final().text == run.diff


@pytest.mark.parametrize("name", NAMES)
def test_rebuilding_comes_to_the_same(name: str) -> None:
    run = Trajectory.load(SAMPLES / name)
    exact, again = changes_of(run), RebuiltChanges(run)
    for step in range(1, exact.last + 1):
        assert again.changed(step - 1, step) == exact.changed(step - 1, step), step
    for path in exact.changed(0, exact.last):
        lines = (exact.text(path, exact.last).text or "").split("\n")
        for line, guess in zip(lines, (again.text(path, exact.last).text or "").split("\n"), strict=False):
            assert guess in (line, "⋯")
    assert again.agreement() in (([], []), None)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Repo, Path]:
    return repo_with_everything(tmp_path / "repo"), tmp_path / "runs"


def of(repo: Repo, runs: Path, *work: str) -> KeptChanges:
    """A run that did these things, a step each."""
    taken = checkpoints(repo, runs)
    trees = {0: taken.take(0)}
    for step, name in enumerate(work, 1):
        WORK[name](repo)
        trees[step] = taken.take(step)
    return KeptChanges(Trajectory("nano-run", taken.store.parent), trees, len(work))


def test_links_binaries_modes_and_renames(kept: tuple[Repo, Path]) -> None:
    changes = of(*kept, "symlinks", "binary", "mode", "renamed")
    assert changes.changed(0, 1) == {"link": "~", "dangling": "+", "b.txt": "~"}
    assert "+nowhere at all\n\\ No newline" in changes.diff(0, 1).text
    assert changes.text("dangling", 1).note == "A symbolic link to nowhere at all"
    assert "Binary files a/bin.dat and b/bin.dat differ" in changes.diff(1, 2).text
    assert (changes.text("bin.dat", 2).text, changes.text("bin.dat", 2).note) == (None, "This is a binary file.")
    assert "old mode 100644\nnew mode 100755" in changes.diff(2, 3).text
    assert "rename from dir/long.txt\nrename to renamed.txt" in changes.diff(3, 4).text
    kinds = {entry.name: (entry.kind, entry.status, entry.step_status) for entry in changes.folder("", 4).entries}
    assert kinds["link"] == ("link", "~", "")
    assert kinds["renamed.txt"] == ("file", "+", "+")
    assert kinds["dir"] == ("folder", "~", "~")
    assert kinds["src"] == ("folder", "", "")
    assert [(e.name, e.status) for e in changes.folder("dir", 4).entries if e.status] == [("long.txt", "-")]


def test_odd_names_and_files_in_the_place_of_folders(kept: tuple[Repo, Path]) -> None:
    changes = of(*kept, "odd names", "file and folder")
    names = {entry.name for entry in changes.folder("", 1).entries}
    assert {"new\nline", "tab\there", "--all", ":(top)x", 'quo"te', os.fsdecode(b"latin-\xe9")} <= names
    for name in names - {"dir", "src", "link", "bin.dat"}:
        assert changes.text(name, 1).text is not None, name
    assert changes.diff(0, 1).data.count(b"new file") == 10
    assert changes.changed(1, 2)["b.txt/inside"] == "+"
    assert {e.name: e.kind for e in changes.folder("", 2).entries}["b.txt"] == "folder"


def test_submodules_pointers_and_large_files(kept: tuple[Repo, Path], tmp_path: Path) -> None:
    repo, runs = kept
    make_repo(tmp_path / "inner", {"x": "x\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", tmp_path / "inner", "sub")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    repo.write({"model.bin": pointer, "large.txt": "a line of it\n" * 200_000, ".gitignore": "*.log\n", "x.log": "x\n"})
    repo.commit("All kinds")
    taken = checkpoints(repo, runs)
    trees = {0: taken.take(0)}
    repo.write({"large.txt": "another line\n" * 200_000, "x.log": "y\n"})
    trees[1] = taken.take(1)
    changes = KeptChanges(Trajectory("nano-run", taken.store.parent), trees, 1)
    assert changes.text("sub", 1).note.startswith("A submodule, at commit ")
    assert changes.text("model.bin", 1).note == "A pointer to a file of 12,345 bytes, which is kept elsewhere (LFS)."
    large, diff = changes.text("large.txt", 1), changes.diff(0, 1)
    assert large.cut
    assert len(large.text or "") == answers.MOST
    assert diff.cut
    assert diff.text.endswith("\n")
    assert diff.note == "Only the first 2 MB are shown."
    assert changes.changed(0, 1) == {"large.txt": "~"}
    assert "x.log" not in {entry.name for entry in changes.folder("", 1).entries}


def test_what_is_gone_is_said(kept: tuple[Repo, Path]) -> None:
    changes = of(*kept, "changed")
    assert changes.diff(0, 2).note == "There is no step 2."
    shutil.rmtree(kept[0].root)
    diff = changes.diff(0, 1)
    assert (diff.text, diff.provenance) == ("", "none")
    assert "is gone from" in diff.note
    assert changes.folder("", 0).provenance == "none"
    assert changes.text("a.py", 0).provenance == "none"
    shutil.rmtree(changes._store)
    assert "checkpoints.git" in changes.diff(0, 1).note


def test_nothing_of_the_persons_is_touched(kept: tuple[Repo, Path]) -> None:
    repo, _ = kept
    changes = of(*kept, "changed", "symlinks")
    before = repo.belongings()
    changes.diff(0, 2), changes.folder("", 1), changes.text("a.py", 2), changes.changed(0, 1)
    assert repo.belongings() == before
