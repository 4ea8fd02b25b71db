"""The commands of a session in the app's own prompt."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Hide

from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from nano_tui.slash import COMMANDS, command_in
from nano_widgets.composer import Composer
from support.engine import Bench, metadata
from support.screen import typed, until, until_seen
from support.tags import final, tool

SIZE = (120, 40)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    bench = Bench(tmp_path)
    replies = [tool("read_file", path="a.py"), final("It prints."), final("Still.")]
    folder = bench.run(replies, "What is a.py?", scaffold="mini-coding-agent", runs_dir=tmp_path / "runs").out_dir
    assert folder is not None
    return folder


async def test_commands_are_completed_and_obeyed(run: Path) -> None:
    app = NanoTui(Settings((run,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "It prints.", "ended: done")
        await pilot.press("s", "slash")
        await until_seen(pilot, "/help  /memory  /session  /reset  /exit  Tab completes")
        await pilot.press("m")
        await until_seen(pilot, "/memory  what the model remembers")
        await pilot.press("tab", "enter")
        await until_seen(pilot, "- task: What is a.py?", "a.py", "Esc closes")
        await typed(pilot, "escape", "s", *"/help", "enter")
        await until_seen(pilot, *(f"{name} " for name in COMMANDS), "Anything else is said to the model.")
        await typed(pilot, "escape", "s", *"/session", "enter")
        await until_seen(pilot, "╭─ Session", "/runs/", "Esc closes")
        await typed(pilot, "escape", "s", *"/nonsense", "enter")
        await until_seen(pilot, "There is no command /nonsense; there are /help", "A new task for this run")
        await typed(pilot, *["backspace"] * 9, *"/exit", "enter")
        await until_seen(pilot, "1 run", "What is a.py?", "age↓")


async def test_a_command_that_is_written_again_keeps_the_focus(run: Path) -> None:
    app = NanoTui(Settings((run,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "It prints.", "ended: done")
        await typed(pilot, "s", *"/no", "enter")
        draft = app.query_one(Composer).draft
        await until(pilot, lambda: draft.text == "/no" and draft.has_focus, "it is not open again")
        # Textual's word that it was hidden while the command was sent may come only now.
        draft.post_message(Hide())
        await typed(pilot, *["backspace"] * 3, *"dzq12")
        assert draft.text == "dzq12"


async def test_reset_begins_a_session_that_knows_nothing(run: Path) -> None:
    app = NanoTui(Settings((run.parent,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run")
        await pilot.press("enter")
        await until_seen(pilot, "It prints.")
        await typed(pilot, "s", *"/reset", "enter")
        await until_seen(pilot, "A task for a new session", "Forgotten; the next task begins a new session.")
        await typed(pilot, *"Again?", "enter")
        runs = lambda: [path for path in run.parent.iterdir() if path != run]  # noqa: E731
        await until(pilot, lambda: runs() and metadata(runs()[0])["ended_at"], "no session was begun")
        await until_seen(pilot, "ended: done", "Again?")
        assert metadata(runs()[0])["task"] == "Again?"
        assert metadata(runs()[0])["scaffold"]["name"] == "mini-coding-agent"
        assert "What is a.py?" not in (runs()[0] / "messages.jsonl").read_text()


@pytest.mark.parametrize(
    ("text", "command"),
    [("/memory", "/memory"), (" /exit\n", "/exit"), ("/etc/hosts is wrong", None), ("/etc", "/etc"), ("a /help", None)],
)
def test_what_is_a_command(text: str, command: str | None) -> None:
    assert command_in(text) == command
