"""`Agent` as people use it from Python."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_agent import Agent, Trajectory
from nano_agent.agent import CannotStart
from nano_agent.events import CheckpointTaken, Ended, MessageAdded, ToolEnded, ToolOutput, ToolStarted
from nano_agent.models.base import CallPiece, ReasoningPiece, TextPiece
from nano_agent.record.process import birth
from nano_agent.trajectory import Usage
from support.engine import Bench, check_history, lines, metadata
from support.eventually import eventually
from support.recordings import Said, patch, shell
from support.repos import make_repo

FIX = patch("print('a')", "print('b')", "a.py")


def test_run_gives_the_diff_and_all_about_the_run(bench: Bench) -> None:
    usage = Usage(100, 20, cost_usd=0.001)
    agent = Agent(bench.model([Said("Look.", [shell("ls | wc -l")], usage=usage), FIX, Said("Done.", usage=usage)]))
    diff = agent.run("Fix it", bench.repo.root)
    assert diff.endswith("@@ -1 +1 @@\n-print('a')\n+print('b')\n")
    assert [m["role"] for m in agent.messages] == [
        *("system", "user", "assistant", "tool"),
        *("assistant", "tool", "assistant"),
    ]
    assert agent.token_usage == 120
    assert agent.tool_usage == 2
    assert agent.tool_stats["tool_calls_shell"] == agent.tool_stats["tool_success_rate_apply_patch"] == 1
    assert agent.tool_stats["shell_cmd_ls"] == agent.tool_stats["shell_cmd_wc"] == 1
    folder = agent.out_dir
    assert folder is not None
    assert folder.parent == bench.repo.root / ".nano-agent"
    assert lines(folder / "messages.jsonl") == agent.messages
    assert json.loads((folder / "tools.json").read_text()) == agent.tools
    assert json.loads((folder / "stats.json").read_text()) == agent.tool_stats
    assert (folder / "diff.txt").read_text() == diff
    run = Trajectory.load(folder)
    assert (run.exit_status, run.task, run.diff, run.n_tool_calls) == ("done", "Fix it", diff, 2)
    assert bench.repo.status() == " M a.py\n"


def test_messages_and_tools_are_what_a_chat_template_takes(bench: Bench) -> None:
    agent = bench.run([Said("Look.", [shell("ls")], reasoning="Hm."), FIX, "Done."])
    assert json.loads(json.dumps(agent.messages)) == agent.messages
    for message in agent.messages:
        assert set(message) <= {"role", "content", "reasoning_content", "tool_calls", "tool_call_id"}
    for tool in agent.tools:
        assert tool["type"] == "function"
        function = tool["function"]
        assert set(function) == {"name", "description", "parameters"}
        assert set(function["parameters"]["required"]) == set(function["parameters"]["properties"])


def test_the_events_of_a_stream_are_the_run(bench: Bench) -> None:
    said = Said("Hello there", [shell("echo out; sleep 0.1; echo more")], reasoning="Let me see")
    agent = Agent(bench.model([said, FIX, "Done."]), sandbox="local")
    events = list(agent.stream("Fix it", bench.repo.root))
    assert "".join(e.text for e in events if isinstance(e, TextPiece)) == "Hello thereDone."
    assert "".join(e.text for e in events if isinstance(e, ReasoningPiece)) == "Let me see"
    first = "".join(
        e.arguments
        for e in events[: events.index(next(e for e in events if isinstance(e, ToolStarted)))]
        if isinstance(e, CallPiece)
    )
    assert json.loads(first) == {"cmd": "echo out; sleep 0.1; echo more"}
    assert "".join(e.text for e in events if isinstance(e, ToolOutput)) == "out\nmore\n"
    assert [e.index for e in events if isinstance(e, MessageAdded)] == list(range(len(agent.messages)))
    assert [(e.name, e.failed) for e in events if isinstance(e, ToolEnded)] == [
        ("shell", False),
        ("apply_patch", False),
    ]
    assert [e.step for e in events if isinstance(e, CheckpointTaken)] == [0, 2]
    assert isinstance(events[-1], Ended)
    assert events[-1].exit_status == "done"
    assert events[-1].diff == (agent.out_dir or Path()).joinpath("diff.txt").read_text()


def test_a_stream_that_is_left_ends_its_run(bench: Bench) -> None:
    agent = Agent(bench.model([[shell("echo $$ > pid; echo begun; sleep 1000; true"), shell("ls")]]), sandbox="local")
    for event in agent.stream("Fix it", bench.repo.root):
        if isinstance(event, ToolOutput):
            break
    assert agent.exit_status == "interrupted"
    check_history(agent.messages)
    pid = int((bench.repo.root / "pid").read_text())
    eventually(lambda: birth(pid) is None)
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["exit_reason"] == "stopped by the program that ran it"


def test_without_a_log_nothing_stays(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    agent = Agent(bench.model([shell("seq 3000"), FIX, "Done."]), log=False)
    diff = agent.run("Fix it", bench.repo.root)
    assert "+print('b')" in diff
    assert (agent.exit_status, agent.out_dir) == ("done", None)
    assert not (bench.repo.root / ".nano-agent").exists()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_agent_can_run_again(bench: Bench) -> None:
    agent = Agent(bench.model([FIX, "Done."]))
    agent.run("Fix it", bench.repo.root)
    first = agent.out_dir
    bench.repo.commit()
    with pytest.raises(CannotStart, match="say what is to be done"):
        agent.run(" \n", bench.repo.root)
    agent.run("Fix it", bench.repo.root)
    assert agent.out_dir != first


def test_where_runs_are_kept(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_RUNS_DIR", str(bench.repo.root / "kept"))
    for _ in range(2):
        agent = bench.run([FIX, "Done."])
        assert agent.out_dir is not None
        assert agent.out_dir.parent == bench.repo.root / "kept"
        bench.repo.git("checkout", "a.py")
    assert bench.repo.status() == ""
    assert bench.run(["x"], runs_dir=tmp_path / "chosen").out_dir.parent == tmp_path / "chosen"  # type: ignore[union-attr]


def test_a_subfolder_is_worked_on_from_the_root(bench: Bench) -> None:
    agent = Agent(bench.model([shell("pwd"), FIX, "Done."]))
    agent.run("Fix it", bench.repo.root / "src")
    assert agent.messages[3]["content"] == f"{bench.repo.root.resolve()}\n"


def test_a_dirty_repository_is_refused_or_is_the_base(bench: Bench) -> None:
    bench.repo.write({"b.txt": "dirty\n", "new.txt": "x\n"})
    agent = Agent(bench.model([FIX, "Done."]))
    with pytest.raises(CannotStart, match=r"has uncommitted changes: b\.txt, new\.txt\. Commit or stash them"):
        agent.run("Fix it", bench.repo.root)
    assert not (bench.repo.root / ".nano-agent").exists()
    diff = agent.run("Fix it", bench.repo.root, allow_dirty=True)
    assert "b.txt" not in diff
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["base_dirty"] == ["b.txt", "new.txt"]


def test_bytes_that_are_no_utf_8_everywhere(bench: Bench) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (bench.repo.root / name).write_bytes(b"caf\xe9\n")
    agent = bench.run([FIX, "Done."], task=f"Fix {name}", allow_dirty=True)
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["base_dirty"] == [name]
    assert Trajectory.load(agent.out_dir).exit_status == "done"


@pytest.fixture
def ctrl_c_heard() -> Iterator[None]:
    """A job in the background of a shell begins with SIGINT ignored, and so would the tests in it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_heard")
