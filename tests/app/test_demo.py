"""The demo: a sample's repository made again, its recording replayed, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent.trajectory import Trajectory
from nano_tui import demo
from nano_tui.app import NanoTui
from nano_tui.samples import samples_folder
from nano_tui.settings import CannotBegin, Settings
from support.screen import until, until_seen
from support.terminal import Terminal


def sample() -> Path:
    folder = samples_folder()
    assert folder is not None, "the samples are part of the checkout and of the wheel"
    return folder / demo.SAMPLE


def test_the_repository_is_as_it_was_when_the_sample_began(tmp_path: Path) -> None:
    spec = demo.prepare(tmp_path)
    root = Path(spec.repo_root)
    assert not subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, check=True).stdout
    # The sample's own diff fits, so the files are those it was made from.
    diff = Trajectory.load(sample()).diff
    assert diff
    subprocess.run(["git", "apply", "--check", "-"], cwd=root, input=diff.encode(), check=True)
    assert spec.model.startswith(f"replay/{sample()}?speed=")
    assert Path(str(spec.runs_dir)).is_relative_to(tmp_path)


def test_the_model_of_this_machine_looks_at_the_same_repository(tmp_path: Path) -> None:
    spec = demo.prepare_local(tmp_path)
    assert (spec.model, spec.scaffold) == ("local/smollm2", "tiny")
    first = demo.first_tree(sample())
    tree = subprocess.run(["git", "rev-parse", "HEAD^{tree}"], cwd=spec.repo_root, capture_output=True, check=True)
    assert tree.stdout.decode().strip() == first


def test_a_sample_without_checkpoints_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    with pytest.raises(CannotBegin, match="no checkpoint"):
        demo.prepare(tmp_path / "place", tmp_path / "sample")


async def test_the_recording_is_replayed_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SPEED", 50.0)
    settings = Settings((sample().parent,), tmp_path / "runs", "live", lambda: demo.prepare(tmp_path))
    app = NanoTui(settings)
    async with app.run_test(size=(160, 48), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "ended: done")
        task = Trajectory.load(sample()).task or ""
        await until(pilot, lambda: app.query_one("#form").values.task == task, "the form shows the run")
        diffs = [Trajectory.load(folder).diff for folder in (tmp_path / "runs").iterdir()]
        assert diffs == [Trajectory.load(sample()).diff]


async def test_a_demo_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    def fail() -> None:
        raise CannotBegin("git is not installed, or not on the PATH; install it and try again")

    async with NanoTui(Settings((tmp_path,), None, "live", fail)).run_test(  # type: ignore[arg-type]
        size=(160, 48), notifications=True, tooltips=True
    ) as pilot:
        await until_seen(pilot, "The run was not started", "git is not installed")


def test_nothing_is_left_behind_when_the_demo_is_left_early(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nano_tui", "demo"]
    with Terminal(command, columns=160, rows=48, environ={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.wait_for("the model replies|running", seconds=60)
        terminal.type("q")
        assert terminal.wait_for_exit(30) == 0
    assert not list(tmp_path.glob("nano-tui-demo-*"))
