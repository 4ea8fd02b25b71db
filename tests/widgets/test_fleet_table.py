"""The table of runs that go on: who comes first, what is said of each, and what fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from nano_agent.record import RunState
from nano_widgets.fleet_rows import FleetRow, doing, in_order, in_words
from nano_widgets.fleet_table import FleetTable
from support.screen import screen_text

NOW = 1_000_000.0


def row(name: str, does: str = "waiting", task: str = "Fix the parser", **fields: object) -> FleetRow:
    state = RunState(**{"doing": does, "since": NOW - 12, "step": 7, **fields})  # type: ignore[arg-type]
    return FleetRow(Path(name), task, "openai/gpt-4.1-mini", state, tool_limit=30, window=1000)


FLEET = [
    row("a", "ended", exit_status="done"),
    row("b", "ended", exit_status="tool_limit"),
    row("c", "running", detail="pytest"),
    row("d", "retrying", until=NOW + 8),
    row("e", "streaming"),
    row("f", "running", repeats=4, action="shell ls"),
    row("g", "lost", exit_status="lost"),
    row("h", "streaming", repeats=2),
]


def test_who_needs_a_person_comes_first_and_equals_keep_their_places() -> None:
    assert [one.folder.name for one in in_order(FLEET)] == ["f", "d", "h", "e", "c", "g", "b", "a"]
    assert in_order(list(reversed(FLEET))) == in_order(FLEET)


def test_children_stand_below_their_parent_and_wait_with_it() -> None:
    asks = {"does": "approval"}
    rows = [row("a", **asks), row("b"), replace(row("c", **asks), parent="a"), replace(row("d"), parent="gone")]  # type: ignore[arg-type]
    assert [one.folder.name for one in in_order(rows)] == ["a", "c", "d", "b"]
    assert in_words(rows) == "3 live, 1 asks"


def test_the_fleet_in_words_leaves_out_what_has_ended() -> None:
    assert in_words(FLEET) == "5 live, 1 retrying, 1 loops"
    assert in_words(FLEET[:2]) == ""


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (row("a"), "● waiting 12s"),
        (row("a", "running"), "▶ running 0:12"),
        (row("a", "retrying", until=NOW + 8), "↻ retry in 8.0s"),
        (row("a", "retrying", until=NOW - 8), "↻ retry in 0.0s"),
        (row("a", "ended", exit_status="tool_limit"), "◔ tool_limit"),
        (row("a", "lost", exit_status="lost"), "✗ lost"),
        (row("a", since=NOW + 100), "● waiting 0.0s"),
        (row("a", since=None), "● waiting "),
    ],
)
def test_what_a_run_does_has_a_sign_and_words(one: FleetRow, words: str) -> None:
    assert doing(one.state, NOW)[0] == words


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield FleetTable()


@pytest.mark.parametrize("width", [36, 76, 118, 196])
async def test_every_width_shows_what_fits(width: int) -> None:
    app = Host()
    async with app.run_test(size=(width, 12)) as pilot:
        table = app.query_one(FleetTable)
        assert "No run is going." in screen_text(app)
        table.show([*FLEET, row("z", task="\x1b]0;evil\x07[/]", prompt_tokens=500, action="shell \x1b[2J[@click=x]y")])
        await pilot.pause()
        text = screen_text(app)
        lines = text.splitlines()
        assert max(map(len, lines)) <= width
        assert "\x1b" not in text
        assert "LOOP×4" in text
        assert ("last action" in text) == (width > 70)
        assert ("50%" in text) == (width > 100)


async def test_the_cursor_stays_on_its_run() -> None:
    app = Host()
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.query_one(FleetTable)
        table.focus()
        table.show(FLEET)
        await pilot.press("j", "j")
        assert table.current is not None
        assert table.current.folder.name == "h"
        table.show([row("h", "ended", exit_status="done"), *FLEET[:-1]])
        await pilot.pause()
        assert table.current.folder.name == "h"