def test_ctrl_c_ends_the_run_and_comes_through(bench: Bench) -> None:
    agent = Agent(bench.model([[shell("echo $$ > pid; sleep 1000; true"), shell("ls")]]), sandbox="local")
    pid_file = bench.repo.root / "pid"

    def interrupt() -> None:
        eventually(lambda: pid_file.exists() and pid_file.read_text())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        agent.run("Fix it", bench.repo.root)
    thread.join()
    check_history(agent.messages)
    assert agent.exit_status == "interrupted"
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["exit_reason"] == "stopped by Ctrl-C"
    eventually(lambda: birth(int(pid_file.read_text())) is None)


def test_an_error_of_ours_is_recorded_and_comes_through(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TypeError("a mistake in the code, with sk-aaaaaaaaaaaaaaaaaaaaaaaa in it")

    monkeypatch.setattr("nano_agent.toolbox.check_arguments", broken)
    agent = Agent(bench.model([[shell("ls"), shell("ls")]]))
    with pytest.raises(TypeError):
        agent.run("Fix it", bench.repo.root)
    check_history(agent.messages)
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["exit_reason"] == "TypeError: a mistake in the code, with [hidden] in it"


@pytest.mark.parametrize("model", ["?speed=fast", "?speed=nan", "?speed=-1", "/missing-inside", "empty"])
def test_a_recording_that_cannot_be_played(bench: Bench, model: str) -> None:
    recording = bench.model([] if model == "empty" else ["x"]) + ("" if model == "empty" else model)
    agent = Agent(recording)
    if model.startswith("/"):
        with pytest.raises(CannotStart, match="There is nothing to replay at"):
            agent.run("Fix it", bench.repo.root)
        return
    agent.run("Fix it", bench.repo.root)
    assert agent.exit_status == "error"
    assert agent.out_dir is not None
    reason = metadata(agent.out_dir)["exit_reason"]
    assert "speed must be a number" in reason or "nothing to replay" in reason


async def test_inside_a_running_event_loop(bench: Bench) -> None:
    agent = Agent(bench.model([FIX, "Done."]))
    assert "+print('b')" in await asyncio.to_thread(agent.run, "Fix it", bench.repo.root)
    bench.repo.git("checkout", "a.py")
    assert "+print('b')" in agent.run("Fix it", bench.repo.root)


def test_two_agents_in_two_threads(bench: Bench, tmp_path: Path) -> None:
    agents: dict[str, Agent] = {}

    def work(name: str) -> None:
        repo = make_repo(tmp_path / name)
        change = patch("print('a')", f"print('{name}')", "a.py")
        agents[name] = Agent(bench.model([*[shell(f"echo {name}; sleep 0.05")] * 5, change, "Done."]), sandbox="local")
        assert f"+print('{name}')" in agents[name].run("Fix it", repo.root)

    threads = [threading.Thread(target=work, args=[name]) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, agent in agents.items():
        assert {m["content"] for m in agent.messages if m["role"] == "tool"} >= {f"{name}\n"}
        assert agent.exit_status == "done"


def test_verbose_prints_harmless_text(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent(bench.model([Said("\x1b]0;owned\x07 text \ud800", [shell("ls")]), FIX, "Done."]), verbose=True)
    agent.run("Fix it", bench.repo.root)
    printed = capsys.readouterr().out
    assert "]0;owned" in printed
    assert "shell: ls" in printed
    assert not {"\x1b", "\x07", "\ud800"} & set(printed)


def test_a_run_ends_soon_after_a_stop_while_the_model_is_asked(bench: Bench) -> None:
    agent = Agent(bench.model([Said("slow " * 10, seconds=1000)], speed=1))
    for event in agent.stream("Fix it", bench.repo.root):
        if isinstance(event, MessageAdded) and event.index == 1:
            break
    assert agent.exit_status == "interrupted"


HEAVY = ("textual", "rich", "litellm", "openai", "httpx", "git", "pydantic", "yaml", "pyarrow", "asyncio", "subprocess")


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import nano_agent", (*HEAVY, "orjson")),
        ("from nano_agent import Trajectory", HEAVY),
        ("from nano_agent import Agent", tuple(name for name in HEAVY if name != "subprocess")),
        ("from nano_agent.record import Follower", tuple(name for name in HEAVY if name != "subprocess")),
        ("from nano_agent.spec import RunSpec", HEAVY),
    ],
)
def test_importing_is_cheap(code: str, forbidden: tuple[str, ...]) -> None:
    script = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" not in path)}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert not set(forbidden) & set(done.stdout.split())
