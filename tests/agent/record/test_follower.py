"""Following a run folder: what was written is what is seen, whenever one looks."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats.nano_run import read_run
from nano_agent.record import Follower, Recorder, RecordError, RunFiles, RunWatch, liveness
from nano_agent.record.process import birth
from nano_agent.record.state import RunState
from nano_agent.trajectory import Trajectory
from support.live_run import LiveRun

ME = {"pid": os.getpid(), "birth": birth(os.getpid()), "host": os.uname().nodename}
METADATA: dict[str, Any] = {"format": "nano-run/1", "process": ME, "ended_at": None}
HI = {"role": "user", "content": "Hi"}


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "runs" / "run")


@pytest.fixture
def recorder(files: RunFiles) -> Recorder:
    recorder = Recorder(files.folder)
    recorder.create(METADATA, [])
    return recorder


@pytest.fixture(autouse=True)
def _look_at_the_process_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "INTERVAL", -1.0)


def test_a_new_folder_is_private_and_whole(recorder: Recorder, files: RunFiles) -> None:
    assert files.folder.stat().st_mode & 0o777 == 0o700
    for path in files.folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    recorder.metadata(METADATA)
    recorder.write(files.diff, b"")
    assert files.metadata.stat().st_mode & 0o777 == files.diff.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in files.folder.parent.iterdir()] == ["run"]


def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="Choose another place with --runs-dir"):
        Recorder(tmp_path / "file" / "run").create(METADATA, [])
    taken = tmp_path / "runs" / "run"
    Recorder(taken).create(METADATA, [])
    (taken / "messages.jsonl").write_text("{}\n")
    with pytest.raises(RecordError):
        Recorder(taken).create(METADATA, [])
    assert [path.name for path in taken.parent.iterdir()] == ["run"]


def test_messages_are_seen_as_they_become_complete(recorder: Recorder, files: RunFiles) -> None:
    follower = Follower(files.folder)
    assert follower.poll().messages == ()
    recorder.message(HI)
    assert [m.text for m in follower.poll().messages] == ["Hi"]
    update = follower.poll()
    assert (update.messages, update.changed) == ((), False)


def test_a_torn_line_waits_until_it_is_whole(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    line = json.dumps(HI).encode() + b"\n"
    for cut in range(1, len(line)):
        with files.messages.open("ab") as file:
            file.write(line[cut - 1 : cut])
        assert follower.poll().messages == ()
    with files.messages.open("ab") as file:
        file.write(b"\n" + line[:5])
    assert [m.text for m in follower.poll().messages] == ["Hi"]


def test_a_line_that_is_no_json_is_shown_and_keeps_its_place(files: RunFiles, recorder: Recorder) -> None:
    files.messages.write_bytes(b"\xff{nonsense\n" + json.dumps(HI).encode() + b"\n")
    bad, good = Follower(files.folder).poll().messages
    assert (bad.role, bad.note, good.text) == ("other", "unreadable line", "Hi")


def test_what_is_in_flight_is_seen_and_goes_when_it_is_complete(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    recorder.live("reasoning", "Hm. ")
    recorder.live("text", "Hel")
    recorder.live("text", "lo")
    recorder.live("call", "", i=0, id="c1", name="shell")
    recorder.live("call", '{"cmd":', i=0)
    recorder.live("call", ' "ls"}', i=0)
    recorder.flush_live()
    tail = follower.poll().tail
    assert tail is not None
    assert (tail.message, tail.reasoning, tail.text) == (0, "Hm. ", "Hello")
    assert (tail.calls[0].id, tail.calls[0].name, tail.calls[0].arguments) == ("c1", "shell", '{"cmd": "ls"}')
    recorder.message({"role": "assistant", "content": "Hello"})
    update = follower.poll()
    assert update.tail is None
    assert [m.text for m in update.messages] == ["Hello"]


def test_a_retry_makes_what_came_before_void(files: RunFiles, recorder: Recorder) -> None:
    for kind, text in (("text", "first try"), ("void", ""), ("text", "second")):
        recorder.live(kind, text)
    recorder.flush_live()
    tail = Follower(files.folder).poll().tail
    assert tail is not None
    assert tail.text == "second"


def test_a_live_file_emptied_and_refilled_between_two_looks(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    recorder.live("text", "short")
    recorder.flush_live()
    follower.poll()
    recorder.message(HI)
    recorder.live("text", "a much longer text than before, past the old place in the file")
    recorder.flush_live()
    tail = follower.poll().tail
    assert tail is not None
    assert (tail.message, tail.text[:6]) == (1, "a much")


def test_a_live_file_refilled_to_the_same_size(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    recorder.live("text", "one")
    recorder.flush_live()
    follower.poll()
    recorder.message(HI)
    recorder.live("text", "two")
    recorder.flush_live()
    os.utime(files.live, ns=(0, files.live.stat().st_mtime_ns + 10_000_000))
    tail = follower.poll().tail
    assert tail is not None
    assert tail.text == "two"


def test_output_of_a_command_shows_at_most_so_much_at_a_time(files: RunFiles, recorder: Recorder) -> None:
    from nano_agent.history import LIVE_CHARS, History

    history = History(recorder, lambda _: None)
    history.tool_started("c1", "shell", "yes")
    for _ in range(200):
        history.tool_output("c1", "y\n" * 32768)
        history.tick()
    recorder.flush_live()
    tail = Follower(files.folder).poll().tail
    assert tail is not None
    assert tail.call_id == "c1"
    assert 0 < len(tail.output) <= 20 * LIVE_CHARS


def test_the_end_is_seen(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    recorder.event("request", step=1)
    assert follower.poll().state.doing == "waiting"
    recorder.event("end", exit_status="done", reason="because")
    state = follower.poll().state
    assert (state.doing, state.exit_status, state.detail, state.ended) == ("ended", "done", "because", True)


def test_an_end_that_only_the_metadata_tells(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    recorder.metadata({**METADATA, "ended_at": "2026-01-01T00:00:00Z", "exit_status": "error"})
    follower.poll()
    assert follower.state.exit_status == "error"


def test_a_run_that_ends_while_it_is_read_is_not_lost(
    files: RunFiles, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends_now(process: object, last_sign: float | None) -> bool:
        recorder.event("end", exit_status="done", reason="the model said so")
        recorder.metadata({**METADATA, "ended_at": "2026-01-01T00:00:00Z", "exit_status": "done"})
        return False

    monkeypatch.setattr("nano_agent.formats.nano_run.is_alive", ends_now)
    assert read_run(files.folder).exit_status == "done"


@pytest.mark.parametrize(
    ("process", "lost"),
    [
        (ME, False),
        ({**ME, "pid": 2**22 + 1}, True),
        ({**ME, "birth": "a-process-before-this-one"}, True),
        ({**ME, "pid": 2**22 + 1, "birth": None}, True),
        ({}, True),
        (None, True),
        ({"pid": "x", "birth": 5, "host": os.uname().nodename}, True),
    ],
)
def test_a_process_that_vanished_or_whose_number_is_anothers(
    files: RunFiles, recorder: Recorder, process: object, lost: bool
) -> None:
    recorder.event("request", step=1)
    recorder.metadata({**METADATA, "process": process})
    events = files.events.read_text()
    files.events.write_text(events.replace(events[6:16], "2020-01-01"))
    follower = Follower(files.folder)
    follower.poll()
    assert (follower.poll().state.doing == "lost") == lost
    run = read_run(files.folder)
    assert run.live != lost
    assert run.exit_status == ("lost" if lost else None)
    assert run.exit_reason == ("the process vanished while the model was being asked for reply 1" if lost else None)


def test_a_folder_that_goes_away(files: RunFiles, recorder: Recorder) -> None:
    follower = Follower(files.folder)
    recorder.message(HI)
    follower.poll()
    shutil.rmtree(files.folder)
    assert follower.poll().messages == ()
    assert Follower(files.folder / "never").poll().messages == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_folder_that_may_not_be_read(files: RunFiles, recorder: Recorder) -> None:
    recorder.message(HI)
    files.messages.chmod(0)
    os.seteuid(65534)
    try:
        assert Follower(files.folder).poll().messages == ()
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_place_that_may_not_be_written_is_said(files: RunFiles) -> None:
    files.folder.parent.mkdir(mode=0o555)
    os.seteuid(65534)
    try:
        with pytest.raises(RecordError, match=r"Permission denied\. Choose another place with --runs-dir"):
            Recorder(files.folder).create(METADATA, [])
    finally:
        os.seteuid(0)


def test_a_run_that_ends_between_two_looks_is_not_called_lost(
    recorder: Recorder, files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may be gone by the time that it is asked for, though it has written its end meanwhile."""
    recorder.event("request", step=1)
    watch = RunWatch(files.folder)
    watch.poll()

    def gone(*_: object) -> str:
        recorder.metadata({**METADATA, "ended_at": "2026-01-01T00:00:00Z", "exit_status": "done"})
        return "gone"

    monkeypatch.setattr(liveness, "condition", gone)
    watch.poll()
    assert (watch.state.doing, watch.state.exit_status) == ("ended", "done")


