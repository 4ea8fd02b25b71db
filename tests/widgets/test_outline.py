"""The outline: a line for each step."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from nano_agent.trajectory import Message, ToolCall
from nano_widgets.looks import runs_tests
from nano_widgets.outcomes import Outcome, outcome
from nano_widgets.outline import Outline
from nano_widgets.transcript.items import Items
from support.histories import SMALL, answer, call, hostile, long, trajectory
from support.painted import assert_harmless, lines


class Host(App[None]):
    def __init__(self, messages: Sequence[Message] = SMALL) -> None:
        super().__init__()
        self.messages = messages
        self.said: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        yield Outline()

    def on_mount(self) -> None:
        self.outline.focus()
        self.outline.show(trajectory(self.messages))

    @property
    def outline(self) -> Outline:
        return self.query_one(Outline)

    def on_outline_step_highlighted(self, message: Outline.StepHighlighted) -> None:
        self.said.append(("highlighted", message.step))

    def on_outline_step_selected(self, message: Outline.StepSelected) -> None:
        self.said.append(("selected", message.step))


async def test_a_line_for_each_step() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        first, second, third, *_ = lines(app.outline)
        assert first.startswith("› 1 › $ rg -n parse_range ")
        assert first.rstrip().endswith("1.5s  $0.0021")
        assert second.startswith("  2 ! apply_patch ranges.py, $ pytest -q ")
        assert second.split()[-4:] == ["+1", "-1", "✗1", "14s"]
        assert third.startswith("  3 · The range was half-open;")


async def test_it_says_where_one_is() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("j", "enter", "G")
        assert app.said == [("highlighted", 2), ("selected", 2), ("highlighted", 3)]
        app.outline.go_to_step(1)
        await pilot.pause()
        assert app.outline.cursor == 0
        app.outline.go_to_step(99)
        assert app.outline.cursor == 2


def test_what_runs_tests() -> None:
    for command in (
        "pytest",
        "cd /testbed && python -m pytest -q | tail -5",
        "PYTHONPATH=. timeout -k 5 600 .venv/bin/python3 -m pytest tests/test_a.py 2>&1 | tail",
        "git stash; uv run --frozen pytest -x",
        "for i in 1 2; do go test ./...; done",
        "python manage.py test app",
        "ls\nnpm run test",
        "(cargo test --all)",
        "./tests/runtests.py admin",
    ):
        assert runs_tests(command), command
    for command in (
        "cat pytest.ini",
        "pip install pytest",
        "grep -rn pytest .",
        "ls tests",
        "echo unittest.mock",
        "make",
    ):
        assert not runs_tests(command), command


async def test_jumps() -> None:
    tests = call("shell", {"cmd": "cd x && pytest -q | tail"}, 1)
    red = [Message("assistant", tool_calls=(tests,)), answer("1 failed in 0.1s", 1, exit_code=0)]
    app = Host([*SMALL, *long(150), *red, Message("user", "Once more."), *SMALL[2:]])
    async with app.run_test(size=(60, 20)) as pilot:
        at = []
        for keys in ("]e", "]e", "]t", "[t", "]u", "]d", "[d", "[u"):
            await pilot.press(*keys)
            at.append(app.outline.cursor + 1)
        assert at == [2, 103, 154, 2, 4, 156, 2, 1]


async def test_it_grows() -> None:
    app = Host([])
    async with app.run_test(size=(60, 10)) as pilot:
        assert "No steps yet." in lines(app.outline)[0]
        app.outline.append(SMALL[:3])
        await pilot.pause()
        assert lines(app.outline)[0].startswith("› 1 … $ rg")
        app.outline.append(SMALL[3:4])
        await pilot.pause()
        assert lines(app.outline)[0].startswith("› 1 › $ rg")
        app.outline.append(SMALL[4:])
        await pilot.pause()
        assert lines(app.outline)[2].startswith("› 3")
        await pilot.press("k")
        app.outline.append([Message("assistant", "more")])
        await pilot.pause()
        assert lines(app.outline)[1].startswith("› 2")
        assert lines(app.outline)[3].startswith("  4 · more")


@pytest.mark.parametrize("size", [(16, 5), (40, 24), (120, 60)])
async def test_hostile_text(size: tuple[int, int]) -> None:
    app = Host(hostile())
    async with app.run_test(size=size) as pilot:
        for _ in range(app.outline.row_count // size[1] + 1):
            assert_harmless(app.outline)
            await pilot.press("pagedown")


async def test_a_hundred_thousand_steps() -> None:
    run = trajectory(long(100_000))
    app = Host([])
    async with app.run_test(size=(60, 48)) as pilot:
        app.outline.show(run, Items(run.messages))
        await pilot.press("G")
        assert lines(app.outline)[-1].startswith("› 100000 ! $ ls")


def kind(*messages: Message) -> Outcome:
    return outcome(messages, Items(messages).as_step(1))


def test_outcomes() -> None:
    def asked(*calls: ToolCall) -> Message:
        return Message("assistant", "w", tool_calls=calls, seconds=1)

    shell, tests = call("shell", {"cmd": "ls"}, 1), call("shell", {"cmd": "cd x && python -m pytest -q"}, 1)
    edit, broken = (
        call("apply_patch", {"search": "a", "replace": "b", "file": "x"}, 1),
        ToolCall("call_1", "shell", "{"),
    )
    assert kind(asked(shell), answer("", 1, exit_code=0)).kind == "call"
    assert kind(asked(shell), answer("", 1, exit_code=3)).kind == "error"
    assert kind(asked(shell), answer("", 1, exit_code=3)).exit_code == 3
    assert kind(asked(shell), answer("", 1, exit_code=1, failed=False)).kind == "call"
    assert kind(asked(tests), answer("", 1, exit_code=0)).kind == "test"
    assert kind(asked(tests), answer("", 1, exit_code=1)).kind == "error"
    for red in (
        "FAILED (errors=1)",
        "2 failed, 3 passed in 0.1s",
        "=== 1 failed, 2 errors in 0.30s ===",
        "FAILED tests/test_a.py::test_b - KeyError",
        "test result: FAILED. 3 passed; 1 failed",
        "--- FAIL: TestX",
        "5 passing\n  1 failing",
    ):
        assert kind(asked(tests), answer(red, 1, exit_code=0)).kind == "red", red
    for green in ("3 passed", "0 failed, 3 passed", "OK", "12 passed, 0 errors", "fixed 2 errors; 9 passed"):
        assert kind(asked(tests), answer(green, 1, exit_code=0)).kind == "test", green
    assert kind(asked(shell), answer("2 failed", 1, exit_code=0)).kind == "call"
    assert kind(asked(edit), answer("", 1)).kind == "edit"
    assert kind(asked(edit), answer("", 1, failed=True)).edited
    assert kind(asked(broken), answer("", 1)).kind == "error"
    assert kind(asked(shell, shell), answer("", 1)).kind == "open"
    assert kind(Message("assistant", "words")).kind == "reply"
    assert kind(Message("tool", "x", tool_calls=(shell,), seconds=2)).summary == "$ ls"
    assert kind(asked(shell), answer("", 1, seconds=2)).seconds == 3
