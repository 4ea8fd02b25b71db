"""A run opened: outline, steps looked at closely, diffs, costs, the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from nano_agent.changes import changes_of
from nano_agent.launch import launch
from nano_agent.record import Follower
from nano_agent.spec import RunSpec
from nano_agent.trajectory import Trajectory
from nano_tui.app import NanoTui
from nano_tui.copying import step_as_text
from nano_tui.settings import Settings
from support.eventually import eventually
from support.live_run import LiveRun
from support.repos import make_repo
from support.runs import call, history, mini_file, nano_folder, result, say
from support.screen import screen_text, typed, until, until_seen


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    messages = history(
        "Mend the fence",
        call("c1", "shell", cmd="ls -la fence"),
        result("c1", "ls: cannot access 'fence'\n[exit code 2]"),
        call("c2", "apply_patch", search="rotten", replace="sound", file="fence.txt"),
        result("c2", "ok"),
        say("The fence is mended."),
    )
    nano_folder(tmp_path / "runs" / "2026-01-01T00-00-00", messages, diff=DIFF)
    return tmp_path / "runs"


DIFF = "--- a/fence.txt\n+++ b/fence.txt\n@@ -1 +1 @@\n-rotten\n+sound and painted\n"


async def opened(app: NanoTui, pilot: Pilot[None]) -> None:
    await until_seen(pilot, "1 run")
    await pilot.press("enter")
    await until_seen(pilot, "$ ls -la fence")


async def test_enter_looks_at_a_step_closely_and_escape_comes_back(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        await pilot.press("l", "enter")
        await until_seen(pilot, "[call]", "step 1 of 3", '"cmd": "ls -la fence"')
        await pilot.press("o")
        await until_seen(pilot, "[result]", "ls: cannot access 'fence'")
        await pilot.press("r")
        await until_seen(pilot, "[raw]", '"role"', "tool_calls")
        await pilot.press("D")
        await until_seen(pilot, "[final]", "sound and painted")
        await pilot.press("J", "d")
        await until_seen(pilot, "[diff]", "step 2 of 3", "rotten")
        assert "painted" not in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "[diff]" not in screen_text(app))
        assert "Mend the fence" in screen_text(app)
        await pilot.press("escape")
        await until_seen(pilot, "status", "1 run")


async def test_outline_and_transcript_go_together(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        view = app.query_one("#browse-view")
        await pilot.press("tab")
        await until(pilot, lambda: view.outline.has_focus)
        await pilot.press("j")
        await until(pilot, lambda: view.transcript.step == 2)
        await pilot.press("tab", "l")
        await until(pilot, lambda: view.outline.cursor == 2)


async def test_on_a_narrow_screen_the_outline_takes_the_place(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(60, 24), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        assert "$ ls -la fence" in screen_text(app)
        assert not app.query_one("#outline").display
        await pilot.press("tab")
        await until(pilot, lambda: app.query_one("#outline").has_focus)
        await pilot.press("j", "enter")
        await until_seen(pilot, "[call]", "step 2 of 3")
        await pilot.press("escape", "tab", "escape")
        await until(pilot, lambda: app.query_one("#browse-view").transcript.has_focus)


async def test_the_cost_of_every_step(tmp_path: Path) -> None:
    mini_file(tmp_path / "a.traj.json", cost=0.5, commands=("ls", "cat x"))
    app = NanoTui(Settings((tmp_path,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run")
        await pilot.press("enter")
        await until_seen(pilot, "cat x")
        await pilot.press("dollar_sign")
        await until_seen(pilot, "[cost]", "$0.250", "$0.500", "sum")


async def test_help_explains_the_view_one_is_in(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(120, 50), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        await pilot.press("question_mark")
        await until_seen(pilot, "The whole history.", "Enter opens the step", "Next error", "]e")


async def test_a_step_is_copied(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        await pilot.press("l", "y")
        await until(pilot, lambda: "cannot access" in app.clipboard)


def test_the_text_of_a_step(runs: Path) -> None:
    run = Trajectory.load(runs / "2026-01-01T00-00-00")
    assert step_as_text(run, 1) == (
        'I call shell.\n\nshell {"cmd": "ls -la fence"}\n\nls: cannot access \'fence\'\n[exit code 2]'
    )
    assert step_as_text(run, 99) == ""


@pytest.fixture
def our_run(tmp_path: Path) -> Path:
    """A run of our own with two steps that change files, one of them through the shell."""
    root = make_repo(tmp_path / "repository", {"a.txt": "one\n"}).root
    recording = nano_folder(
        tmp_path / "2026-01-01T00-00-00",
        history(
            "x",
            call("c1", "shell", cmd="sed -i s/one/two/ a.txt"),
            result("c1", ""),
            call("c2", "apply_patch", search="two", replace="three", file="a.txt"),
            result("c2", "ok"),
            say("Done."),
        ),
    )
    spec = RunSpec(
        task="Count", repo_root=str(root), model=f"replay/{recording}", runs_dir=str(tmp_path / "runs"), sandbox="local"
    )
    folder = launch(spec)
    follower = Follower(folder)
    eventually(lambda: follower.poll().state.ended, "the run ends", 30)
    return folder


def test_what_a_step_really_changed_is_known_even_through_the_shell(our_run: Path) -> None:
    changes = changes_of(Trajectory.load(our_run))
    first, second, last = (changes.diff(step - 1, step).text for step in (1, 2, 3))
    assert ("-one" in first, "+two" in first) == (True, True)
    assert ("-two" in second, "+three" in second) == (True, True)
    assert last == ""


async def test_the_diff_of_a_step_is_the_real_one(our_run: Path) -> None:
    app = NanoTui(Settings((our_run.parent,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "1 run", "done")
        await pilot.press("enter")
        await until_seen(pilot, "Done.")
        await pilot.press("l", "d")
        await until_seen(pilot, "[diff]", "-one", "+two")


async def test_hits_are_gone_to_from_the_outline(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        view = app.query_one("#browse-view")
        await pilot.press("tab")
        await until(pilot, lambda: view.outline.has_focus)
        await typed(pilot, "slash", *"fence", "enter")
        await until_seen(pilot, "/fence")
        await until(pilot, lambda: view.transcript.has_focus)
        await pilot.press("g", "tab")
        await until(pilot, lambda: view.outline.has_focus)
        await pilot.press("G", "N")
        await until_seen(pilot, "5 of 5")
        before = view.outline.cursor
        await pilot.press("N")
        await until(pilot, lambda: view.outline.cursor < before)
        assert view.outline.has_focus


async def test_an_output_that_was_cut_is_shown_whole_and_where_it_was_cut(tmp_path: Path) -> None:
    lines = [f"line {i}\n" for i in range(200)]
    run = LiveRun(tmp_path / "2026-01-01T00-00-00-aaaaaaaa", "Count")
    run.ask()
    run.reply("I count.", "seq 200")
    run.result("".join(lines[:20]) + "[cut here: 160 lines]\n" + "".join(lines[180:]), whole="".join(lines))
    run.end()
    app = NanoTui(Settings((run.folder,)))
    async with app.run_test(size=(120, 60), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "$ seq 200", "✂ cut for the model · w shows it whole")
        await pilot.press("w")
        await until_seen(pilot, "✂ the full output", "✂ from here on 160 lines that the model was not shown", "line 20")
        await until_seen(pilot, "✂ from here on the model was shown it again", "line 180")
        await typed(pilot, "slash", *"line 150", "enter")
        await until_seen(pilot, "1 of 1")
        assert "line 150" in screen_text(app).split("/line")[0], "what the model was not shown is searched too"
        await pilot.press("w")
        await until_seen(pilot, "w shows it whole")
        await until_seen(pilot, "0 · n next")


async def test_keys_go_on_working_after_a_click_on_a_tab(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        await pilot.press("l", "enter")
        await until_seen(pilot, "[call]", '"cmd": "ls -la fence"')
        await pilot.click("TabLine", offset=(10, 0))
        await until_seen(pilot, "[result]", "ls: cannot access 'fence'")
        await pilot.press("J")
        await until_seen(pilot, "[result]", "step 2 of 3")
        await pilot.click("StatusLine", offset=(30, 0))
        await pilot.press("c")
        await until_seen(pilot, "[call]", "step 2 of 3")


async def test_a_long_sentence_in_the_place_of_a_diff_is_whole_on_a_narrow_screen(runs: Path) -> None:
    app = NanoTui(Settings((runs,)))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await opened(app, pilot)
        await pilot.press("l", "d")
        await until_seen(pilot, "[diff]", "no change of a file.", "final diff.")
