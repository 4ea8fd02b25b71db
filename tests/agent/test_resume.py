"""Resuming: whatever a run died of, it goes on in its own folder, and its counts add up."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nano_agent import Trajectory
from nano_agent.checks import CannotStart
from nano_agent.control import request_stop
from nano_agent.launch import LaunchError, RunSpec, launch
from nano_agent.record import Follower
from nano_agent.record.process import birth
from nano_agent.resuming import resume_spec
from nano_agent.runs import make_run
from nano_agent.workspace.tenancy import worktrees_dir
from support.engine import Bench, check_history, events, lines, metadata
from support.eventually import eventually
from support.recordings import Entry, Said, patch, shell


@pytest.fixture(autouse=True)
def _worktrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))


@pytest.fixture
def started() -> Iterator[list[Path]]:
    """Folders of runs that a test started; what still goes on afterwards is ended."""
    folders: list[Path] = []
    yield folders
    for folder in folders:
        if folder.exists() and birth(pid := metadata(folder)["process"]["pid"]) is not None and pid != os.getpid():
            os.kill(pid, signal.SIGKILL)


def begin(bench: Bench, model: str, **more: Any) -> Path:
    limits = {"token_limit": 10_000_000, "tool_limit": 1000, **more.pop("limits", {})}
    settings = {"runs_dir": str(bench.place / "runs"), "sandbox": "local", **more}
    return launch(RunSpec("Do it", str(bench.repo.root), model, limits=limits, **settings))


def kill(folder: Path) -> None:
    pid = metadata(folder)["process"]["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: birth(pid) is None)


def wait_for_end(folder: Path) -> None:
    follower = Follower(folder)
    eventually(lambda: follower.poll().state.ended, "the run never ended", 20)
    eventually(lambda: metadata(folder)["ended_at"], "its metadata never said so")


def check_whole(folder: Path) -> Trajectory:
    """Everything that is said of the run agrees."""
    history = lines(folder / "messages.jsonl")
    check_history(history)
    found, state, facts = Trajectory.load(folder), Follower(folder).poll().state, metadata(folder)
    assert found.n_messages == len(history)
    replies = sum(message["role"] == "assistant" for message in history)
    assert (state.step, facts["totals"]["steps"]) == (replies, replies)
    marks = ("request", "reply", "resume")
    asked = [event["type"] for event in lines(folder / "events.jsonl") if event["type"] in marks]
    assert state.unanswered == (asked[-1:] == ["request"])
    assert facts["totals"]["tool_calls"] == state.tool_calls
    assert facts["totals"]["prompt_tokens"] == state.total_prompt_tokens == found.usage.prompt_tokens
    assert state.cost_usd == pytest.approx(facts["totals"]["cost_usd"])
    assert found.usage.cost_usd == pytest.approx(facts["totals"]["cost_usd"])
    assert json.loads((folder / "stats.json").read_bytes())
    return found


def many(bench: Bench, count: int = 60, speed: float = 5) -> str:
    from nano_agent.trajectory import Usage

    def reply(number: int) -> Entry:
        calls = [shell(f"echo {number} >> log.txt"), patch("", f"{number}\n", f"made-{number}.txt")]
        return Said("word " * 10, calls, seconds=0.02, usage=Usage(100 + number, 10, None, None, 0.001))

    done = Said("Done.", usage=Usage(7, 7, None, None, 0.001))
    return bench.model([*(reply(number) for number in range(count)), done], speed)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_instants_and_resumed_each_time(bench: Bench, started: list[Path], seed: int) -> None:
    """The signal falls between any two system calls, of the resumed processes too."""
    chance = random.Random(seed)
    folder = begin(bench, many(bench, 30, chance.choice([1, 5, 50])), worktree=bool(seed % 2))
    started.append(folder)
    for _ in range(3):
        seen = (folder / "messages.jsonl").read_bytes().count(b"\n")
        wanted = seen + chance.randrange(12)
        eventually(lambda wanted=wanted: len(lines_of(folder)) >= wanted or metadata(folder)["ended_at"])  # type: ignore[misc]
        for _ in range(chance.randrange(400)):
            (folder / "live.jsonl").stat()
        if metadata(folder)["ended_at"]:
            break
        kill(folder)
        if metadata(folder)["ended_at"]:
            break
        assert Trajectory.load(folder).exit_status in ("lost", "done")
        assert launch(resume_spec(folder, work_on="found")) == folder
    wait_for_end(folder)
    found = check_whole(folder)
    assert found.exit_status == "done"
    applied = "[patch applied to "
    answers = [str(message["content"]) for message in lines(folder / "messages.jsonl")]
    made = {text.removeprefix(applied).rstrip("]") for text in answers if text.startswith(applied)}
    assert len(made) > 20
    assert made <= {line.removeprefix("+++ b/") for line in (found.diff or "").splitlines()}
    assert len(list(worktrees_dir().glob("*"))) == 0
    waits = sum(event["idle"] for event in events(folder, "resume"))
    assert found.seconds is not None
    assert found.seconds + waits == pytest.approx(span(folder), abs=0.1)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "messages.jsonl").read_bytes().splitlines()


def span(folder: Path) -> float:
    from nano_agent.record.clock import seconds_of

    facts = metadata(folder)
    return (seconds_of(facts["ended_at"]) or 0) - (seconds_of(facts["started_at"]) or 0)


def test_a_call_that_was_cut_off_is_answered_with_the_truth(bench: Bench, started: list[Path]) -> None:
    model = bench.model([[shell("echo $$ > pid; sleep 1000"), shell("ls")], shell("cat pid"), "Done."])
    folder = begin(bench, model)
    started.append(folder)
    eventually(lambda: (bench.repo.root / "pid").exists())
    kill(folder)
    with pytest.raises(LaunchError, match=r"not as the run left them: pid\. Step 1 was cut off.*--restore.*--as-it-is"):
        launch(resume_spec(folder))
    launch(resume_spec(folder, "Do not wait this time.", work_on="found"))
    wait_for_end(folder)
    history = lines(folder / "messages.jsonl")
    assert history[3]["content"] == "[interrupted: the run ended while this was running; what it printed is lost]"
    assert history[4]["content"] == "[not run: the run ended before its turn came]"
    assert history[5] == {"role": "user", "content": "Do not wait this time."}
    assert check_whole(folder).exit_status == "done"
    (again,) = metadata(folder)["resumed"]
    assert (again["was"], again["messages"]) == ("lost", 3)


def test_restored_into_a_work_tree_of_its_own(bench: Bench, started: list[Path]) -> None:
    folder = begin(bench, bench.model([patch("one", "1", "b.txt"), shell("rm a.py; sleep 1000"), "Done."]))
    started.append(folder)
    eventually(lambda: not (bench.repo.root / "a.py").exists())
    kill(folder)
    bench.repo.write({"b.txt": "mine"})
    launch(resume_spec(folder, work_on="restored"))
    wait_for_end(folder)
    assert check_whole(folder).diff is not None
    assert "-one\n+1\n" in (folder / "diff.txt").read_text()
    assert "a.py" not in (folder / "diff.txt").read_text()
    assert (bench.repo.root / "b.txt").read_text() == "mine"
    assert list(worktrees_dir().iterdir()) == []


def test_of_several_who_resume_one_wins(bench: Bench, started: list[Path]) -> None:
    folder = begin(bench, many(bench, 4000, 1))
    started.append(folder)
    eventually(lambda: len(lines_of(folder)) > 6)
    kill(folder)
    spec = resume_spec(folder, work_on="found")
    import concurrent.futures

    def attempt(_: int) -> str:
        try:
            return str(launch(spec))
        except LaunchError as error:
            return str(error)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(4)))
    assert answers.count(str(folder)) == 1, answers
    others = [answer for answer in answers if answer != str(folder)]
    assert all("is going on" in other or "another process" in other for other in others), others
    with pytest.raises(CannotStart, match="is going on; stop it first"):
        resume_spec(folder)
    request_stop(folder)
    wait_for_end(folder)
    assert len(events(folder, "resume")) == 1
    assert check_whole(folder).exit_status == "interrupted"


def test_a_limited_run_goes_on_with_more_and_an_old_stop_is_not_obeyed_again(bench: Bench) -> None:
    replies: list[Entry] = [patch("one", "1", "b.txt"), [shell("ls"), shell("ls")], patch("two", "2", "b.txt"), "Done."]
    agent = bench.run(replies, tool_limit=2, sandbox="local", runs_dir=bench.place / "runs")
    folder = agent.out_dir
    assert folder is not None
    assert agent.exit_status == "tool_limit"
    (folder / "inbox.jsonl").write_text('{"do": "stop"}\n')
    with pytest.raises(CannotStart, match=r"all 2 tool calls were used. Raise the limit: --limit tool_limit=\+N"):
        make_run(resume_spec(folder)).execute()
    assert metadata(folder)["exit_status"] == "tool_limit"
    run = make_run(resume_spec(folder, limits=["tool_limit=+3"]))
    outcome = run.execute()
    assert outcome.exit_status == "done"
    assert "-one\n-two\n+1\n+2\n" in outcome.diff
    found = check_whole(folder)
    assert found.metadata["limits"]["tool_limit"] == 5
    assert (run.budget.calls, found.exit_status) == (3, "done")
    assert json.loads((folder / "stats.json").read_bytes())["tool_calls_apply_patch"] == 2


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def test_changed_files_are_named_and_nothing_is_written(bench: Bench) -> None:
    folder = bench.run([patch("one", "1", "b.txt"), shell("ls")], tool_limit=2).out_dir
    assert folder is not None
    before = contents(folder)
    bench.repo.write({"a.py": "changed", "src/d.py": "new"})
    with pytest.raises(CannotStart, match=r"are not as the run left them: a\.py, src/d\.py\. Go on from"):
        make_run(resume_spec(folder, limits=["tool_limit=+1"])).execute()
    assert {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"
    } == before


def test_a_torn_line_is_taken_off_and_kept_in_the_events(bench: Bench) -> None:
    replies: list[Entry] = [patch("one", "1", "b.txt"), "Done."]
    folder = bench.run(replies, tool_limit=1, runs_dir=bench.place / "runs").out_dir
    assert folder is not None
    history = (folder / "messages.jsonl").read_bytes()
    with (folder / "messages.jsonl").open("ab") as file:
        file.write(b'{"role":"assist')
    assert make_run(resume_spec(folder, limits=["tool_limit=+1"])).execute().exit_status == "done"
    assert (folder / "messages.jsonl").read_bytes().startswith(history + b'{"role":"assistant"')
    (repaired,) = events(folder, "repaired")
    assert (repaired["file"], repaired["torn"]) == ("messages.jsonl", '{"role":"assist')
    check_whole(folder)


def test_a_run_that_is_done_goes_on_when_there_is_more_to_say(bench: Bench) -> None:
    folder = bench.run([patch("one", "1", "b.txt"), "Done.", patch("two", "2", "b.txt"), "Done."]).out_dir
    assert folder is not None
    with pytest.raises(CannotStart, match="This run is done; say what more there is to do with --say"):
        resume_spec(folder)
    outcome = make_run(resume_spec(folder, "Two as well.")).execute()
    assert (outcome.exit_status, outcome.diff.count("\n+")) == ("done", 3)
    assert check_whole(folder).n_messages == 9


def test_a_killed_fork_is_resumed_where_it_was(bench: Bench, started: list[Path]) -> None:
    from nano_agent.forking import fork_spec

    parent = bench.run([patch("one", "1", "b.txt"), "Done."], runs_dir=bench.place / "runs", sandbox="local").out_dir
    assert parent is not None
    replies: list[Entry] = [patch("two", "2", "b.txt"), Said("slow " * 200, [shell("true")], seconds=100), "Done."]
    folder = launch(fork_spec(parent, 1, model=bench.model(replies, 1), limits=["token_limit=none"]))
    started.append(folder)
    eventually(lambda: len(lines_of(folder)) > 5)
    follower = Follower(folder)
    eventually(lambda: follower.poll().tail is not None)
    kill(folder)
    place = metadata(folder)["worktree"]
    assert Path(place).exists()
    again = Path(launch(resume_spec(folder)))
    assert metadata(again)["worktree"] == place
    request_stop(folder)
    wait_for_end(folder)
    assert "+1\n+2\n" in (folder / "diff.txt").read_text()
    assert metadata(folder)["totals"]["steps"] == 1
    assert not Path(place).exists()
