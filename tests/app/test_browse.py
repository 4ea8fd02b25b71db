"""The Browse pane: the table, the query bar, and a run opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from nano_widgets.run_table import RunTable
from support.live_run import LiveRun
from support.runs import call, history, mini_file, nano_folder, result, say
from support.screen import screen_text, typed, until, until_seen

SIZE = (160, 48)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    nano_folder(folder / "2026-01-01T00-00-00", task="Mend the fence", model="openai/small")
    mini_file(folder / "a.traj.json", task="Paint the gate", cost=0.5, commands=("ls", "cat gate.txt"))
    mini_file(folder / "b.traj.json", task="Oil the hinge", cost=2.5, status="LimitsExceeded")
    return folder


def table(app: NanoTui) -> RunTable:
    return app.main.browse.table


def tasks(app: NanoTui) -> list[str | None]:
    rows = (table(app).run_at(i) for i in range(table(app).row_count))
    return [row.task if row else None for row in rows]


async def test_every_run_is_listed_whoever_wrote_it(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs", "Mend the fence", "Paint the gate", "Oil the hinge", "$2.50", "LimitsExc")


async def test_columns_choose_themselves_by_the_width(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(200, 40), notifications=True, tooltips=True) as pilot:
        await pilot.press("z")
        await until_seen(pilot, "format", "model", "mini_swe_agent", "small")
        await pilot.resize_terminal(44, 20)
        await until_seen(pilot, "status", "task", "Mend the fence")
        assert "format" not in screen_text(app)


async def test_rows_are_sorted_by_any_column(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        while table(app).sort != "cost":
            await pilot.press("s")
        await until(pilot, lambda: tasks(app) == ["Oil the hinge", "Paint the gate", "Mend the fence"])
        await pilot.press("S")
        # What has no cost stands last in both orders.
        await until(pilot, lambda: tasks(app) == ["Paint the gate", "Oil the hinge", "Mend the fence"])
        header = screen_text(app).splitlines()[1]
        assert "cost↑" in header
        x = header.index("task") - table(app).region.x
        await pilot.click("#runs", offset=(x, 0))
        await until(pilot, lambda: tasks(app) == ["Mend the fence", "Oil the hinge", "Paint the gate"])


async def test_the_cursor_stays_on_its_run_when_rows_come(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await pilot.press("G", "k")
        before = table(app).current
        new = LiveRun(runs / "2026-02-02T00-00-00-aaaaaaaa", "Hang the door")
        await until_seen(pilot, "4 runs", "Hang the door", "1 live")
        assert before is not None
        assert table(app).current.task == before.task
        new.end()
        await until(pilot, lambda: "1 live" not in screen_text(app))


async def test_a_query_narrows_the_table_and_escape_widens_it(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"cost>1", "enter")
        await until_seen(pilot, "1 run", "Oil the hinge")
        await until(pilot, lambda: table(app).has_focus)
        assert "Paint the gate" not in screen_text(app)
        await typed(pilot, "slash", "backspace", *"x y")
        await until_seen(pilot, "cost")
        await until_seen(pilot, "is nothing that cost can be compared with")
        await pilot.press("escape")
        await until_seen(pilot, "3 runs", "Paint the gate")
        await until(pilot, lambda: table(app).has_focus)


async def test_tab_completes_a_query(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"form")
        await until(pilot, lambda: app.focused._suggestion == "format:")
        await pilot.press("tab")
        assert app.focused.value == "format:"
        await typed(pilot, *"nano", "down")
        await until(pilot, lambda: tasks(app) == ["Mend the fence"])


async def test_enter_opens_a_run_and_escape_comes_back(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"task:gate", "enter")
        await until(pilot, lambda: tasks(app) == ["Paint the gate"])
        await pilot.press("enter")
        await until_seen(pilot, "cat gate.txt", "ended: Submitted", "$0.50", "Esc Back")
        await pilot.press("escape")
        await until(pilot, lambda: table(app).has_focus and table(app).display)
        assert tasks(app) == ["Paint the gate"]


async def test_a_run_that_goes_on_is_opened_live(tmp_path: Path) -> None:
    run = LiveRun(tmp_path / "2026-01-01T00-00-00-aaaaaaaa", "Hang the door")
    app = NanoTui(Settings((tmp_path,)))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "Hang the door", "live")
        await pilot.press("enter")
        await until_seen(pilot, "You are Nano")
        run.ask()
        run.stream("The hinges first")
        await until_seen(pilot, "The hinges first", "the model replies")
        run.reply("The hinges first.")
        run.end()
        await until_seen(pilot, "ended: done")


async def test_a_run_that_went_away_is_a_sentence(runs: Path) -> None:
    app = NanoTui(Settings((runs / "a.traj.json",)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "Paint the gate")
        await until(pilot, lambda: table(app).current, "the run is in the table")
        run = table(app).current
        (runs / "a.traj.json").write_text("{")
        await app.main.browse.open_run(run)
        await until_seen(pilot, "not a trajectory")
        await pilot.press("escape")
        await until(pilot, lambda: table(app).has_focus)


@pytest.mark.parametrize("bad", [b"{", b"\x00\xff" * 100, b"[]", b'{"messages": 5}', b""])
async def test_what_is_no_trajectory_is_not_listed(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "bad.json").write_bytes(bad)
    app = NanoTui(Settings((tmp_path,)))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "The one file here is no trajectory" if bad else "0 runs")


async def test_a_file_that_was_named_and_is_no_trajectory_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"some": "thing"}')
    app = NanoTui(Settings((tmp_path / "bad.json",)))
    # One pane alone, where nothing stands between the lines of a long sentence.
    async with app.run_test(size=(100, 30), notifications=True, tooltips=True) as pilot:
        await until(pilot, lambda: "bad.json:notatrajectory" in "".join(screen_text(app).split()))


async def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path) -> None:
    task = "[@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \u202egnitirw"
    mini_file(tmp_path / "a.traj.json", task=task, model="[/]evil", status="[bold]x[/nope]", commands=("[/]",))
    app = NanoTui(Settings((tmp_path,)))
    async with app.run_test(size=(200, 40), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "[@click=app.quit]x[/]")
        await pilot.press("enter")
        await until_seen(pilot, "ended: [bold]x[/nope]")
        text = screen_text(app)
        assert not [c for c in text if c in "\x1b\x07\u202e"]
        await pilot.press("question_mark", "escape", "escape", "ctrl+p", "escape")


async def test_words_are_searched_in_the_files_and_a_hit_opens_at_its_step(runs: Path) -> None:
    messages = history(
        "Tidy up", *(m for n in range(40) for m in (call(f"c{n}", "shell", cmd=f"ls {n}"), result(f"c{n}", "x")))
    )
    messages.append(say("The needle is here."))
    nano_folder(runs / "2026-01-03T00-00-00", messages)
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "4 runs")
        await typed(pilot, "slash", *"needle", "enter")
        await until(pilot, lambda: tasks(app) == ["Tidy up"])
        await pilot.press("enter")
        await until_seen(pilot, "The needle is here.", "1 of 1")
