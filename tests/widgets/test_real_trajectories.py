"""Every real trajectory at hand is painted by every reading widget, without an error and harmlessly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from nano_agent import formats
from nano_agent.trajectory import Trajectory
from nano_widgets.cost_view import CostView
from nano_widgets.inspector import TABS, Inspector
from nano_widgets.outline import Outline
from nano_widgets.status_line import StatusLine
from nano_widgets.transcript.transcript import Transcript
from support.painted import assert_harmless

SHARED = Path(__file__).parents[3] / "shared" / "trajectories"
SAMPLES = Path(__file__).parents[2] / "sample_trajectories"
FORMATS = sorted(path.name for path in SHARED.iterdir() if path.is_dir()) if SHARED.is_dir() else []
MOST = 8
"""Of more runs in one format, some are looked at from all of them."""


def trajectories(root: Path) -> Iterator[Trajectory]:
    for path in sorted(root.rglob("*")):
        try:
            if path.is_file() and formats.recognise(path) is not None:
                yield from formats.read(path)
        except formats.NotATrajectory:
            continue


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield Transcript()
        yield Inspector()

    async def look_at(self, run: Trajectory) -> None:
        self.query_one(StatusLine).show(run)
        transcript = self.query_one(Transcript)
        transcript.show(run)
        item = 0
        while item < min(transcript.layouts.count, 25):
            transcript.go((item, 0))
            assert_harmless(transcript)
            item = max(item + 1, transcript.shown[-1][0])
        inspector = self.query_one(Inspector)
        for tab in TABS:
            inspector.tab = tab
            for step in range(1, min(transcript.view.items.n_steps, 4) + 1):
                inspector.show(run, step, items=transcript.view.items)
                assert_harmless(inspector.view)
            # What was begun aside for the step before is given up, which takes a turn of the loop.
            await asyncio.sleep(0)


@pytest.mark.skipif(not FORMATS, reason="the real trajectories are not beside this repository")
@pytest.mark.parametrize("name", FORMATS)
async def test_real_trajectories(name: str) -> None:
    app = Host()
    async with app.run_test(size=(90, 40)):
        runs = list(trajectories(SHARED / name))
        for run in runs[:: len(runs) // MOST + 1]:
            await app.look_at(run)


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir() if path.is_dir()))
async def test_samples(sample: str) -> None:
    app = Host()
    run = formats.first(SAMPLES / sample)
    async with app.run_test(size=(90, 40)):
        await app.look_at(run)
        assert app.query_one(Transcript).view.items.n_steps == len(run.steps)


class ListHost(App[None]):
    def compose(self) -> ComposeResult:
        yield Outline()
        yield CostView()


@pytest.mark.skipif(not FORMATS, reason="the real trajectories are not beside this repository")
async def test_lists_of_real_trajectories() -> None:
    app = ListHost()
    async with app.run_test(size=(70, 60)):
        for run in trajectories(SHARED):
            for view in (app.query_one(Outline), app.query_one(CostView)):
                view.show(run)
                assert_harmless(view)
            assert app.query_one(Outline).row_count == len(run.steps)