@pytest.mark.parametrize("replies", [0, 2])
@pytest.mark.parametrize("asks", [False, True], ids=["answered", "asked once more"])
def test_a_step_that_was_only_asked_for_is_none(tmp_path: Path, replies: int, asks: bool) -> None:
    run = LiveRun(tmp_path / "2026-01-01T00-00-00-aaaaaaaa")
    for _ in range(replies):
        run.ask()
        run.reply("I look.", "ls")
        run.result("a")
    if asks:
        run.ask()
        assert Follower(run.folder).poll().state.step == replies + 1, "while it goes on, that step does"
    run.end("interrupted", "stopped by Ctrl-C")
    state = Follower(run.folder).poll().state
    assert (state.step, state.unanswered) == (replies, asks)
    told = f"; step {replies + 1} was asked for, and no reply came" if asks else ""
    assert Trajectory.load(run.folder).exit_reason == f"stopped by Ctrl-C{told}"


def test_a_request_from_before_a_crash_is_not_one_of_the_resumed_run() -> None:
    state = RunState()
    for event in (
        {"type": "request", "step": 1},
        {"type": "reply"},
        {"type": "request", "step": 2},
        {"type": "resume", "steps": 1},
        {"type": "end", "exit_status": "interrupted"},
    ):
        state.take(event)
    assert (state.step, state.unanswered) == (1, False)
