"""The Browse pane's table: groups, marks, columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from nano_tui import state
from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from nano_widgets.run_table import RunTable
from support.runs import mini_file
from support.screen import screen_text, typed, until, until_seen

SIZE = (120, 30)
WIDE = (200, 40)


@pytest.fixture
def app(tmp_path: Path) -> NanoTui:
    folder = tmp_path / "runs"
    mini_file(folder / "a" / "a.traj.json", task="Paint the gate", model="x/small", cost=0.5)
    mini_file(folder / "a" / "b.traj.json", task="Oil the hinge", model="x/small", cost=2.5, status="LimitsExceeded")
    mini_file(folder / "b" / "c.traj.json", task="Oil the hinge", model="y/large", cost=1.0, status="ValueError")
    mini_file(folder / "b" / "d.traj.json", task="Mend the fence", model="y/large", cost=4.0)
    mini_file(folder / "b" / "e.traj.json", task="Hang the door", model="y/large", cost=0.25)
    return NanoTui(Settings((folder,)))


def table(app: NanoTui) -> RunTable:
    return app.main.browse.table


def lines(app: NanoTui) -> list[str]:
    """The table's lines: their marks, and the first and the last of their words."""
    found = screen_text(app).splitlines()
    first = next(i for i, line in enumerate(found) if "status" in line and "task" in line)
    return [line.rstrip(" ▁▂▃▄▅▆▇█│") for line in found[first + 1 : first + 1 + table(app).row_count]]


async def grouped(app: NanoTui, pilot: Pilot[None], by: str) -> None:
    await until_seen(pilot, "5 runs")
    await pilot.press("b")
    await until_seen(pilot, "Group the runs by")
    while f"(•) {by}" not in screen_text(app):
        picks = app.screen.list
        picks.cursor += 1
        if picks.options[picks.cursor].value == by:
            await pilot.press("enter")
            break
    await until_seen(pilot, "groups ·")


