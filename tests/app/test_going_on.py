"""Forks, resumed runs and families in the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from nano_widgets.choice import Choice
from nano_widgets.go_on_form import RUN_AGAIN
from support.engine import Bench, lines, metadata
from support.recordings import patch, shell
from support.runs import mini_file
from support.screen import typed, until, until_seen

SIZE = (160, 48)


@pytest.fixture(autouse=True)
def _worktrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    bench = Bench(tmp_path)
    replies = [patch("one", "1", "b.txt"), shell("ls"), patch("two", "2", "b.txt"), "It is done."]
    folder = bench.run(replies, "Mend it", tool_limit=2, sandbox="local", runs_dir=tmp_path / "runs").out_dir
    assert folder is not None
    return folder


def runs_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name[0] == "2")


async def test_a_step_is_forked_by_key_and_watched(run: Path) -> None:
    app = NanoTui(Settings((run.parent,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run", "Mend it")
        await pilot.press("enter")
        await until_seen(pilot, "+1")
        await pilot.press("g", "f")
        await until_seen(pilot, "Fork from the start", "A new run with the same task")
        await pilot.press("escape", "G", "f")
        await until_seen(pilot, "Fork after step 2")
        await typed(pilot, *"Two", *["tab"] * 5, *"tool_limit=some", "ctrl+r")
        await until_seen(pilot, "'tool_limit=some' is no limit")
        await typed(pilot, *["backspace"] * 4, *"+9", "ctrl+r")
        await until(pilot, lambda: len(runs_in(run.parent)) == 2, "no fork was begun")
        (fork,) = set(runs_in(run.parent)) - {run}
        await until_seen(pilot, f"forked from {run.name} after step 2", "ended: done", "Two")
        assert metadata(fork)["limits"]["tool_limit"] == 11
        await pilot.press("F")
        await until_seen(pilot, "Family", f"└─ {fork.name} after step 2", "tool_limit")
        await pilot.press("k", "enter")
        await until_seen(pilot, "ended: tool_limit")


async def test_a_limited_run_goes_on_by_key(run: Path) -> None:
    app = NanoTui(Settings((run.parent,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run", "Mend it")
        await pilot.press("enter")
        await until_seen(pilot, "+1")
        await pilot.press("L")
        await until_seen(pilot, "Resume", "It ended: tool_limit", "tool_limit=+2")
        await pilot.press("tab", *["backspace"] * 13, "ctrl+r")
        await until_seen(pilot, "It would end at once: all 2 tool calls were used")
        await typed(pilot, *"tool_limit=+2", "enter")
        await until_seen(pilot, "ended: done")
        assert runs_in(run.parent) == [run]


async def test_the_last_message_is_edited_before_a_fork(run: Path) -> None:
    app = NanoTui(Settings((run.parent,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run", "Mend it")
        await pilot.press("enter")
        await until_seen(pilot, "+1")
        await pilot.press("G", "f")
        await until_seen(pilot, "Fork after step 2", "last msg")
        await pilot.press("tab", "right")
        box = app.screen.query_one("#goon-last-text", TextArea)
        await until(pilot, lambda: "b.txt" in box.text, "the last message is not there")
        await typed(pilot, "tab", "ctrl+home", *"Nothing but ", "tab", "tab", "tab", "tab", *"tool_limit=+9", "ctrl+r")
        await until_seen(pilot, f"forked from {run.name} after step 2", "ended: done")
        (fork,) = set(runs_in(run.parent)) - {run}
        asked = [message for message in lines(fork / "messages.jsonl") if message["role"] == "tool"]
        assert asked[1]["content"].startswith("Nothing but [0 tool calls left: finish soon]")
        assert metadata(fork)["forked_from"]["edited"] == 5


async def test_a_run_of_another_agent_is_forked_onto_a_commit(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    commands = ["cat > made.py <<'EOF'\nprint(1)\nEOF", "sed -i s/three/3/ absent.txt", "make", "sleep 0.5"]
    mini_file(tmp_path / "runs" / "a.traj.json", task="Paint the gate", commands=commands)
    before = bench.repo.belongings()
    app = NanoTui(Settings((tmp_path / "runs",)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run", "Paint the gate")
        await pilot.press("enter")
        await until_seen(pilot, "You can act")
        await pilot.press("R", "F")
        await until_seen(pilot, "Only runs that nano-tui")
        assert len(app.screen_stack) == 1, "what is not ours has no family and cannot go on in its file"
        await pilot.press("G", "f")
        await until_seen(pilot, "Fork after step 4", "in a work tree of its own", "commit   HEAD")
        app.screen.query_one("#goon-repo", Input).value = str(tmp_path / "nowhere")
        await until_seen(pilot, "has no commit HEAD")
        app.screen.query_one("#goon-repo", Input).value = str(bench.repo.root)
        await until_seen(pilot, "the history was converted from mini_swe_agent", "absent.txt")
        app.screen.query_one("#goon-model", Input).value = bench.model([patch("one", "1", "b.txt"), "Done."])
        app.screen.query_one("#goon-commands", Choice).choose(RUN_AGAIN)
        await pilot.press("ctrl+r")
        await until_seen(pilot, "Doing 4 of 4 again: sleep 0.5")
        await until_seen(pilot, "forked from a.traj.json after step 4", "ended: done")
    (fork,) = runs_in(bench.repo.root / ".nano-agent")
    assert "+print(1)" in (fork / "diff.txt").read_text()
    assert bench.repo.belongings() == before


async def test_several_runs_of_one_task_are_started_from_the_form(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    runs = tmp_path / "runs"
    app = NanoTui(Settings((runs,), runs_dir=runs, pane="launch"))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until(pilot, lambda: app.query("#tool_limit") and app.query_one("#tool_limit", Input).placeholder)
        app.query_one("#task", TextArea).text = "Mend it"
        app.query_one("#repo_root", Input).value = str(bench.repo.root)
        app.query_one("#model", Input).value = bench.model([patch("one", "1", "b.txt"), "It is done."])
        app.query_one("#count", Input).value = "0"
        await pilot.press("escape", "ctrl+r")
        await until_seen(pilot, "'0' runs: give a number", "Not started")
        app.query_one("#count", Input).value = "2"
        await until_seen(pilot, "Run x 2")
        await pilot.press("escape", "ctrl+r")
        await until(pilot, lambda: runs.is_dir() and len(runs_in(runs)) == 2, "they were not started")
        first, second = runs_in(runs)
        await until(pilot, lambda: metadata(first)["ended_at"] and metadata(second)["ended_at"], "they go on")
        assert {metadata(first)["sample"], metadata(second)["sample"]} == {1, 2}
        assert metadata(first)["group_id"] == metadata(second)["group_id"]
        assert bench.repo.status() == ""
        await until_seen(pilot, "2 runs")
