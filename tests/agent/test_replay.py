"""Running recorded actions again: what is the same, what differs first, and in what."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nano_agent.checks import CannotStart
from nano_agent.replaying import only_in, replay
from nano_agent.replaying_foreign import replay_foreign
from nano_agent.workspace.tenancy import worktrees_dir
from support.engine import Bench
from support.recordings import Call, Entry, patch, shell
from support.runs import call, history, nano_folder, result, say


@pytest.fixture(autouse=True)
def _worktrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))


def recorded(bench: Bench, replies: list[Entry], **more: Any) -> Path:
    agent = bench.run(replies, sandbox="local", runs_dir=bench.place / "runs", **more)
    assert agent.out_dir is not None
    bench.repo.git("checkout", "--quiet", ".")
    bench.repo.git("clean", "-fdq")
    return agent.out_dir


def test_a_run_that_comes_to_the_same(bench: Bench) -> None:
    broken = Call("shell", '{"cmd": ["ls"]}')
    replies: list[Entry] = [
        [shell("ls; seq 3000"), patch("one", "1", "b.txt"), patch("absent", "x", "b.txt")],
        [shell("cat b.txt; exit 3"), broken, Call("dance", "{}")],
        [shell("echo new > new.txt; git status -s"), shell("ls missing")],
        "Done.",
    ]
    folder = recorded(bench, replies, tool_limit=9)
    before = bench.repo.belongings()
    found = replay(folder)
    assert found.differences == []
    assert (found.steps, found.calls, found.skipped) == (4, 8, [])
    assert bench.repo.belongings() == before
    assert bench.repo.status() == ""
    assert list(worktrees_dir().iterdir()) == []


def test_the_first_difference_is_named_with_what_was_and_what_is(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("was\n")
    replies: list[Entry] = [
        patch("one", "1", "b.txt"),
        [shell("echo fine"), shell(f"cat {outside} | tee copy.txt; grep -q was {outside}")],
        shell(f"cat {outside}"),
        "Done.",
    ]
    folder = recorded(bench, replies)
    assert replay(folder).differences == []
    outside.write_text("is\n")
    found = replay(folder)
    assert [(d.step, d.call, d.kind) for d in found.differences] == [
        (2, 2, "exit code"),
        (2, 2, "output"),
        (2, 0, "files"),
    ]
    assert "-was\n+is" in found.differences[1].diff
    assert found.differences[2].expected == "--- copy.txt\nwas\n"
    assert found.steps == 2
    assert [d.step for d in replay(folder, everything=True).differences] == [2, 2, 2, 3]


def test_numbers_and_paths_alone_are_told_from_the_rest_and_not_hidden(bench: Bench) -> None:
    replies: list[Entry] = [shell("date +%s%N"), shell("pwd"), shell("mktemp -u"), patch("one", "1", "b.txt"), "Done."]
    found = replay(recorded(bench, replies))
    assert [(d.step, d.only) for d in found.differences[:2]] == [(1, "numbers"), (2, "paths")]
    assert found.first is found.differences[0]
    assert found.steps == 5


@pytest.mark.parametrize(
    ("expected", "actual", "only"),
    [
        ("ran in 0.12s", "ran in 3.4s", "numbers"),
        ("/tmp/a/b.py:3: x", "/home/me/b.py:3: x", "paths"),
        ("/tmp/a: 3 files, abc1234", "/srv/b: 4 files, 9de5671", "numbers and paths"),
        ("3 passed", "2 passed, 1 failed", ""),
        ("ok", "", ""),
    ],
)
def test_in_what_two_outputs_differ(expected: str, actual: str, only: str) -> None:
    assert only_in(expected, actual) == only


def test_calls_that_did_not_run_are_not_run(bench: Bench) -> None:
    folder = recorded(bench, [[patch("one", "1", "b.txt"), shell("touch made.txt")]], tool_limit=1)
    found = replay(folder)
    assert found.skipped == ["step 1, call 2: it was not run, or not to its end"]
    assert (found.calls, found.differences) == (1, [])


def test_the_files_of_a_call_that_was_cut_short_are_no_difference(bench: Bench) -> None:
    folder = recorded(bench, [[shell("touch made.txt; sleep 100"), shell("ls")]], time_limit=1)
    found = replay(folder)
    assert (found.calls, found.differences) == (0, [])
    assert found.skipped == [
        "step 1, call 1: the run's end or a person cut it short",
        "step 1, call 2: it was not run, or not to its end",
        "step 1: its files are not compared, for they are partly that call's doing",
    ]


def foreign(bench: Bench) -> Path:
    """A run of nano-agent in `/testbed`: commands with paths of its own, edits, one of which was refused."""
    return nano_folder(
        bench.place / "foreign",
        history(
            "Mend it",
            call("c1", "shell", cmd="cd /testbed && pwd && cat /testbed/b.txt"),
            result("c1", "/testbed\none\ntwo\nthree"),
            call("c2", "apply_patch", search="one", replace="1", file="/testbed/b.txt"),
            result("c2", "[patch applied to b.txt]"),
            call("c3", "apply_patch", search="absent", replace="x", file="b.txt"),
            result("c3", "[patch failed: search does not occur in the file]"),
            call("c4", "shell", cmd="head -n1 b.txt; date"),
            result("c4", "1\nSat Nov 21 2026"),
            call("c5", "shell", cmd="cat b.txt"),
            result("c5", "1\nzwei\nthree"),
            say("Done."),
        ),
    )


def test_a_run_of_another_agent(bench: Bench) -> None:
    path, before = foreign(bench), bench.repo.belongings()
    found = replay_foreign(path, bench.repo.root, sandbox="local", everything=True)
    assert [(d.step, d.call, d.kind) for d in found.differences] == [(4, 1, "output"), (5, 1, "output")]
    assert "-zwei\n+two" in found.differences[1].diff
    assert (found.steps, found.calls) == (6, 4)
    assert found.skipped == ["step 3, call 1: it is no command, and no edit that was made"]
    assert replay_foreign(path, bench.repo.root, sandbox="local").steps == 4
    assert bench.repo.belongings() == before
    assert list(worktrees_dir().iterdir()) == []


def test_commands_of_another_agent_run_only_where_they_are_confined(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "nano_tui", "replay", str(foreign(bench))]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.returncode == 1
    assert "is no run of ours; give its repository with --repo and --commit" in asked.stderr
    programs = bench.place / "programs"
    programs.mkdir()
    for name in ("git", "sh", "bash"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(CannotStart, match="only where they are confined"):
        replay_foreign(bench.place / "foreign", bench.repo.root)
    assert list(worktrees_dir().iterdir()) == []


def test_a_repository_that_has_moved(bench: Bench) -> None:
    folder = recorded(bench, [patch("one", "1", "b.txt"), "Done."])
    bench.repo.root.rename(bench.place / "moved")
    with pytest.raises(CannotStart, match="is not a folder; give the repository to work on with --repo"):
        replay(folder)
    assert replay(folder, bench.place / "moved").differences == []


def test_the_command(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("was\n")
    folder = recorded(bench, [shell(f"cat {outside}"), shell("date +%N"), patch("one", "1", "b.txt"), "Done."])

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "nano_tui", "replay", str(folder), *words]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)

    assert command("--loosely").returncode == 0
    strict = command()
    assert strict.returncode == 1
    assert "step 2, call 1: another output, only in numbers: shell date +%N" in strict.stdout
    outside.write_text("is \x1b[31m\n")
    differs = command("--loosely")
    assert differs.returncode == 1
    assert "-was\n+is ␛[31m" in differs.stdout
    assert differs.stdout.endswith("1 call of 1 step run again: first difference at step 1\n")
    told = json.loads(command("--json").stdout)
    assert (told["same"], told["first"]["step"], told["first"]["kind"]) == (False, 1, "output")
