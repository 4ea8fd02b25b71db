"""`follow`, `say`, `approve`, `deny`, `interrupt`, `limits` and `stop` on runs that really go on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from nano_tui import cli
from support.engine import Bench
from support.eventually import eventually
from support.recordings import Said, patch, shell
from support.runs import nano_folder
from support.steered import Steered, steered

FIX = patch("one", "1", "b.txt")
SLOW = Said("word " * 400, seconds=1000)
GATE = shell("touch begun; until test -e go; do sleep 0.02; done; echo opened")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("NANO_RUNS_DIR", str(tmp_path / "runs"))
    return Bench(tmp_path)


def test_a_conversation_in_commands(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with steered(bench, bench.model([shell("rm b.txt"), shell("ls"), GATE, FIX, "Done."]), approval="ask") as run:
        run.asked()
        short = run.folder.name[-8:]
        assert cli.run(["approve", short, "--show"]) == 0
        assert capsys.readouterr().out == "shell  rm b.txt\n"
        assert cli.run(["deny", "latest", "--reason", "We need it."]) == 0
        eventually(lambda: (ask := run.follower.poll().state.ask) and ask.text == "ls")
        assert cli.run(["approve", str(run.folder), "no-such-call"]) == 1
        assert "no-such-call does not wait" in capsys.readouterr().err
        assert cli.run(["approve", str(run.folder), "--tool", "--edit", "echo edited"]) == 0
        eventually((bench.repo.root / "begun").exists)
        assert cli.run(["say", "latest", "Careful."]) == 0
        assert "the model reads it at its next turn" in capsys.readouterr().out
        assert cli.run(["limits", "latest", "tool_limit=50", "time_limit=10m", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["outcome"], told["limits"]) == ("taken", {"tool_limit": 50, "time_limit": 600})
        assert cli.run(["limits", "latest"]) == 0
        assert {"tool_limit=50", "time_limit=600", "step_limit=none"} <= set(capsys.readouterr().out.split())
        assert cli.run(["approve", "latest", "--mode", "auto"]) == 0
        (bench.repo.root / "go").touch()
        assert run.ends() == "done"
    assert run.answers[0] == "[not run: the user denied it: We need it.]"
    assert "edited\n" in run.answers[1]
    assert run.messages[-4]["content"] == "Careful."
    capsys.readouterr()
    assert cli.run(["resume", short]) == 1
    assert "This run is done" in capsys.readouterr().err


def test_interrupt_and_stop(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with steered(bench, bench.model([SLOW, SLOW], speed=100)) as run:
        run.streams("word")
        assert cli.run(["interrupt", "latest", "--say", "Shorter."]) == 0
        eventually(lambda: len(run.messages) == 4)
        assert cli.run(["stop", "latest"]) == 0
        assert run.ends() == "interrupted"
    assert run.messages[3]["content"].endswith("\n\nShorter.")
    capsys.readouterr()
    for command in (["say", "latest", "x"], ["stop", run.folder.name], ["approve", run.folder.name[:-2]]):
        assert cli.run(command) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "no run goes on" in line or "it has ended already (interrupted)" in line


def test_what_is_no_live_run_is_said_in_a_line(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = nano_folder(tmp_path / "other")
    with steered(bench, bench.model([SLOW], speed=100)) as run, steered(bench, bench.model([SLOW], speed=100)):
        run.streams("word")
        os.kill(run.pid, signal.SIGKILL)
        eventually(lambda: run.follower.poll().state.doing == "lost")
        cases = {
            str(run.folder): "its process vanished",
            "20": "2 runs are called that: ",
            "nothing-like-it": "no run is called that",
            str(other): "this is no run of nano-tui",
        }
        for name, why in cases.items():
            assert cli.run(["say", name, "Hello"]) == 1
            (line,) = capsys.readouterr().err.splitlines()
            assert line.startswith("nano-tui say: ")
            assert why in line


@pytest.mark.parametrize("words", [["tool_limit"], ["luck=5"], ["tool_limit=many"], ["time_limit=5x"]])
def test_limits_that_make_no_sense_are_bad_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["limits", "latest", *words]) == 2
    assert "nano-tui limits: " in capsys.readouterr().err


def test_a_limit_that_is_refused_is_1(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with steered(bench, bench.model([SLOW], speed=100)) as run:
        run.streams("word")
        assert cli.run(["limits", "latest", "response_limit=none"]) == 1
        assert "refused: response_limit: input should be a valid integer" in capsys.readouterr().err


def test_limits_of_a_run_that_waits_for_them_or_has_ended_on_them(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    with steered(bench, bench.model([FIX, FIX]), limits={"step_limit": 1}, approval="ask") as run:
        run.send("approve", ask=run.asked().id)
        run.until("limit")
        assert cli.run(["approve", "latest"]) == 1
        assert "the run for a higher limit: nano-tui limits latest step_limit=+20" in capsys.readouterr().err
        assert cli.run(["deny", "latest"]) == 0
        assert run.ends() == "step_limit"
        assert cli.run(["limits", run.folder.name, "step_limit=+5"]) == 1
        assert f"nano-tui resume {run.folder.name} --limit step_limit=+5" in capsys.readouterr().err


def follow(run: Steered, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = cli.run(["follow", str(run.folder), *options])
    return code, capsys.readouterr().out


def test_follow_prints_a_run_to_its_end_whenever_it_begins(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    replies = [Said("Look around.", [shell("echo hello; false")], "Hm.", seconds=1), FIX, Said("All done.", seconds=1)]
    with steered(bench, bench.model(replies, speed=2)) as run:
        run.until("waiting")
        live = follow(run, capsys)
    late = follow(run, capsys)
    for code, shown in (live, late):
        assert code == 0
        places = [
            shown.index(text)
            for text in ("Hm.", "Look around.", "> shell", "exit 1", "> apply_patch", "All done.", "done: ")
        ]
        assert places == sorted(places)
        assert shown.count("hello\n") == 1
        assert shown.count("All done.") == 1
    messages = [
        record
        for line in follow(run, capsys, "--json")[1].splitlines()
        if (record := json.loads(line))["type"] == "message"
    ]
    assert [record["message"] for record in messages] == run.messages
    assert [record["index"] for record in messages] == list(range(len(run.messages)))


def test_follow_says_when_the_process_vanishes(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with steered(bench, bench.model([SLOW], speed=100)) as run:
        run.streams("word word")
        os.kill(run.pid, signal.SIGKILL)
        code, shown = follow(run, capsys)
    assert code == 1
    assert "word word" in shown
    assert "lost: its process vanished" in shown


def test_a_run_that_waits_is_found_by_that(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with steered(bench, bench.model([shell("ls"), FIX, "Done."]), approval="ask") as run:
        ask = run.asked()
        assert cli.run(["ls", str(run.folder.parent), "is:waiting"]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert "waiting" in line
        run.send("mode", mode="auto")
        run.send("approve", ask=ask.id)
        assert run.ends() == "done"
    assert cli.run(["ls", str(run.folder.parent), "is:waiting"]) == 0
    assert not capsys.readouterr().out
