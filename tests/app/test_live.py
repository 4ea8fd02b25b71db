"""The Live pane: a run as it happens, told from its folder alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_tui.app import NanoTui
from nano_tui.keys import keys_of
from nano_tui.settings import Settings
from support.engine import Bench, events
from support.live_run import LiveRun
from support.recordings import patch
from support.screen import typed, until, until_seen

SIZE = (160, 48)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LiveRun]:
    run = LiveRun(tmp_path / "runs" / "2026-01-01T00-00-00-aaaaaaaa", "Fix the parser")
    yield run
    run.recorder.close()


def app_on(run: LiveRun, pane: str = "live") -> NanoTui:
    return NanoTui(Settings((run.folder.parent,), pane=pane))


async def test_a_run_that_goes_on_is_found_and_shown_piece_by_piece(run: LiveRun) -> None:
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "Fix the parser", "user")
        run.ask()
        await until_seen(pilot, "waiting for the model")
        run.stream("Perhaps the lexer", "reasoning")
        await until_seen(pilot, "Perhaps the lexer", "the model replies")
        run.stream("I look at the ")
        await until_seen(pilot, "I look at the")
        run.stream("tests.")
        await until_seen(pilot, "I look at the tests.")
        run.reply("I look at the tests.", "pytest -q", reasoning="Perhaps the lexer")
        await until_seen(pilot, "pytest -q", "running pytest -q", "$0.01")
        run.stream("2 failed", "output", id="c1")
        await until_seen(pilot, "2 failed")
        run.result("2 failed, 3 passed", exit_code=1)
        await until_seen(pilot, "2 failed, 3 passed", "exit 1")
        run.ask()
        run.reply("It is done.")
        run.end()
        await until_seen(pilot, "ended: done", "It is done.")
        await until(pilot, lambda: not pilot.app.query("#live-title").first().display, "the list is empty again")


async def test_the_view_stays_where_one_reads(run: LiveRun) -> None:
    run.ask()
    run.reply("\n".join(f"line {n}" for n in range(100)))
    async with app_on(run).run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "line 99")
        await pilot.press("g")
        await until_seen(pilot, "You are Nano")
        run.ask()
        run.reply("Something new.")
        transcript = pilot.app.main.live.main
        await until(pilot, lambda: len(transcript.view.messages) == 4)
        assert not transcript.at_end
        await pilot.press("G")
        await until_seen(pilot, "Something new.")


async def test_a_run_that_was_killed_is_called_lost(run: LiveRun) -> None:
    run.ask()
    metadata = run.folder / "metadata.json"
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model")
        # As if the process had gone: no process on this machine was ever born then.
        metadata.write_text(metadata.read_text().replace('"birth": "', '"birth": "another '))
        await until_seen(pilot, "lost")


async def test_stopping_takes_two_presses(run: LiveRun) -> None:
    run.ask()
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model", "S Stop")
        await pilot.press("S")
        await until_seen(pilot, "Press S again")
        assert not (run.folder / "inbox.jsonl").read_bytes()
        await pilot.press("S")
        await until(pilot, lambda: b'"do":"stop"' in (run.folder / "inbox.jsonl").read_bytes().replace(b" ", b""))


async def test_a_run_is_not_read_while_nobody_sees_it(run: LiveRun) -> None:
    run.ask()
    async with app_on(run).run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model")
        transcript = pilot.app.main.live.main
        await pilot.press("3")
        await until(pilot, lambda: pilot.app.main.browse.display)
        seen = len(transcript.view.messages)
        run.reply("While nobody looks.")
        for _ in range(30):
            await pilot.pause(0.02)
        assert len(transcript.view.messages) == seen
        await pilot.press("2")
        await until_seen(pilot, "While nobody looks.")


async def test_a_folder_that_vanishes_is_no_crash(run: LiveRun, tmp_path: Path) -> None:
    run.ask()
    async with app_on(run).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "waiting for the model")
        run.folder.rename(tmp_path / "elsewhere")
        await until_seen(pilot, "its folder is gone", "Fix the parser")
        await pilot.press("3")
        await until_seen(pilot, "No runs yet")


async def test_a_folder_for_runs_that_is_made_later_is_watched_too(tmp_path: Path) -> None:
    later = tmp_path / "later"
    async with NanoTui(Settings((), runs_dir=later)).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "No runs yet")
        run = LiveRun(later / "2026-01-01T00-00-00-aaaaaaaa", "Fix the parser")
        run.ask()
        await until_seen(pilot, "1 live", "Fix the parser", "waiting for the model")
        run.recorder.close()


async def test_several_runs_are_a_fleet_and_one_is_chosen_from_it(run: LiveRun, tmp_path: Path) -> None:
    other = LiveRun(run.folder.parent / "2026-01-01T00-00-01-bbbbbbbb", "Speed up the scan")
    run.ask()
    other.ask()
    async with app_on(run).run_test(size=(120, 30), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "2 live", "Fix the parser", "Speed up the scan", "waiting")
        other.reply("I run the tests.", "pytest -q")
        await until_seen(pilot, "shell pytest -q", "running 0:0")
        await pilot.press("enter")
        await until_seen(pilot, "You are Nano", "I run the tests.")
        await pilot.press("escape")
        await until_seen(pilot, "last action", "Fix the parser")
        other.result("ok")
        other.reply("It is done.")
        other.end()
        await until_seen(pilot, "✓ done", "1 live")
        await pilot.pause(0.1)
        assert not pilot.app.main.live.watching, "nobody is taken to a run against their will"


async def test_the_table_stays_when_only_one_of_several_runs_is_left(run: LiveRun) -> None:
    other = LiveRun(run.folder.parent / "2026-01-01T00-00-01-bbbbbbbb", "Speed up the scan")
    run.ask()
    other.ask()
    async with app_on(run).run_test(size=(120, 30), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "2 live", "Fix the parser", "Speed up the scan")
        other.reply("It is done.")
        other.end()
        await until_seen(pilot, "1 live", "✓ done", "last action")
        assert not pilot.app.main.live.watching


async def test_a_run_that_vanished_long_ago_is_nothing_to_watch(run: LiveRun) -> None:
    run.ask()
    metadata = run.folder / "metadata.json"
    metadata.write_text(metadata.read_text().replace('"birth": "', '"birth": "another '))
    async with app_on(run).run_test(size=(120, 30), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "✗ lost", "Fix the parser")
        assert pilot.app.main.live.is_untouched


async def test_a_run_that_has_ended_is_given_a_new_task_and_followed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = patch("print('a')", "print('b')", "a.py")
    second = patch("print('b')", "print('c')", "a.py")
    agent = bench.run([first, "It prints b.", second, "It prints c."])
    assert agent.out_dir is not None
    app = NanoTui(Settings((agent.out_dir.parent,), pane="browse"))
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "Do it", "1 run")
        await pilot.press("enter")
        await until_seen(pilot, "It prints b.")
        await pilot.press("s")
        await until_seen(pilot, "A new task for this run")
        await typed(pilot, *"Print c.", "enter")
        await until_seen(pilot, "It prints c.", "ended: done")
    assert (bench.repo.root / "a.py").read_text() == "print('c')\n"
    assert [event["text"] for event in events(agent.out_dir, "task")] == ["Print c."]


async def test_only_what_can_be_done_is_offered(tmp_path: Path) -> None:
    app = NanoTui(Settings((tmp_path / "nothing",), pane="live"))
    async with app.run_test(size=(120, 20), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "No run goes on.", "Help")
        assert {"list.open", "live.decide", "live.say", "live.interrupt", "live.stop"}.isdisjoint(offered(app))
        going = LiveRun(tmp_path / "runs" / "2026-01-01T00-00-01-bbbbbbbb", "Fix the lexer")
        app.main.live.is_untouched = False
        app.main.fleet.also(going.folder)
        await until(pilot, lambda: {"list.open", "live.say", "live.interrupt", "live.stop"} <= offered(app))
        assert "live.decide" not in offered(app)
        going.recorder.event("ask", step=1, ask="q", call_id="c", name="shell", text="rm -rf /", edits="command")
        await until(pilot, lambda: "live.decide" in offered(app))
        going.end()
        await until(pilot, lambda: offered(app).isdisjoint({"live.decide", "live.interrupt", "live.stop"}))


def offered(app: NanoTui) -> set[str]:
    """The ids of the keys that can be pressed."""
    return {key.id for key in keys_of(app.screen) if key.enabled}
