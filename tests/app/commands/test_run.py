"""`nano-tui run`: exit codes, what it prints where, and how it ends when it is interrupted."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nano_agent.record import Follower
from nano_agent.record.process import birth
from nano_tui import cli
from support.engine import Bench, check_history, lines, metadata
from support.eventually import eventually
from support.model_server import Call, ModelServer, Text
from support.recordings import Said, patch, shell
from support.repos import make_repo
from support.terminal import Terminal

FIX = patch("print('a')", "print('b')", "a.py")
RUN = [sys.executable, "-m", "nano_tui", "run"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def nano_tui_run(bench: Bench, *words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*RUN, "--repo", str(bench.repo.root), "--sandbox", "local", *map(str, words)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def only_run(bench: Bench) -> Path:
    (folder,) = (bench.repo.root / ".nano-agent").glob("2*")
    return folder


def test_done_is_0_and_prints_the_folder_and_the_diff(bench: Bench) -> None:
    done = nano_tui_run(bench, "Fix it", "--model", bench.model([Said("Look.", [shell("echo hello")]), FIX, "Done."]))
    assert done.returncode == 0, done.stderr.decode()
    folder, diff = done.stdout.split(b"\n\n", 1)
    assert Path(folder.decode()) == only_run(bench)
    assert diff == (only_run(bench) / "diff.txt").read_bytes()
    shown = done.stderr.decode()
    for piece in ("Look.", "> shell  echo hello", "hello", "exit 0", "> apply_patch  a.py", "Done.", "done: "):
        assert piece in shown
    assert "\x1b" not in shown
    bench.repo.git("checkout", "a.py")
    (bench.place / "out.diff").write_bytes(diff)
    bench.repo.git("apply", bench.place / "out.diff")


def test_any_other_end_is_1(bench: Bench) -> None:
    done = nano_tui_run(bench, "Fix it", "--tool-limit", "1", "--model", bench.model([shell("ls"), "x"]))
    assert done.returncode == 1
    assert b"tool_limit: all 1 tool calls were used" in done.stderr
    assert done.stdout == os.fsencode(f"{only_run(bench)}\n")


def test_the_task_from_standard_input_and_from_a_file(bench: Bench) -> None:
    task = "Fix\nthe — thing\n"
    (bench.place / "task.md").write_text(task)
    for words in (["-"], ["--task-file", bench.place / "task.md"]):
        model = bench.model([FIX, "Done."])
        done = nano_tui_run(bench, *words, "--runs-dir", bench.place / "runs", "--model", model, stdin=task.encode())
        assert done.returncode == 0, done.stderr.decode()
        folder = Path(done.stdout.split(b"\n")[0].decode())
        assert metadata(folder)["task"] == task
        bench.repo.git("checkout", "a.py")


def test_options_reach_the_run(bench: Bench) -> None:
    options = "--tool-limit 7 --token-limit 9000 --response-limit 500 --time-limit 33.5 --step-limit 9 --cost-limit 0.5"
    more = "--temperature 0.3 --top-k 5 --no-thinking --prices 1,2,0.1 --api-base http://me:secret-77@localhost/v1"
    nano_tui_run(bench, "x", "--model", bench.model([FIX, "Done."]), *options.split(), *more.split())
    written = metadata(only_run(bench))
    assert written["limits"] == {
        "tool_limit": 7,
        "token_limit": 9000,
        "response_limit": 500,
        "time_limit": 33.5,
        "step_limit": 9,
        "cost_limit": 0.5,
    }
    assert written["sampling"] == {"temperature": 0.3, "top_k": 5}
    assert (written["thinking"], written["sandbox"]) == (False, "local")
    assert written["prices"] == {"prompt": 1.0, "completion": 2.0, "cached": 0.1}
    assert written["api_base"] == "http://[hidden]@localhost/v1"


@pytest.mark.parametrize("words", [["x", "--tool-limit", "many"], ["x", "--prices", "1"], ["x", "--nonsense"]])
def test_bad_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.run(["run", *words])
    assert "usage: nano-tui run" in capsys.readouterr().err


def test_no_task_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["run"]) == 2
    assert "say what is to be done: TASK, --task-file FILE" in capsys.readouterr().err


BAD = {
    "empty task": (["-"], "The task is empty"),
    "no task file": (["--task-file", "missing.md"], "missing.md: No such file or directory"),
    "a folder as task file": (["--task-file", "."], "Is a directory"),
    "no such recording": (["x", "--model", "replay/missing"], "There is nothing to replay at missing."),
    "no model": (["x", "--model", ""], "No model is named"),
    "no key": (["x", "--model", "openai/gpt-4.1-mini"], "set OPENAI_API_KEY in the environment"),
    "unknown scaffold": (
        ["x", "--scaffold", "moon", "--model", "replay/."],
        "unknown scaffold 'moon'; there are: nano",
    ),
    "unknown sandbox": (["x", "--sandbox", "moon", "--model", "replay/."], "unknown sandbox 'moon'"),
    "limit of none": (["x", "--tool-limit", "0", "--model", "replay/."], "tool_limit: "),
    "negative limit": (["x", "--time-limit", "-5", "--model", "replay/."], "time_limit: "),
    "no such folder": (["x", "--repo", "missing", "--model", "replay/."], "is not a folder"),
    "no repository": (["x", "--repo", ".", "--model", "replay/."], "is not a git repository"),
    "no commit": (["x", "--repo", "new", "--model", "replay/."], "has no commit yet"),
    "bare": (["x", "--repo", "bare.git", "--model", "replay/."], "is a bare repository"),
    "dirty": (["x", "--repo", "dirty", "--model", "replay/."], "has uncommitted changes: ␛]0;owned␇ name"),
    "runs in a file": (["x", "--runs-dir", "/dev/null/runs", "--model", "replay/."], "--runs-dir"),
}


def prepare(bench: Bench, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    here = bench.place / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    if "new" in words:
        make_repo(here / "new", commit=False)
    if "bare.git" in words:
        bench.repo.git("clone", "--quiet", "--bare", ".", here / "bare.git")
    if "dirty" in words:
        make_repo(here / "dirty").write({"\x1b]0;owned\x07 name": "x"})


def check_sentence(said: str, sentence: str) -> None:
    assert sentence in said
    assert said.startswith("nano-tui run: ")
    assert said.count("\n") == 1
    assert not said.endswith("..\n")
    assert "\x1b" not in said


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_start_is_said_in_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    words, sentence = BAD[name]
    prepare(bench, monkeypatch, words)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert cli.run(["run", "--repo", str(bench.repo.root), *words]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    check_sentence(printed.err, sentence)


@pytest.mark.parametrize(
    ("name", "more"), [("dirty", []), ("dirty", ["--detach"]), ("no such recording", ["--detach"])]
)
def test_the_same_from_a_process(bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, more: list[str]) -> None:
    words, sentence = BAD[name]
    prepare(bench, monkeypatch, words)
    done = nano_tui_run(bench, *words, *more)
    assert (done.returncode, done.stdout) == (1, b"")
    check_sentence(done.stderr.decode(), sentence)


def test_a_detached_run_prints_its_folder_and_goes_on(bench: Bench) -> None:
    model = bench.model([shell("ls"), FIX, "Done."])
    done = nano_tui_run(bench, "Fix it", "--detach", "--model", model)
    assert (done.returncode, done.stderr) == (0, b"")
    folder = Path(done.stdout.decode().removesuffix("\n"))
    follower = Follower(folder)
    eventually(lambda: follower.poll().state.ended)
    assert follower.state.exit_status == "done"


@contextmanager
def running(bench: Bench, model: str) -> Iterator[tuple[subprocess.Popen[bytes], Follower]]:
    """A run that goes on until it is stopped."""
    command = [*RUN, "Fix it", "--repo", str(bench.repo.root), "--sandbox", "local", "--model", model]
    runs = bench.repo.root / ".nano-agent"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            eventually(lambda: runs.exists() and [run for run in runs.iterdir() if not run.name.startswith(".")])
            yield process, Follower(only_run(bench))
        finally:
            process.kill()


def ends_in_order(bench: Bench, process: subprocess.Popen[bytes], code: int) -> dict[str, object]:
    """It ends soon, with its record whole and every call answered."""
    out, errors = process.communicate(timeout=20)
    assert process.returncode == code, errors.decode()
    assert b"Traceback" not in errors
    assert out.startswith(os.fsencode(only_run(bench)))
    check_history(lines(only_run(bench) / "messages.jsonl"))
    lines(only_run(bench) / "events.jsonl")
    assert (only_run(bench) / "live.jsonl").read_bytes() == b""
    written = metadata(only_run(bench))
    assert written["exit_status"] == "interrupted"
    return written


SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_the_model_is_asked(bench: Bench, number: signal.Signals) -> None:
    with running(bench, bench.model([Said("word " * 500, seconds=1000)], speed=10)) as (process, follower):
        eventually(lambda: (tail := follower.poll().tail) and tail.text)
        process.send_signal(number)
        assert ends_in_order(bench, process, 130)["exit_reason"] == f"stopped by {SIGNALS[number]}"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_a_command_runs(bench: Bench, number: signal.Signals) -> None:
    calls = [shell("echo $$ > pid; echo begun; sleep 1000; true"), shell("ls")]
    with running(bench, bench.model([calls])) as (process, follower):
        eventually(lambda: (tail := follower.poll().tail) and "begun" in tail.output)
        process.send_signal(number)
        ends_in_order(bench, process, 130)
    pid = int((bench.repo.root / "pid").read_text())
    eventually(lambda: birth(pid) is None, "the command goes on")
    messages = lines(only_run(bench) / "messages.jsonl")
    assert messages[-2]["content"].startswith("begun\n[killed after ")
    assert b"+++ b/pid" in (only_run(bench) / "diff.txt").read_bytes()


def test_a_command_does_not_outlive_a_foreground_run_that_is_killed(bench: Bench) -> None:
    with running(bench, bench.model([shell("echo $$ > pid; echo begun; sleep 1000; true")])) as (process, follower):
        eventually(lambda: (tail := follower.poll().tail) and "begun" in tail.output)
        process.kill()
        process.communicate()
    pid = int((bench.repo.root / "pid").read_text())
    eventually(lambda: birth(pid) is None, "the command goes on", 5)


def test_whoever_reads_its_output_goes_away(bench: Bench) -> None:
    with running(bench, bench.model([Said("word " * 2000, seconds=1000)], speed=100)) as (process, _):
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()
        assert process.wait(20) == 130
    assert metadata(only_run(bench))["exit_reason"] == "stopped by the end of its terminal"


def in_terminal(bench: Bench, model: str) -> Terminal:
    return Terminal(
        [*RUN, "Fix it", "--repo", str(bench.repo.root), "--sandbox", "local", "--model", model], columns=200
    )


def test_ctrl_c_on_a_terminal_leaves_it_clean(bench: Bench) -> None:
    model = bench.model([Said("Look at it.", [shell("echo $$ > pid; echo 'ou\033[2Jtput'; sleep 1000; true")])])
    with in_terminal(bench, model) as terminal:
        terminal.wait_for("ou␛\\[2Jtput")
        terminal.type("\x03")
        terminal.wait_for("Interrupted. Say something to the model")
        terminal.type("\x03")
        terminal.wait_for("interrupted: stopped by Ctrl-C")
        assert terminal.wait_for_exit() == 130
    assert terminal.raw.count(b"\x1b[2m") == terminal.raw.count(b"\x1b[0m")
    assert set(re.findall(rb"\x1b[^m]*m?", terminal.raw)) <= {b"\x1b[2m", b"\x1b[0m"}
    assert "Traceback" not in terminal.screen
    pid = int((bench.repo.root / "pid").read_text())
    eventually(lambda: birth(pid) is None)


def test_a_terminal_that_is_closed_stops_the_run_in_order(bench: Bench) -> None:
    with in_terminal(bench, bench.model([Said("word " * 2000, seconds=1000)], speed=100)) as terminal:
        terminal.wait_for("word word")
        os.close(terminal._descriptor)
        folder = only_run(bench)
        eventually(lambda: metadata(folder)["ended_at"])
        assert metadata(folder)["exit_status"] == "interrupted"
        terminal._descriptor = os.open(os.devnull, os.O_RDWR)


@pytest.mark.parametrize("client", ["http", "auto"])
def test_a_run_over_the_thin_client(bench: Bench, client: str) -> None:
    patched = Call("apply_patch", {"search": "print('a')", "replace": "print('b')", "file": "a.py"})
    replies = [Text("I'll change it.", [patched], "A small change."), Text("Done.")]
    with ModelServer(replies) as server:
        where = ["--model", "hosted_vllm/scripted", "--api-base", server.base_url, "--client", client]
        done = nano_tui_run(bench, "Fix it", *where)
    assert done.returncode == 0, done.stderr.decode()
    assert "A small change.\nI'll change it." in done.stderr.decode(), "reasoning and reply are two lines"
    assert metadata(only_run(bench))["client"] == client
