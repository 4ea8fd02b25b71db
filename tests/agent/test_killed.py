"""Runs that are killed, at any instant, and runs whose disk is full: the folder opens and says what happened."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nano_agent import Agent, Trajectory, formats
from nano_agent.control import request_stop
from nano_agent.launch import LaunchError, RunSpec, launch
from nano_agent.record import Follower
from nano_agent.record.process import birth
from nano_agent.resuming import resume_spec
from support.engine import Bench, answers, check_history, events, lines, metadata
from support.eventually import eventually
from support.recordings import Entry, Said, patch, shell


@pytest.fixture
def started() -> Iterator[list[Path]]:
    """Folders of runs that a test started; what still goes on afterwards is ended."""
    folders: list[Path] = []
    yield folders
    for folder in folders:
        pid = pid_of(folder)
        if birth(pid) is not None:
            os.kill(pid, signal.SIGKILL)


def pid_of(folder: Path) -> int:
    return int(metadata(folder)["process"]["pid"])


def spec(bench: Bench, model: str, **more: object) -> RunSpec:
    limits = {"token_limit": 10_000_000, "tool_limit": 1000}
    return RunSpec("Do it", str(bench.repo.root), model, limits=limits, runs_dir=str(bench.place / "runs"), **more)  # type: ignore[arg-type]


def kill(folder: Path) -> None:
    pid = pid_of(folder)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: birth(pid) is None)


def _wait_for_end(follower: Follower) -> None:
    eventually(lambda: follower.poll().state.ended, "the run never ended")


def _wait_for_output(follower: Follower) -> None:
    eventually(lambda: (tail := follower.poll().tail) and "begun" in tail.output, "the command printed nothing")


def opened(folder: Path) -> Trajectory:
    (trajectory,) = formats.read(folder)
    return trajectory


def test_a_detached_run_goes_on_by_itself_to_its_end(bench: Bench, started: list[Path]) -> None:
    model = bench.model([shell("ls"), patch("one", "1", "b.txt"), "done"])
    folder = launch(spec(bench, model))
    started.append(folder)
    follower = Follower(folder)
    _wait_for_end(follower)
    assert follower.state.exit_status == "done"
    run = opened(folder)
    assert (run.exit_status, run.live) == ("done", False)
    assert "+1" in (run.diff or "")
    assert not (folder / ".reserve").exists()
    pid = pid_of(folder)
    eventually(lambda: birth(pid) is None, "its process goes on")


def test_killed_while_the_model_streams(bench: Bench, started: list[Path]) -> None:
    model = bench.model([shell("ls"), Said(text="word " * 200, seconds=100)], speed=1)
    folder = launch(spec(bench, model))
    started.append(folder)
    follower = Follower(folder)
    eventually(lambda: (tail := follower.poll().tail) and "word" in tail.text)
    assert opened(folder).live
    kill(folder)
    run = opened(folder)
    assert (run.exit_status, run.live) == ("lost", False)
    assert run.exit_reason == "the process vanished while the model was giving reply 2"
    eventually(lambda: follower.poll().state.doing == "lost")
    assert follower.poll().tail is None


def test_killed_while_a_tool_runs(bench: Bench, started: list[Path]) -> None:
    folder = launch(
        spec(bench, bench.model([[shell("echo $$ > pid; sleep 1000; true"), shell("ls")]]), sandbox="local")
    )
    started.append(folder)
    pid = int(eventually(lambda: (p := bench.repo.root / "pid").exists() and p.read_text().strip()) or 0)
    kill(folder)
    run = opened(folder)
    assert run.exit_status == "lost"
    assert run.exit_reason == "the process vanished while a tool was running: echo $$ > pid; sleep 1000; true"
    assert run.n_tool_calls == 2
    eventually(lambda: birth(pid) is None, "the command goes on without its run", 5)


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_instant(bench: Bench, started: list[Path], seed: int) -> None:
    """The signal falls between any two system calls, of which most are writes here."""
    chance = random.Random(seed)
    many = [Said("word " * 40, [shell(f"echo {n}; seq 900"), shell("true")], seconds=0.02) for n in range(300)]
    folder = launch(spec(bench, bench.model(many, speed=chance.choice([0.5, 5, 50]))))
    started.append(folder)
    steps = chance.randrange(6)
    eventually(lambda: (folder / "messages.jsonl").read_bytes().count(b"\n") >= steps)
    for _ in range(chance.randrange(300)):
        (folder / "live.jsonl").stat()
    kill(folder)
    for name in ("messages.jsonl", "events.jsonl"):
        for line in (folder / name).read_bytes().split(b"\n")[:-1]:
            json.loads(line)
    run = opened(folder)
    assert run.exit_status == "lost"
    assert "the process vanished" in (run.exit_reason or "")
    assert run.n_messages == (folder / "messages.jsonl").read_bytes().count(b"\n")
    follower = Follower(folder)
    eventually(lambda: follower.poll().state.doing == "lost")


def test_a_stop_command_and_a_signal_end_a_run_in_order(bench: Bench, started: list[Path]) -> None:
    for how in ("command", "signal"):
        model = bench.model([[shell("echo begun; sleep 1000; true"), shell("ls")]])
        folder = launch(spec(bench, model, sandbox="local"))
        started.append(folder)
        follower = Follower(folder)
        _wait_for_output(follower)
        if how == "command":
            (folder / "inbox.jsonl").write_text('not json\n{"do": "dance"}\n')
            request_stop(folder)
        else:
            os.kill(pid_of(folder), signal.SIGTERM)
        _wait_for_end(follower)
        assert follower.state.exit_status == "interrupted"
        messages = lines(folder / "messages.jsonl")
        check_history(messages)
        assert messages[-2]["content"].startswith("begun\n[killed after ")
        assert messages[-1]["content"].startswith("[not run: stopped by ")
        if how == "command":
            assert sum("not understood" in event["text"] for event in events(folder, "warning")) == 2


def test_a_hangup_does_not_concern_a_detached_run(bench: Bench, started: list[Path]) -> None:
    folder = launch(spec(bench, bench.model([Said("slow " * 30, seconds=100), "x"], speed=1)))
    started.append(folder)
    os.kill(pid_of(folder), signal.SIGHUP)
    request_stop(folder)
    follower = Follower(folder)
    _wait_for_end(follower)
    assert follower.state.detail == "stopped by a stop command"


def test_what_cannot_be_launched_is_said(bench: Bench) -> None:
    with pytest.raises(LaunchError, match=r"There is nothing to replay at .*missing\.$"):
        launch(spec(bench, "replay/missing"))
    bench.repo.write({"a.py": "dirty"})
    with pytest.raises(LaunchError, match=r"has uncommitted changes: a\.py"):
        launch(spec(bench, bench.model(["x"])))
    assert not (bench.place / "runs").exists()


SMALL = """
import sys
from nano_agent import Agent
agent = Agent(sys.argv[1], runs_dir=sys.argv[3], token_limit=10_000_000, tool_limit=1000)
agent.run("Do it", sys.argv[2])
print(agent.exit_status, len(agent.messages))
"""


def _in_a_process(
    bench: Bench, model: str, runs: Path, prefix: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*(prefix or []), sys.executable, "-c", SMALL, model, str(bench.repo.root), str(runs)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)


def _check_full(runs: Path, printed: subprocess.CompletedProcess[str], *, told: bool) -> None:
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("error ")
    (folder,) = [path for path in runs.iterdir() if not path.name.startswith(".")]
    messages = lines(folder / "messages.jsonl")
    lines(folder / "events.jsonl")
    run = opened(folder)
    assert run.n_messages == len(messages) > 2
    assert run.exit_status == ("error" if told else "lost")
    if told:
        assert "Make room or choose another place with --runs-dir" in (run.exit_reason or "")
        assert metadata(folder)["ended_at"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("what", ["messages", "outputs", "checkpoints"])
def test_a_full_disk_ends_the_run_with_a_sentence(bench: Bench, small_disk: Path, what: str) -> None:
    noise = "".join(chr(33 + n % 90) + str(n * 7919 % 104729) for n in range(3000))
    reply: dict[str, Callable[[int], Entry]] = {
        "messages": lambda n: Said("words " * 500, [shell("true")]),
        "outputs": lambda n: shell("seq 20000"),
        "checkpoints": lambda n: patch("", noise[n:], f"new-{n}.txt"),
    }
    replies = [reply[what](n) for n in range(300)]
    printed = _in_a_process(bench, bench.model(replies), small_disk / "runs")
    _check_full(small_disk / "runs", printed, told=True)


def test_a_run_is_not_resumed_on_a_full_disk_and_loses_nothing_by_it(bench: Bench, small_disk: Path) -> None:
    replies = ["Hm.", patch("one", "1", "b.txt"), "Done."]
    agent = bench.run(replies, runs_dir=small_disk / "runs", step_limit=1, tool_limit=9)
    folder = agent.out_dir
    assert folder is not None
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(LaunchError, match=r"(No space left on device|Out of diskspace)\. Make room or choose"):
        launch(resume_spec(folder, limits=["step_limit=none"]))
    assert opened(folder).exit_status == "step_limit"
    assert (folder / "messages.jsonl").read_bytes() == before["messages.jsonl"]
    filler.unlink()
    launch(resume_spec(folder, limits=["step_limit=none"]))
    eventually(lambda: metadata(folder)["ended_at"] and metadata(folder)["exit_status"] == "done", "it was not done")


def test_a_limit_on_file_sizes_ends_the_run_with_a_sentence(bench: Bench) -> None:
    limited = ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh"]
    replies = [Said("words " * 500, [shell("true")]) for _ in range(300)]
    printed = _in_a_process(bench, bench.model(replies), bench.place / "runs", limited)
    _check_full(bench.place / "runs", printed, told=True)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_messages_in_memory_are_answered_also_when_the_disk_is_full(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [shell("true"), shell("echo 3"), shell("echo 4")]
    agent = Agent(bench.model([calls]), runs_dir=bench.place / "runs")
    real, written = os.write, 0

    def full(descriptor: int, data: bytes) -> int:
        nonlocal written
        if b'"type":"tool_end"' in data or b'"type":"end"' in data or written:
            written += 1
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    agent.run("Do it", bench.repo.root)
    assert agent.exit_status == "error"
    check_history(agent.messages)
    assert len(answers(agent)) == 3
