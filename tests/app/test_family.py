"""From a run to the children that it handed work to, and back, by key and by mouse; how lists show them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from nano_agent.library.summary import summarise
from nano_agent.trajectory import Trajectory
from nano_tui.app import NanoTui
from nano_tui.samples import samples_folder
from nano_tui.settings import Settings
from support.screen import screen_text, typed, until_seen

SIZE = (120, 40)
PARENTS = "<final>ledger/read.py unpac"
CHILDS = "Where are the lines of the ledger"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    samples = samples_folder()
    assert samples is not None
    for name in ("delegation", "delegation-child", "tiny"):
        shutil.copytree(samples / name, tmp_path / "runs" / name)
    return tmp_path / "runs"


async def click(pilot: Pilot[Any], text: str) -> None:
    lines = screen_text(pilot.app).split("\n")
    y, line = next((y, line) for y, line in enumerate(lines) if text in line)
    await pilot.click(offset=(line.index(text) + 2, y))


async def test_a_child_is_opened_and_left_by_key(runs: Path) -> None:
    async with NanoTui(Settings((runs / "delegation",))).run_test(size=SIZE, notifications=True) as pilot:
        await until_seen(pilot, "child run delegation-child", PARENTS, "2/6 calls")
        await pilot.press("g", "l", "C")
        await until_seen(pilot, "P Parent", "step 4")
        assert PARENTS not in screen_text(pilot.app)
        await pilot.press("enter", "P")
        await until_seen(pilot, PARENTS)
        await pilot.press("enter", "C")
        await until_seen(pilot, "P Parent", "step 4")
        await pilot.press("F")
        await until_seen(pilot, "Family", "└─ delegation-child handed over in step 1")
        await pilot.press("escape")


async def test_a_child_is_opened_and_left_by_mouse(runs: Path) -> None:
    async with NanoTui(Settings((runs / "delegation",))).run_test(size=SIZE, notifications=True) as pilot:
        await until_seen(pilot, "child run delegation-child")
        await click(pilot, "child run delegation-child")
        await until_seen(pilot, "P Parent", "step 4")
        await click(pilot, "P Parent")
        await until_seen(pilot, PARENTS)


async def test_a_child_that_is_gone_is_said_to_be(runs: Path) -> None:
    async with NanoTui(Settings((runs / "delegation",))).run_test(size=SIZE, notifications=True) as pilot:
        await until_seen(pilot, "child run delegation-child")
        shutil.rmtree(runs / "delegation-child")
        await pilot.press("g", "l", "C")
        await until_seen(pilot, "is not there any more")


async def test_the_table_marks_children_and_puts_them_under_their_parent(runs: Path) -> None:
    async with NanoTui(Settings((runs,))).run_test(size=SIZE, notifications=True) as pilot:
        await until_seen(pilot, f"└ {CHILDS}", "A line without an amount")
        await pilot.press("b", *["j"] * 7, "enter")
        await until_seen(pilot, "▸ 2 runs", "delegation", "(none)")
        await typed(pilot, "slash", *"is:child", "enter")
        await until_seen(pilot, "▸ 1 run ")


def test_who_is_of_which_family(runs: Path) -> None:
    found = {name: summarise(Trajectory.load(runs / name)) for name in ("delegation", "delegation-child", "tiny")}
    assert {name: run.family for name, run in found.items()} == {
        "delegation": "delegation",
        "delegation-child": "delegation",
        "tiny": None,
    }
    assert [name for name, run in found.items() if run.is_child] == ["delegation-child"]
