"""`nano-tui fork`: a run branches off from the command line, its last message changed in an editor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent import Trajectory
from support.engine import Bench
from support.recordings import patch, shell
from support.runs import call, history, nano_folder, result, say

EDITOR = "sed -i s/blue/green/"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", EDITOR)
    return Bench(tmp_path)


def fork(run: Path, bench: Bench, *words: str) -> tuple[int, str, str]:
    model = bench.model([patch("three", "3", "b.txt"), "Done."])
    command = [sys.executable, "-m", "nano_tui", "fork", str(run), "--model", model, "--sandbox", "local", *words]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, encoding="utf-8")
    return done.returncode, done.stdout, done.stderr


def texts(folder: str) -> list[str]:
    return [message.text for message in Trajectory.load(Path(folder.splitlines()[0])).messages]


def test_the_last_message_of_our_run_is_edited(bench: Bench) -> None:
    agent = bench.run([shell("echo blue"), patch("one", "1", "b.txt"), "Done."])
    code, out, said = fork(agent.out_dir, bench, "--step", "1", "--edit-last")
    assert code == 0, said
    assert "green\n" in texts(out)[3]


def test_the_last_message_of_another_tools_run_is_edited(bench: Bench) -> None:
    path = nano_folder(
        bench.place / "foreign", history("Mend it", call("c1", "shell", cmd="x"), result("c1", "blue"), say("Done."))
    )
    place = ("--repo", str(bench.repo.root), "--step", "1")
    code, out, said = fork(path, bench, *place, "--edit-last")
    assert code == 0, said
    assert texts(out)[3] == "green"
    code, out, said = fork(path, bench, "--step", "1")
    assert (code, out) == (1, "")
    assert "is no run of ours; give its repository with --repo and --commit." in said


@pytest.mark.parametrize(
    ("editor", "sentence"),
    [("true", "not changed"), ("false", "not changed"), ("no-such-editor -w", "no-such-editor"), ("'", "EDITOR")],
)
def test_nothing_is_started_without_an_edit(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, editor: str, sentence: str
) -> None:
    agent = bench.run([shell("echo blue"), "Done."])
    monkeypatch.setenv("EDITOR", editor)
    code, out, said = fork(agent.out_dir, bench, "--step", "1", "--edit-last")
    assert (code, out) == (1, "")
    assert sentence in said
    assert "Traceback" not in said