async def test_groups_have_totals_and_are_unfolded_by_key_and_mouse(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await grouped(app, pilot, "model")
        await until_seen(pilot, "2 groups · 5 runs", "$8.25")
        large, small = sorted(lines(app), key=lambda line: "small" in line)
        assert "▸ 3 runs" in large
        assert "$5.25" in large
        assert "y/large" in large
        assert "✓2 ✗1" in large
        assert "▸ 2 runs" in small
        assert "✓1 ◔1" in small
        assert "Paint" not in screen_text(app)
        # Sorted by cost, the dearest group comes first, and so do its runs.
        while table(app).sort != "cost":
            await pilot.press("s")
        await until(pilot, lambda: "large" in lines(app)[0])
        await pilot.press("g", "enter")
        await until(pilot, lambda: table(app).row_count == 5)
        assert ["▾" in line for line in lines(app)] == [True, False, False, False, False]
        assert [line.split()[-1] for line in lines(app)[1:4]] == ["fence", "hinge", "door"]
        await pilot.press("j", "h")
        await until(pilot, lambda: table(app).row_count == 2)
        assert table(app).cursor == 0
        await pilot.click("#runs", offset=(2, 2))
        await until(pilot, lambda: table(app).row_count == 4)
        await pilot.press("L")
        await until(pilot, lambda: table(app).row_count == 7)
        await pilot.press("H")
        await until(pilot, lambda: table(app).row_count == 2)


async def test_a_run_in_a_group_is_opened_and_the_groups_are_still_unfolded_then(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await grouped(app, pilot, "folder")
        await pilot.press("g", "space", "j", "enter")
        await until_seen(pilot, "Esc Back", "$ ls")
        await pilot.press("escape")
        await until(pilot, lambda: table(app).has_focus)
        assert table(app).lines.at(0) == (0, None)
        assert table(app).lines.is_unfolded(0)
        await pilot.press("s", "S")
        await until(pilot, lambda: table(app).lines.unfolded_keys() != set())


async def test_runs_are_marked_counted_and_copied(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "5 runs")
        while table(app).sort != "cost":
            await pilot.press("s")
        await until(pilot, lambda: (run := table(app).run_at(0)) and run.task == "Mend the fence")
        await pilot.press("g", "space")
        await until_seen(pilot, "1 marked · $4.00")
        assert lines(app)[0].startswith(" *")
        await pilot.press("j", "V")
        await until_seen(pilot, "3 marked · $7.50")
        await pilot.press("asterisk")
        await until_seen(pilot, "2 marked · $0.750")
        # Marks stay with their runs, whatever the order and the query.
        await pilot.press("S")
        await until(pilot, lambda: [line[1] for line in lines(app)] == ["*", "*", " ", " ", " "])
        await pilot.press("y")
        await until_seen(pilot, "Copied 2 paths.")
        assert sorted(Path(path).name for path in app.clipboard.splitlines()) == ["a.traj.json", "e.traj.json"]
        assert sorted(run.task for run in await app.main.browse.runs.chosen()) == ["Hang the door", "Paint the gate"]
        await pilot.press("M")
        await until_seen(pilot, "5 marked · $8.25")
        await pilot.press("u")
        await until(pilot, lambda: "marked" not in screen_text(app))
        assert [run.task for run in await app.main.browse.runs.chosen()] == [table(app).current.task]


async def test_a_group_is_marked_as_a_whole_and_the_mouse_marks_too(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await grouped(app, pilot, "status")
        first = next(i for i, line in enumerate(lines(app)) if "Submitted" in line)
        table(app).cursor = first
        await pilot.press("m")
        await until_seen(pilot, "3 marked · $4.75")
        assert lines(app)[first].startswith((" *", "›*"))
        table(app).cursor = first
        await pilot.press("l", "j", "space")
        await until_seen(pilot, "2 marked")
        table(app).cursor = first
        await pilot.press("h")
        await until(pilot, lambda: lines(app)[first].startswith((" +", "›+")), "a sign for a group of which some are")
        await pilot.press("u")
        await pilot.click("#runs", offset=(20, 1), control=True)
        await pilot.click("#runs", offset=(20, 3), shift=True)
        await until_seen(pilot, "5 marked")


async def test_columns_are_chosen_and_remembered(app: NanoTui) -> None:
    async with app.run_test(size=WIDE, notifications=True, tooltips=True) as pilot:
        await pilot.press("z")
        await until_seen(pilot, "5 runs", "age", "model")
        await pilot.press("c")
        await until_seen(pilot, "name of the file or run folder")
        picks = app.screen.list
        for name in ("path", "calls", "model", "started"):
            picks.cursor = next(i for i, option in enumerate(picks.options) if option.value == name)
            await pilot.press("space")
        await pilot.press("enter")
        await until_seen(pilot, "calls", "a.traj.json")
        header = screen_text(app).splitlines()[1]
        assert "model" not in header
        assert "age" not in header
        await until(pilot, lambda: "path" in state.load().columns)
        await pilot.click("#runs", offset=(header.index("file") - table(app).region.x, 0))
        await until(pilot, lambda: table(app).sort == "path" and "a.traj.json" in lines(app)[0])
        await pilot.press("c")
        await until_seen(pilot, "[x] file", "[ ] model")
        await pilot.press("a")
        await until_seen(pilot, "model")
        await until(pilot, lambda: state.load().columns == ())


async def test_remembered_columns_are_there_at_the_next_start(app: NanoTui) -> None:
    state.save(state.Remembered(columns=("path", "nonsense")))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "5 runs", "file", "a.traj.json")
        assert "steps" not in screen_text(app).splitlines()[1]


async def test_nothing_jumps_when_rows_come_above_the_cursor(app: NanoTui, tmp_path: Path) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "5 runs")
        for number in range(60):
            mini_file(tmp_path / "runs" / "c" / f"{number:02}.traj.json", task=f"Task {number:02}", cost=0.1 + number)
        await until_seen(pilot, "65 runs")
        while table(app).sort != "task":
            await pilot.press("s")
        await until(pilot, lambda: (run := table(app).run_at(0)) and run.task == "Hang the door")
        table(app).cursor = 30
        await pilot.press("j")
        seen = SIZE[1] - 5
        before = lines(app)[:seen]
        task = table(app).current.task
        for number in range(4):
            mini_file(tmp_path / "runs" / "d" / f"{number}.traj.json", task=f"A new task {number}")
        await until_seen(pilot, "69 runs")
        assert table(app).current.task == task
        assert lines(app)[:seen] == before


async def test_another_order_begins_at_its_top_and_back_from_a_query_the_run_is_still_under_the_cursor(
    app: NanoTui,
) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "5 runs")
        await pilot.press("G", "S")
        await until(pilot, lambda: table(app).cursor == 0)
        await typed(pilot, "slash", *"task:oil", "enter")
        await until_seen(pilot, "2 runs")
        await pilot.press("j")
        found = table(app).lines.ids(table(app).cursor)[0]
        await pilot.press("escape")
        await until_seen(pilot, "5 runs")
        await until(pilot, lambda: table(app).lines.ids(table(app).cursor)[0] == found)
