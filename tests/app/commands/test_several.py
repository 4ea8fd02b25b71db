"""Several runs of one task: each in a work tree of its own, found as a group, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent import Trajectory
from nano_agent.launch import launch
from nano_agent.left_behind import holding_work, sweep_left_behind
from nano_agent.record.process import birth
from nano_agent.resuming import resume_spec
from nano_agent.workspace.tenancy import move_in, worktrees_dir
from support.engine import Bench, events, metadata
from support.eventually import eventually
from support.recordings import Said, patch, shell
from support.repos import make_repo

FIX = patch("print('a')", "print('b')", "a.py")
RUN = [sys.executable, "-m", "nano_tui", "run"]


@pytest.fixture(autouse=True)
def _worktrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def command(bench: Bench, *words: str | Path) -> list[str]:
    return [*RUN, "--repo", str(bench.repo.root), "--sandbox", "local", "Fix it", *map(str, words)]


def several(bench: Bench, *words: str | Path) -> tuple[int, list[Path], str]:
    done = subprocess.run(command(bench, *words), capture_output=True, check=False, timeout=60)
    return done.returncode, [Path(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()


def test_each_has_its_own_work_tree_and_they_are_one_group(bench: Bench) -> None:
    before = bench.repo.belongings()
    code, folders, said = several(bench, "-k", "3", "--model", bench.model([FIX, shell("pwd; git status -s"), "Done."]))
    assert (code, len(folders)) == (0, 3), said
    assert said.endswith("3 of 3 done\n")
    runs = [Trajectory.load(folder) for folder in folders]
    assert {folder.parent for folder in folders} == {bench.repo.root / ".nano-agent"}
    assert len({run.group for run in runs}) == 1
    assert [metadata(folder)["sample"] for folder in folders] == [1, 2, 3]
    assert {run.repo for run in runs} == {str(bench.repo.root)}
    assert {run.diff for run in runs} == {runs[0].diff}
    assert "+print('b')" in (runs[0].diff or "")
    places = {run.messages[5].text for run in runs}
    assert len(places) == 3
    assert all(place.endswith("repository\n M a.py\n") for place in places)
    assert bench.repo.belongings() == before
    assert bench.repo.status() == ""
    assert list(worktrees_dir().iterdir()) == []


def test_some_that_end_otherwise_are_said_and_kept_work_trees_stay(bench: Bench) -> None:
    code, folders, said = several(
        bench, "-k", "2", "--tool-limit", "1", "--keep-worktrees", "--model", bench.model([FIX, "Done.", "Done."])
    )
    assert code == 1
    assert "tool_limit  1 step " in said
    assert "0 of 2 done" in said
    kept = [Path(metadata(folder)["worktree"]) for folder in folders]
    assert all((place / "a.py").read_text() == "print('b')\n" for place in kept)
    sweep_left_behind()
    assert all(place.is_dir() for place in kept)


def test_uncommitted_changes_come_along_when_they_are_allowed(bench: Bench) -> None:
    bench.repo.write({"b.txt": "mine\n", "new.txt": "new\n"})
    code, folders, said = several(bench, "-k", "2", "--model", bench.model([shell("cat b.txt new.txt"), FIX, "Done."]))
    assert (code, folders) == (1, [])
    assert said.count("has uncommitted changes: b.txt, new.txt") == 1
    code, folders, said = several(
        bench, "-k", "2", "--allow-dirty", "--model", bench.model([shell("cat b.txt new.txt"), FIX, "Done."])
    )
    assert code == 0, said
    run = Trajectory.load(folders[1])
    assert run.messages[3].text == "mine\nnew\n"
    assert (run.diff or "").count("diff --git") == 1


def test_ctrl_c_stops_all_of_them(bench: Bench) -> None:
    slow = bench.model([Said("slow " * 100, seconds=100)], speed=1)
    with subprocess.Popen(command(bench, "-k", "2", "--model", slow), stdout=-1, stderr=-1) as process:
        runs = bench.repo.root / ".nano-agent"
        eventually(lambda: runs.is_dir() and len([f for f in runs.iterdir() if f.name[0] == "2"]) == 2, "not begun", 20)
        assert process.stdout is not None
        folders = [Path(os.fsdecode(process.stdout.readline().strip())) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert [metadata(folder)["exit_status"] for folder in folders] == ["interrupted", "interrupted"]
    assert list(worktrees_dir().iterdir()) == []


def test_what_a_killed_run_leaves_behind_is_swept_at_the_next_start_and_nothing_else(bench: Bench) -> None:
    slow = bench.model([FIX, Said("slow " * 100, seconds=100)], speed=1)
    _, (killed, alive), _ = several(bench, "-k", "2", "--detach", "--model", slow)
    places = {folder: Path(metadata(folder)["worktree"]) for folder in (killed, alive)}
    eventually(lambda: len(events(killed, "request")) == 2, "what it edited was not saved")
    pid = metadata(killed)["process"]["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: birth(pid) is None)
    (worktrees_dir() / "somebody-elses").mkdir()
    (worktrees_dir() / "somebody-elses" / "lock").touch()
    locked_away = places[killed] / ".git" / "read-only"
    locked_away.mkdir()
    (locked_away / "file").touch()
    locked_away.chmod(0o500)
    assert places[killed].exists()
    code, _, said = several(bench, "-k", "2", "--model", bench.model([FIX, "Done."]))
    assert code == 0, said
    assert not places[killed].parent.exists()
    assert places[alive].exists()
    assert (worktrees_dir() / "somebody-elses").exists()
    os.kill(metadata(alive)["process"]["pid"], signal.SIGTERM)
    eventually(lambda: not places[alive].exists(), "its work tree stays")


def test_work_that_a_killed_run_did_not_save_is_kept_and_gone_on_with(bench: Bench) -> None:
    hanging = bench.model([FIX, shell("echo new > made.txt; touch begun; sleep 60"), "Done."])
    _, folders, _ = several(bench, "-k", "2", "--detach", "--model", hanging)
    places = {folder: Path(metadata(folder)["worktree"]) for folder in folders}
    for folder, place in places.items():
        eventually((place / "begun").exists)
        pid = metadata(folder)["process"]["pid"]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda pid=pid: birth(pid) is None)
    kept, forgotten = folders
    for name in ("made.txt", "begun"):
        (places[forgotten] / name).unlink()
    eventually(lambda: [place.name for place in sweep_left_behind()] == [kept.name], "the command still runs")
    assert sweep_left_behind() == [], "it is said once"
    assert holding_work() == [places[kept].parent]
    assert not places[forgotten].exists()
    assert launch(resume_spec(kept, "Look again.", work_on="found")) == kept
    eventually(lambda: metadata(kept)["ended_at"], "it never ended")
    assert "+new" in (kept / "diff.txt").read_text()
    assert list(worktrees_dir().iterdir()) == []


def test_a_work_tree_has_no_objects_of_its_own(tmp_path: Path) -> None:
    from nano_agent.workspace import open_repository
    from nano_agent.workspace.worktree import make_worktree

    repo = make_repo(tmp_path / "large", {f"f{n}.bin": os.urandom(50_000) for n in range(10)})
    tree = make_worktree(open_repository(repo.root), move_in("one", tmp_path / "run", repo.root))
    assert sum(path.stat().st_size for path in (tree.root / ".git").rglob("*") if path.is_file()) < 10_000
    tree.leave()
