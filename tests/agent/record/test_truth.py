"""What is said of a run is true, whatever is done to its process and to the clock."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nano_agent.record import Follower, RunWatch
from nano_agent.record.process import age, birth
from support.engine import Bench, metadata
from support.eventually import eventually
from support.live_run import LiveRun
from support.recordings import Said, patch, shell
from support.steered import steered

WATCHERS: list[type[Follower] | type[RunWatch]] = [Follower, RunWatch]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def run(tmp_path: Path) -> LiveRun:
    return LiveRun(tmp_path / "2026-01-01T00-00-00-aaaaaaaa")


def shown_age(watcher: Follower | RunWatch) -> float:
    assert watcher.state.since is not None
    return time.time() - watcher.state.since


def test_a_suspended_run_is_said_to_be_and_goes_on_where_it_was(bench: Bench) -> None:
    model = bench.model([Said("word " * 400, seconds=1000), patch("one", "1", "b.txt"), "Done."], speed=100)
    with steered(bench, model) as run:
        watch = RunWatch(run.folder)
        run.streams("word")
        os.kill(run.pid, signal.SIGSTOP)
        eventually(lambda: watch.poll() and watch.state.doing == "suspended")
        run.until("suspended")
        run.send("interrupt")
        os.kill(run.pid, signal.SIGCONT)
        eventually(lambda: watch.poll() and watch.state.doing != "suspended")
        assert run.ends() == "done"


def test_a_suspended_run_that_is_killed_is_lost(bench: Bench) -> None:
    with steered(bench, bench.model([shell("sleep 1000; true")]), approval="ask") as run:
        run.asked()
        os.kill(run.pid, signal.SIGSTOP)
        run.until("suspended")
        assert run.follower.state.ask is not None
        os.kill(run.pid, signal.SIGKILL)
        run.until("lost")
        assert run.follower.state.ask is None


@pytest.mark.parametrize("watcher", WATCHERS)
@pytest.mark.parametrize("jump", [86_400, -86_400])
def test_a_clock_that_is_set_makes_no_age_wrong(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch, watcher: type[Follower] | type[RunWatch], jump: float
) -> None:
    run.ask()
    seen = watcher(run.folder)
    seen.poll()
    before = shown_age(seen)
    really: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: really() + jump)
    seen.poll()
    assert before <= shown_age(seen) < before + 60


@pytest.mark.parametrize("written", [-86_400, 86_400], ids=["in the past", "in the future"])
def test_an_age_is_never_negative_nor_more_than_its_process_has(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch, written: float
) -> None:
    really: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: really() + written)
    run.ask()
    monkeypatch.setattr(time, "time", really)
    seen = RunWatch(run.folder)
    seen.poll()
    seen.poll()
    lived = age(metadata(run.folder)["process"])
    assert lived is not None
    assert 0 <= shown_age(seen) <= lived + 1


def test_a_repository_that_is_deleted_under_a_run_ends_it_in_words(bench: Bench) -> None:
    gate = shell("touch begun; until test -e go; do sleep 0.02; done; echo opened")
    with steered(bench, bench.model([gate, shell("ls"), "Done."])) as run:
        root = bench.repo.root
        eventually((root / "begun").exists)
        root.rename(bench.place / "moved")
        shutil.rmtree(bench.place / "moved" / ".git")
        (bench.place / "moved" / "go").touch()
        assert run.ends() == "error"
        run.until("ended")
    assert metadata(run.folder)["exit_reason"]
    eventually(lambda: birth(run.pid) is None, "its process goes on")


def test_a_command_that_floods_is_killed_and_its_record_stays_small(bench: Bench) -> None:
    flood = shell("yes 'a rather long line that is printed again and again and again'")
    with steered(bench, bench.model([flood, patch("one", "1", "b.txt"), "Done."])) as run:
        largest = 0

        def ended() -> object:
            nonlocal largest
            largest = max(largest, (run.folder / "live.jsonl").stat().st_size)
            return metadata(run.folder)["ended_at"]

        eventually(ended, "it never ended", 60)
        assert run.ends() == "done"
    assert "[killed: it had printed " in run.answers[0]
    assert largest < 4_000_000
    assert sum(path.stat().st_size for path in run.folder.rglob("*.jsonl")) < 200_000
    assert sum(path.stat().st_size for path in (run.folder / "outputs").iterdir()) < 100_000_000
