"""Commands, whatever they do: in the local sandbox and in restricted bash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nano_agent.record.process import birth
from nano_agent.sandbox import CommandResult, LocalSandbox, SandboxOptions, make_sandbox
from nano_agent.sandbox.command import FLOOD_BYTES
from nano_agent.sandbox.output import MEMORY_BYTES
from support.eventually import eventually

WORDS = "\N{GREEK SMALL LETTER ALPHA}\N{SNOWMAN}"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[LocalSandbox]:
    root = tmp_path / "work"
    root.mkdir()
    made = LocalSandbox(root)
    yield made
    made.close()


def gone(pid: int) -> bool:
    return birth(pid) is None


def ends(pid: int) -> None:
    """A process that was killed takes a moment to be gone."""
    eventually(lambda: gone(pid), f"process {pid} goes on for ever", 5)


def pid_in(path: Path) -> int:
    return int(eventually(lambda: path.exists() and path.read_text().strip()) or 0)


def run(sandbox: LocalSandbox, command: str, timeout: float = 20, **more: object) -> CommandResult:
    return sandbox.run(command, timeout=timeout, **more)  # type: ignore[arg-type]


def test_standard_input_is_closed(sandbox: LocalSandbox) -> None:
    result = run(sandbox, "cat; read line; echo $?")
    assert result.text == "1\n"


def test_errors_come_in_their_place_in_the_output(sandbox: LocalSandbox) -> None:
    result = run(sandbox, "echo one; echo two >&2; echo three; exit 4")
    assert (result.text, result.exit_code, result.ending) == ("one\ntwo\nthree\n", 4, "exited")


def test_each_command_starts_afresh_in_the_work_tree(sandbox: LocalSandbox) -> None:
    run(sandbox, "cd /; export X=1; umask 777")
    assert run(sandbox, 'pwd; echo "[$X]"').text == f"{sandbox.root}\n[]\n"


def test_a_signal_is_told_as_a_shell_tells_it(sandbox: LocalSandbox) -> None:
    assert run(sandbox, "kill -KILL $$").exit_code == 128 + signal.SIGKILL
    assert run(sandbox, "sh -c 'kill -TERM $$'; exit $?").exit_code == 128 + signal.SIGTERM


def test_a_timeout_keeps_what_was_printed_and_kills_the_background_too(sandbox: LocalSandbox) -> None:
    result = run(sandbox, "echo begun; sleep 1000 & echo $! > pid; trap '' TERM; sleep 1000; sleep 1000", 0.3)
    assert (result.ending, result.exit_code, result.text) == ("timeout", None, "begun\n")
    ends(pid_in(sandbox.root / "pid"))


def test_background_processes_end_with_their_command_and_that_is_said(sandbox: LocalSandbox) -> None:
    result = run(sandbox, "sleep 1000 & echo $! > pid; echo done")
    assert (result.ending, result.exit_code, result.text, result.left_behind) == ("exited", 0, "done\n", True)
    ends(pid_in(sandbox.root / "pid"))


def test_background_processes_without_output_end_too(sandbox: LocalSandbox) -> None:
    result = run(sandbox, "sleep 1000 >/dev/null 2>&1 & echo $! > pid")
    assert result.left_behind
    assert result.seconds < 2
    ends(pid_in(sandbox.root / "pid"))


def test_nothing_left_behind_is_not_said_to_be(sandbox: LocalSandbox) -> None:
    for _ in range(20):
        assert not run(sandbox, "true & true & wait; echo x | cat").left_behind


def test_a_process_in_its_own_session_outlives_its_command_but_not_the_run(sandbox: LocalSandbox) -> None:
    result = run(
        sandbox, "setsid sh -c 'echo $$ > pid; sleep 1000; true' >/dev/null 2>&1 &\nwhile ! test -s pid; do :; done"
    )
    assert result.exit_code == 0
    pid = pid_in(sandbox.root / "pid")
    assert not gone(pid)
    sandbox.close()
    ends(pid)


def test_closing_leaves_the_processes_of_others_alone(sandbox: LocalSandbox) -> None:
    with subprocess.Popen(["sleep", "1000"]) as other:
        run(sandbox, "true")
        sandbox.close()
        sandbox.close()
        assert other.poll() is None
        other.kill()
    assert run(sandbox, "echo again").text == "again\n"


def test_stop_ends_a_command(sandbox: LocalSandbox) -> None:
    asked = threading.Event()
    threading.Timer(0.2, asked.set).start()
    result = run(sandbox, "echo begun; sleep 1000", stop=asked.is_set)
    assert (result.ending, result.exit_code, result.text) == ("stopped", None, "begun\n")
    assert result.seconds < 3


def test_an_exception_while_a_command_runs_kills_it(sandbox: LocalSandbox) -> None:
    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(sandbox, "echo $$ > pid; echo; sleep 1000; true", on_output=interrupt)
    ends(pid_in(sandbox.root / "pid"))


def test_a_flood_is_bounded_in_memory_and_on_disk(sandbox: LocalSandbox, tmp_path: Path) -> None:
    spill = tmp_path / "outputs" / "flood.txt"
    result = run(sandbox, "yes", spill=spill)
    assert result.ending == "flood"
    assert FLOOD_BYTES < result.n_bytes < FLOOD_BYTES + MEMORY_BYTES
    assert len(result.text) < 2 * MEMORY_BYTES
    assert spill.stat().st_size == result.n_bytes
    assert spill.stat().st_mode & 0o777 == 0o600


def test_output_beyond_memory_is_whole_on_disk(sandbox: LocalSandbox, tmp_path: Path) -> None:
    spill = tmp_path / "outputs" / "long.txt"
    result = run(sandbox, "seq 400000", spill=spill)
    assert result.whole == spill
    assert spill.read_text() == "".join(f"{n}\n" for n in range(1, 400001))
    assert result.text.startswith("1\n2\n")
    assert result.text.endswith("400000\n")
    assert "bytes left out" in result.text


def test_output_that_cannot_be_kept_does_not_end_the_command(sandbox: LocalSandbox, tmp_path: Path) -> None:
    result = run(sandbox, "seq 400000", spill=tmp_path / "not-there" / "at-all" / "x.txt")
    assert result.whole is None
    assert result.exit_code == 0


def test_bytes_that_are_no_text(sandbox: LocalSandbox) -> None:
    pieces: list[str] = []
    command = f"printf 'a\\377\\376b\\000c{WORDS}\\303'"
    assert run(sandbox, command, on_output=pieces.append).text == f"a\ufffd\ufffdb\0c{WORDS}\ufffd"


def test_a_character_cut_in_two_arrives_whole(sandbox: LocalSandbox) -> None:
    pieces: list[str] = []
    run(sandbox, "printf '\\342\\230'; sleep 0.1; printf '\\203'", on_output=pieces.append)
    assert "".join(pieces) == "\N{SNOWMAN}"


def test_one_long_line(sandbox: LocalSandbox) -> None:
    result = run(sandbox, "head -c 900000 /dev/zero | tr '\\0' x")
    assert result.text == "x" * 900_000


@pytest.mark.parametrize("command", ["echo a\0b", "echo " + "x" * 3_000_000, "echo \ud800"])
def test_a_command_that_no_program_takes(sandbox: LocalSandbox, command: str) -> None:
    result = run(sandbox, command)
    assert result.exit_code == 127
    assert result.text.startswith("cannot run the command: ")


def test_a_work_tree_that_is_gone(sandbox: LocalSandbox) -> None:
    result = run(sandbox, 'rm -r "$PWD"; echo deleted')
    assert result.text == "deleted\n"
    assert run(sandbox, "echo x").exit_code == 127


def test_no_key_reaches_a_command(sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "BASH_ENV", "LD_PRELOAD"):
        monkeypatch.setenv(name, "marker-7f3a")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with closing(LocalSandbox(sandbox.root)) as fresh:
        seen = run(fresh, "env").text
    assert "marker-7f3a" not in seen
    names = {line.partition("=")[0] for line in seen.splitlines()}
    assert {"PATH", "LC_ALL", "PAGER"} <= names
    with closing(LocalSandbox(sandbox.root, SandboxOptions(environment=("HF_TOKEN",)))) as asked:
        assert run(asked, "echo $HF_TOKEN").text == "marker-7f3a\n"


def test_restricted_bash(tmp_path: Path) -> None:
    sandbox = make_sandbox("rbash", tmp_path)
    for command in ("cd /", "echo x > file", "/bin/ls", "PATH=/tmp"):
        assert sandbox.run(command, timeout=5).exit_code, command
    assert sandbox.run("echo 'a b' | tr a c", timeout=5).text == "c b\n"
    assert not (tmp_path / "file").exists()
    sandbox.close()


def test_an_unknown_sandbox_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown sandbox 'moon'; choose one of auto, bubblewrap, "):
        make_sandbox("moon", tmp_path)


KILLED = """
import os, sys
from pathlib import Path
from nano_agent.sandbox import LocalSandbox
sandbox = LocalSandbox(Path(sys.argv[1]))
print(os.getpid(), flush=True)
sandbox.run(sys.argv[2], timeout=1000)
"""


@pytest.mark.parametrize(
    "command",
    [
        "echo $$ > pid; sleep 1000; true",
        "sleep 1000 & echo $! > pid; wait",
        "trap '' TERM HUP INT; echo $$ > pid; sleep 1000; true",
        "setsid sh -c 'echo $$ > pid; sleep 1000; true' & wait",
    ],
)
def test_a_command_does_not_outlive_a_run_that_was_killed(tmp_path: Path, command: str) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path, command], stdout=subprocess.PIPE, env=environ
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline()
        pid = pid_in(tmp_path / "pid")
        assert not gone(pid)
        run.kill()
    ends(pid)
