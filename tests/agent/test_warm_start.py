"""Runs that are forked from a process with everything loaded are runs like all others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nano_agent.launch import LaunchError
from nano_agent.models import ModelSettings, client_of
from nano_agent.record import Follower
from nano_agent.record.process import birth
from nano_agent.spec import RunSpec
from nano_agent.starter import Starter
from nano_agent.warm_starter import WarmStarter
from support.engine import Bench, metadata
from support.eventually import eventually
from support.recordings import Said, patch


@pytest.fixture
def warm() -> Iterator[WarmStarter]:
    starter = WarmStarter()
    yield starter
    starter.close()


def spec(bench: Bench, model: str) -> RunSpec:
    return RunSpec("Do it", str(bench.repo.root), model, runs_dir=str(bench.place / "runs"), allow_dirty=True)


def pid_of(folder: Path) -> int:
    return int(metadata(folder)["process"]["pid"])


def ended(folder: Path) -> str | None:
    follower = Follower(folder)
    eventually(lambda: follower.poll().state.ended, "the run never ended")
    return follower.state.exit_status


def test_runs_of_several_threads_end_as_they_should(bench: Bench, warm: WarmStarter) -> None:
    models = [bench.model([patch("", str(n), f"new-{n}.txt"), "done"]) for n in range(3)]
    specs = [spec(bench, model) for model in models]
    with ThreadPoolExecutor(3) as pool:
        folders = list(pool.map(warm.launch, specs))
    assert len(set(folders)) == 3
    assert [ended(folder) for folder in folders] == ["done"] * 3
    assert [pid_of(folder) for folder in folders].count(warm._process.pid) == 0
    pids = [pid_of(folder) for folder in folders]
    eventually(lambda: all(birth(pid) is None for pid in pids), "their processes go on")


def test_what_cannot_be_started_is_said_in_the_same_words(bench: Bench, warm: WarmStarter) -> None:
    with pytest.raises(LaunchError, match=r"There is nothing to replay at .*missing\.$"):
        warm.launch(spec(bench, "replay/missing"))


def test_a_run_outlives_the_process_that_forked_it(bench: Bench) -> None:
    starter = WarmStarter()
    folder = starter.launch(spec(bench, bench.model([Said("slow " * 30, seconds=100)], speed=1)))
    starter.close()
    assert birth(starter._process.pid) is None
    pid = pid_of(folder)
    assert birth(pid) is not None
    assert os.getsid(pid) not in (os.getsid(0), starter._process.pid)
    os.kill(pid, signal.SIGTERM)
    assert ended(folder) == "interrupted"


def test_without_the_process_runs_start_all_the_same(bench: Bench, warm: WarmStarter) -> None:
    os.kill(warm._process.pid, signal.SIGKILL)
    folder = warm.launch(spec(bench, bench.model([patch("one", "1", "b.txt"), "done"])))
    assert ended(folder) == "done"


OWNER = """
import sys, time
from nano_agent.warm_starter import WarmStarter
print(WarmStarter()._process.pid, flush=True)
time.sleep(1000)
"""


def test_the_process_ends_with_its_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert birth(pid) is not None
        owner.kill()
    eventually(lambda: birth(pid) is None, "it goes on without its owner")


def test_litellm_is_loaded_only_for_models_that_need_it(bench: Bench) -> None:
    starter = Starter()
    starter.warm_up(spec(bench, "replay/somewhere"))
    starter.warm_up(RunSpec("x", ".", "hosted_vllm/q", api_base="http://127.0.0.1:1/v1"))
    assert list(starter._warm) == [False]
    starter.close()
    starter.warm_up(spec(bench, "replay/somewhere"))
    assert not starter._warm, "nothing is made ready after the end"


@pytest.mark.parametrize(
    ("model", "base", "client"),
    [
        ("replay/x", None, "replay"),
        ("openai/gpt-4.1-mini", None, "litellm"),
        ("openai/qwen", "http://127.0.0.1:1/v1", "http"),
        ("openrouter/qwen/qwen3", None, "http"),
        ("anthropic/claude-sonnet-4-5", None, "litellm"),
    ],
)
def test_the_thin_client_is_taken_where_it_speaks_the_language(model: str, base: str | None, client: str) -> None:
    assert client_of(ModelSettings(model, base)) == client
