"""Keys that come all at once: each meets what the one before has opened, on a real terminal."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App
from textual.binding import BindingType
from textual.events import Event, Key
from textual.widgets import Input

from nano_tui.app import NanoTui
from nano_tui.key_order import TICK, TICKS, KeyOrder
from support.live_run import LiveRun
from support.runs import call, history, nano_folder, result, say
from support.screen import typed, until
from support.terminal import Terminal


@pytest.fixture
def environ(cut_off: Path) -> dict[str, str]:
    return {"HOME": str(cut_off), "NANO_RUNS_DIR": str(cut_off / "runs")}


def app(folder: Path, environ: dict[str, str]) -> Terminal:
    return Terminal([sys.executable, "-m", "nano_tui", str(folder)], columns=100, rows=30, environ=environ)


def test_what_is_typed_for_a_prompt_does_nothing_in_the_view_below(tmp_path: Path, environ: dict[str, str]) -> None:
    found = call("c1", "shell", cmd="ls haystack"), result("c1", "hay\nhay and a needle\nhay"), say("There it is.")
    nano_folder(tmp_path / "runs" / "2026-01-01T00-00-00", history("Find the needle", *found))
    nano_folder(tmp_path / "runs" / "2026-01-02T00-00-00", history("Nothing", say("Nothing done.")))
    with app(tmp_path / "runs", environ) as terminal:
        terminal.wait_for("2 runs", 30)
        terminal.settle(0.2)
        # Space would mark a run; z, b, c and 3 would zoom, group, choose columns, change the pane.
        terminal.type("/needle zbc3\r")
        terminal.wait_for("needle zbc3")
        terminal.wait_for(r"\n 0 runs")
        terminal.type("\x1b")
        terminal.wait_for(r"\n 2 runs")
        terminal.type("/task:needle\r")
        terminal.wait_for(r"\n 1 run\n")
        terminal.type("\r")
        terminal.wait_for(r"\$ ls haystack")
        # d would show the step's diff.
        terminal.type("/needle\r")
        assert "[diff]" not in terminal.wait_for(r"/needle .*2")
        terminal.type("jj/quit 1 2 3\x7f\x7f")
        terminal.wait_for("/quit 1 2▏.* 0 ")


def test_what_is_said_to_a_run_is_sent_whole(tmp_path: Path, environ: dict[str, str]) -> None:
    run = LiveRun(tmp_path / "2026-01-01T00-00-00-aaaaaaaa", "Mend the fence")
    run.ask()
    run.reply("Looking.")
    with app(run.folder, environ) as terminal:
        terminal.wait_for(r"Looking\.", 30)
        terminal.settle(0.2)
        terminal.type("squit q 1 2 3 S S\r")
        terminal.wait_for("The model reads it")
    assert json.loads((run.folder / "inbox.jsonl").read_text())["text"] == "quit q 1 2 3 S S"
    run.end()


class SlowToOpen(App[None]):
    """Takes longer to open its field than a key is waited for."""

    BINDINGS: ClassVar[list[BindingType]] = [("slash", "open"), ("x", "lose")]
    lost = False

    def __init__(self) -> None:
        super().__init__()
        self._order = KeyOrder(self, super().on_event)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key) and not event.is_forwarded:
            await self._order.take(event)
        else:
            await super().on_event(event)
            self._order.came_back(event)

    async def action_open(self) -> None:
        time.sleep(2 * TICK * TICKS)  # the whole app is kept busy, which is what this is about
        await self.mount(field := Input())
        field.focus()

    def action_lose(self) -> None:
        self.lost = True


async def test_keys_wait_for_what_keeps_the_whole_app_busy() -> None:
    app = SlowToOpen()
    async with app.run_test() as pilot:
        await typed(pilot, "slash", "x")
        await until(pilot, lambda: app.lost or app.query_one(Input).value == "x")
        assert not app.lost


async def test_keys_that_come_while_the_app_closes_are_for_nobody() -> None:
    app = NanoTui()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
    await app.on_event(Key("z", "z"))
