"""Steering the run that is looked at: what waits is shown in full, decided on by key and mouse, nothing by chance."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from nano_agent.record.process import birth
from nano_tui.app import NanoTui
from nano_tui.run_view import RunView
from nano_tui.settings import Settings
from nano_widgets.approval import Approval
from support.engine import Bench
from support.eventually import eventually
from support.live_run import LiveRun
from support.recordings import patch, shell
from support.screen import screen_text, typed, until, until_seen
from support.steered import steered
from support.terminal import Terminal

SIZE = (120, 40)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LiveRun]:
    run = LiveRun(tmp_path / "runs" / "2026-01-01T00-00-00-aaaaaaaa", "Fix the parser")
    yield run
    run.recorder.close()


def asks(run: LiveRun, text: str, name: str = "shell", edits: str = "command", ask: str = "q1") -> None:
    """A call waits for a person."""
    run.recorder.event("ask", step=1, ask=ask, call_id="c1", name=name, command=text[:80], text=text, edits=edits)


def sent(run: LiveRun) -> list[dict[str, Any]]:
    """What came to the inbox, without ids and times."""
    lines = (run.folder / "inbox.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in ("id", "t")} for line in lines]


def app_on(run: LiveRun) -> NanoTui:
    return NanoTui(Settings((run.folder.parent,), pane="live"))


async def waits(pilot: Pilot[Any]) -> Approval:
    """Wait until the call that waits has been there long enough to be decided on."""
    await until_seen(pilot, "waits for your approval")
    approval = pilot.app.screen.query_one(Approval)
    await until(pilot, lambda: approval.looked_at)
    return approval


@pytest.mark.parametrize(
    ("key", "scope"), [("a", "once"), ("A", "command"), ("T", "tool")], ids=["once", "this", "tool"]
)
async def test_a_call_is_approved_by_key(run: LiveRun, key: str, scope: str) -> None:
    run.ask()
    asks(run, "rm -rf build\necho '[@click=app.quit]x[/]' \x1b[2J")
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await waits(pilot)
        assert "echo '[@click=app.quit]x[/]' ␛[2J" in screen_text(pilot.app)
        await pilot.press(key)
        await until(pilot, lambda: sent(run))
        assert sent(run) == [{"do": "approve", "ask": "q1", "scope": scope}]
        run.recorder.event("decision", ask="q1", call_id="c1", decision="approved")
        await until(pilot, lambda: "waits for your approval" not in screen_text(pilot.app))


@pytest.mark.parametrize("key", ["a", "x"])
async def test_a_run_at_its_limit_is_given_more_or_ended(run: LiveRun, key: str) -> None:
    run.ask()
    asks(run, "all 30 tool calls were used", name="tool_limit", edits="limits")
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "tool_limit was reached; the run waits for a higher one", "x End the run")
        await until_seen(pilot, "waiting for a higher limit")
        approval = pilot.app.screen.query_one(Approval)
        await until(pilot, lambda: approval.looked_at)
        await pilot.press(key)
        if key == "a":
            await until_seen(pilot, "tool_limit=+20")
            await pilot.press("enter")
        await until(pilot, lambda: sent(run))
        more: dict[str, Any] = {"do": "limits", "set": {"tool_limit": 50}}
        assert sent(run) == [more if key == "a" else {"do": "deny", "ask": "q1"}]


async def test_a_key_meant_for_the_last_call_does_not_decide_on_the_next(run: LiveRun) -> None:
    run.ask()
    asks(run, "ls")
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        approval = await waits(pilot)
        asks(run, "rm -rf /", ask="q2")
        await until(pilot, lambda: approval.ask is not None and approval.ask.id == "q2")
        if not approval.looked_at:
            await pilot.press("a")
            assert sent(run) == []


async def test_a_call_is_edited_denied_and_clicked(run: LiveRun) -> None:
    run.ask()
    asks(run, "rm b.txt")
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await waits(pilot)
        await pilot.press("E")
        await until_seen(pilot, "Run this instead:")
        await typed(pilot, "end", *" -i", "enter")
        await until(pilot, lambda: len(sent(run)) == 1)
        await pilot.press("x")
        await until_seen(pilot, "Why not? The model is told.")
        await typed(pilot, *"No, a.", "enter")
        await until(pilot, lambda: len(sent(run)) == 2)
        await pilot.click("#approval-choices Button")
        await until(pilot, lambda: len(sent(run)) == 3)
        assert sent(run) == [
            {"do": "approve", "ask": "q1", "edit": "rm b.txt -i"},
            {"do": "deny", "ask": "q1", "reason": "No, a."},
            {"do": "approve", "ask": "q1", "scope": "once"},
        ]


async def test_a_patch_is_shown_as_a_diff_and_an_action_is_typed(run: LiveRun) -> None:
    run.ask()
    arguments = {"search": "a\nb", "replace": "a\nc", "file": "x.py"}
    asks(run, json.dumps(arguments), name="apply_patch", edits="arguments")
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await waits(pilot)
        await until_seen(pilot, "x.py +1 -1", "-b", "+c")
        asks(run, "", edits="action", ask="q2")
        await until_seen(pilot, "? type what is to run", "a Type it")
        await pilot.press("a")
        await until_seen(pilot, "What is to run?")
        await typed(pilot, *"ls", "enter")
        await until(pilot, lambda: sent(run) == [{"do": "approve", "ask": "q2", "edit": "ls"}])


async def test_a_draft_stays_and_typing_is_never_a_command(run: LiveRun) -> None:
    run.ask()
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model", "s Say")
        await pilot.press("s")
        await until_seen(pilot, "Say to the model:")
        await typed(pilot, *"xax")
        asks(run, "rm b.txt")
        await until_seen(pilot, "waits for your approval")
        await typed(pilot, *"aS", "ctrl+j", *"SA", "escape")
        assert sent(run) == []
        await pilot.press("s")
        await until_seen(pilot, "xaxaS", "SA")
        await pilot.press("enter")
        await until(pilot, lambda: sent(run) == [{"do": "say", "text": "xaxaS\nSA"}])
        await pilot.press("s")
        await until(pilot, lambda: "xaxaS" not in screen_text(pilot.app))


async def test_interrupt_and_limits(run: LiveRun) -> None:
    run.ask()
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model", "i Interrupt")
        await pilot.press("i")
        await until(pilot, lambda: sent(run) == [{"do": "interrupt"}])
        await pilot.press("I")
        await until_seen(pilot, "Interrupt, and say:")
        await typed(pilot, *"Hey", "enter")
        await until(pilot, lambda: len(sent(run)) == 2)
        await pilot.press("L")
        await until_seen(pilot, "tool_limit=30 token_limit=8192")
        await typed(pilot, "ctrl+a", "ctrl+k", *"tool_limit=99 luck=1", "enter")
        await until_seen(pilot, "'luck=1' is no limit")
        await pilot.press("L")
        await until_seen(pilot, "Limits: ")
        await typed(pilot, *" tool_limit=99", "enter")
        await until(pilot, lambda: len(sent(run)) == 3)
        assert sent(run)[1:] == [
            {"do": "interrupt", "text": "Hey"},
            {"do": "limits", "set": {"tool_limit": 99, "token_limit": 8192}},
        ]


async def test_a_run_that_waits_is_told_wherever_one_is(run: LiveRun) -> None:
    run.ask()
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model")
        await pilot.press("3")
        asks(run, "rm b.txt")
        await until_seen(pilot, "Waiting for you", "rm b.txt", "1 asks")
        await pilot.press("2")
        await waits(pilot)
        run.end()
        await until(pilot, lambda: "waits for your approval" not in screen_text(pilot.app))


def test_an_app_that_is_killed_takes_no_question_with_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    model = bench.model([shell("touch made"), patch("one", "1", "b.txt"), "Done."])
    with steered(bench, model, approval="ask") as run:
        command = [sys.executable, "-m", "nano_tui", str(run.folder.parent)]
        for number in range(2):
            with Terminal(command) as terminal:
                terminal.wait_for("Fix|Do it|nano-tui")
                terminal.type("2")
                terminal.wait_for("waits for your approval")
                if not number:
                    os.kill(terminal.pid, signal.SIGKILL)
                    continue
                ask = run.asked()
                while run.follower.poll().state.ask == ask:
                    terminal.type("T")
                    terminal._read(0.2)
        run.send("mode", mode="auto")
        assert run.ends() == "done"
    assert (bench.repo.root / "made").exists()


def test_two_apps_on_one_run_and_the_terminal_of_one_is_hung_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    calls = [shell("touch made"), shell("touch more")]
    with steered(bench, bench.model([calls, patch("one", "1", "b.txt"), "Done."]), approval="ask") as run:
        command = [sys.executable, "-m", "nano_tui", str(run.folder.parent)]
        with Terminal(command) as one, Terminal(command) as two:
            for terminal in (one, two):
                terminal.wait_for("Do it")
                terminal.type("2")
                terminal.wait_for("touch made(?s:.*)a Approve")
            ask = run.asked()
            while run.follower.poll().state.ask == ask:
                one.type("a")
                two.type("a")
                one.drain(0.1)
            # Approved once: the next call was never looked at by anybody, and waits in both.
            assert run.asked().text == "touch more"
            for terminal in (one, two):
                terminal.wait_for("│  touch more")
            assert not (bench.repo.root / "more").exists()
            family = descendants(two.pid)
            two.hang_up()
            eventually(lambda: not any(birth(pid) for pid in family), "the app is still there")
            run.send("mode", mode="auto")
            assert run.ends() == "done"
            one.wait_for("ended: done")
    assert (bench.repo.root / "more").exists()


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


@pytest.mark.parametrize(
    ("key", "said"),
    [("s", "The run has ended meanwhile. Enter"), ("I", "nothing was sent")],
    ids=["say", "interrupt"],
)
async def test_a_run_that_ends_while_one_writes_to_it_is_not_told_in_vain(run: LiveRun, key: str, said: str) -> None:
    run.ask()
    run.stream("Thinking")
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "the model replies")
        await typed(pilot, key, *"stop")
        run.end()
        view = pilot.app.query_one("#live-view", RunView)
        await until(pilot, lambda: not view.going)
        await pilot.press("enter")
        await until_seen(pilot, said)
        assert sent(run) == []
        if key == "s":
            await until_seen(pilot, "A new task for this run", "stop")
