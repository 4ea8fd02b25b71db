"""Which diff the inspector shows, by key and by mouse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nano_agent import Trajectory
from nano_widgets.step_views.diffs import DiffPane
from support.edited import did, edited, ran
from support.inspector_host import InspectorHost
from support.screen import screen_text, until, until_seen

SAMPLES = Path(__file__).resolve().parents[2] / "sample_trajectories"


async def test_the_scopes_of_a_kept_run() -> None:
    run = Trajectory.load(SAMPLES / "parallel-calls")
    app = InspectorHost(replace(run, gold_diff=run.diff), 1)
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        await pilot.press("M")
        await until_seen(pilot, "step 1 is marked")
        await pilot.press("J", "d")
        await until_seen(pilot, "[step 2]", "step 1 ↔ step 2", "step 2 · exact: 2 files", "+            continue")
        await pilot.press("J")
        await until_seen(pilot, "step 3: no changes.")
        await pilot.press("^")
        await until_seen(pilot, "[start → step 3]", "start → step 3 · exact: 2 files")
        await pilot.press("=")
        await until_seen(pilot, "[step 1 ↔ step 3]", "step 1 ↔ step 3 · exact: 2 files")
        await pilot.press(".")
        await until_seen(pilot, "[final]", "final · exact: 2 files")
        await pilot.press("*")
        await until_seen(pilot, "[against gold]", "the run's gold patch: 2 the same in both", "same result: README.md")
        await pilot.press(",", "M", "J", "M")
        await until(pilot, lambda: app.inspector.mark == 4)
        line = app.query_one(DiffPane).line
        x = screen_text(app).split("\n")[line.region.y].index("start → step 4")
        await pilot.click(line, offset=(x, 0))
        await until_seen(pilot, "[start → step 4]")


async def test_marking_by_mouse_and_what_is_not_known() -> None:
    edit = did("Edit", "The file has been updated.", file_path="a.py", old_string="x = 1", new_string="x = 2")
    failed = did("Edit", "Error: no such file", file_path="b.py", old_string="y", new_string="z")
    app = InspectorHost(edited(edit, ran("git stash pop"), failed), 1)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("d")
        await until_seen(pilot, "step 1 · reconstructed: 1 file", "@@ somewhere in the file @@", "+x = 2")
        x = screen_text(app).split("\n")[1].index("mark a step")
        await pilot.click(app.query_one(DiffPane).line, offset=(x, 0))
        await until_seen(pilot, "step 1 is marked")
        await pilot.press("J", "J", "d")
        await until_seen(pilot, "step 3 · asked for", "What came of these edits is not known, or they failed.")
        await pilot.press("=")
        await until_seen(pilot, "step 1 ↔ step 3: no changes.", "`git stash`")
        await pilot.press("*")
        await until_seen(pilot, "No gold patch comes with this run.")
