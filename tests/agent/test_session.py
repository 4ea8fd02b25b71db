"""One history, several tasks; sessions that are taken up again, mini-coding-agent's own among them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nano_agent import Trajectory
from nano_agent.checks import CannotStart
from nano_agent.old_sessions import find_session
from nano_agent.session import Session
from nano_agent.spec import RunSpec
from support.engine import Bench, check_history, events, lines, metadata
from support.recordings import Entry, patch, shell
from support.tags import final, tool


def spec(bench: Bench, replies: list[Entry], scaffold: str = "mini-coding-agent", **more: object) -> RunSpec:
    settings = {"limits": {"token_limit": None}, "allow_dirty": True, **more}
    return RunSpec("", str(bench.repo.root), bench.model(replies), scaffold, **settings)  # type: ignore[arg-type]


def work(session: Session, text: str) -> str:
    return session.work(session.ready(text)).exit_status


def test_tasks_follow_each_other_in_one_folder_and_history(bench: Bench) -> None:
    replies: list[Entry] = [tool("read_file", path="a.py"), final("It prints a."), tool("list_files"), final("Three.")]
    session = Session(spec(bench, replies))
    assert work(session, "What does a.py do?") == "done"
    first = session.folder
    (bench.repo.root / "b.txt").write_text("changed by the person\n")
    assert work(session, "How many files are there?") == "done"
    assert session.folder == first
    assert first is not None
    said = [m["content"] for m in lines(first / "messages.jsonl") if m["role"] == "user"]
    assert (said[0], said[2]) == ("What does a.py do?", "How many files are there?")
    assert [e["text"] for e in events(first, "task")] == ["How many files are there?"]
    assert len(events(first, "end")) == 2
    last = lines(first / events(first, "request")[-1]["sent"])[-1]["content"]
    assert "- task: What does a.py do?" in last
    assert last.rstrip().endswith("How many files are there?")
    assert "It prints a." in last
    assert metadata(first)["answer"] == "Three."
    assert Trajectory.load(first).n_assistant == 4


def test_each_task_has_its_calls_and_what_is_spent_is_spent(bench: Bench) -> None:
    look = [tool("search", pattern=f"p{n}") for n in range(30)]
    session = Session(spec(bench, look))
    assert work(session, "One") == work(session, "Two") == "tool_limit"
    assert session.folder is not None
    assert len(events(session.folder, "tool_end")) == 12
    assert metadata(session.folder)["totals"]["tool_calls"] == 12


def test_tool_call_scaffolds_go_on_too(bench: Bench) -> None:
    replies: list[Entry] = [patch("print('a')", "print('b')", "a.py"), "Done.", shell("cat a.py"), "GOAL", "It is b."]
    session = Session(spec(bench, replies, "nano"))
    assert work(session, "Change it") == "done"
    assert work(session, "Look at it") == "done"
    assert session.folder is not None
    messages = lines(session.folder / "messages.jsonl")
    check_history(messages)
    assert messages[7]["content"].startswith("print('b')")
    nano_code = Session(spec(bench, ["GOAL_COMPLETE", "no", "GOAL_COMPLETE"], "nano-code"))
    assert work(nano_code, "First goal") == work(nano_code, "Second goal") == "done"
    assert nano_code.folder is not None
    nudge = lines(nano_code.folder / "messages.jsonl")[5]["content"]
    assert "Second goal" in nudge
    assert "First goal" not in nudge


def test_memory_is_what_the_model_will_be_sent_and_reset_forgets_it(bench: Bench) -> None:
    session = Session(spec(bench, [tool("read_file", path="a.py"), final("ok"), final("new")]))
    assert session.memory() == "Nothing yet."
    work(session, "Look")
    assert session.memory().startswith("- task: Look\n- files: a.py\n- notes:\n  - read_file: # a.py")
    first = session.folder
    session.reset()
    assert session.memory() == "Nothing yet."
    work(session, "Again")
    assert session.folder != first


def test_the_latest_session_is_found_and_broken_ones_are_passed_over(bench: Bench) -> None:
    asked = spec(bench, [final("one"), final("two")])
    session = Session(asked)
    work(session, "First")
    assert session.folder is not None
    runs = session.folder.parent
    broken = runs / "2999-01-01T00-00-00-00000000"
    broken.mkdir()
    (broken / "metadata.json").write_text("{")
    (broken / "messages.jsonl").touch()
    os.utime(broken / "messages.jsonl", (4e9, 4e9))
    torn = bench.repo.root / ".mini-coding-agent/sessions/20990101-000000-abcdef.json"
    torn.parent.mkdir(parents=True)
    torn.write_text('{"id": "x", "created_at": "2099-01-01T00:00:00+00:00", "workspace_root": "/", "history": [{"ro')
    for path in (broken, torn):
        os.utime(path, (4e9, 4e9))
    found = find_session(asked, "latest")
    assert found.folder == session.folder
    assert len(found.warnings) == 2
    assert find_session(asked, session.folder.name).folder == session.folder
    with pytest.raises(CannotStart, match="no session 'nothing'"):
        find_session(asked, "nothing")
    with pytest.raises(CannotStart, match="no session yet of nano-code"):
        find_session(spec(bench, ["x"], "nano-code"), "latest")


def test_a_session_of_mini_coding_agent_itself_goes_on(bench: Bench) -> None:
    old = {
        "id": "20260401-144025-2dd0aa",
        "created_at": "2026-04-01T14:40:25+00:00",
        "workspace_root": str(bench.repo.root),
        "history": [
            {"role": "user", "content": "Read b", "created_at": "2026-04-01T14:40:26+00:00"},
            {
                "role": "tool",
                "name": "read_file",
                "args": {"path": "b.txt", "start": 1, "end": 2},
                "content": "# b.txt\n   1: one\n   2: two",
                "created_at": "2026-04-01T14:40:27+00:00",
            },
            {"role": "assistant", "content": "It says one, two.", "created_at": "2026-04-01T14:40:28+00:00"},
        ],
        "memory": {"task": "Read b", "files": ["b.txt"], "notes": ["read_file: # b.txt 1: one 2: two"]},
    }
    path = bench.repo.root / f".mini-coding-agent/sessions/{old['id']}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(old, indent=2))
    asked = spec(bench, ["skipped", "skipped", final("And three.")])
    found = find_session(asked, str(old["id"]))
    session = Session(asked, folder=found.folder)
    assert "- files: b.txt\n- notes:\n  - read_file: # b.txt 1: one 2: two\n  - It says one, two." in session.memory()
    assert work(session, "And what else?") == "done"
    run = Trajectory.load(found.folder)
    assert run.messages[2].tool_calls[0].arguments == {"path": "b.txt", "start": 1, "end": 2}
    assert [m.text for m in run.messages[-2:]] == ["And what else?", final("And three.")]
    assert json.loads(path.read_text()) == old


def test_real_sessions_of_mini_coding_agent_are_copied_whole(bench: Bench) -> None:
    place = Path(__file__).resolve().parents[2].parent / "shared/trajectories/mini_coding_agent"
    if not place.is_dir():
        pytest.skip("the collection of real trajectories is not on this machine")
    sessions = bench.repo.root / ".mini-coding-agent/sessions"
    sessions.mkdir(parents=True)
    asked = spec(bench, [final("x")])
    for path in sorted(place.rglob("*.json")):
        try:
            theirs = Trajectory.load(path)
        except ValueError:
            continue
        if not theirs.messages or any("cut off" in said for said in theirs.warnings):
            continue
        (sessions / path.name).write_bytes(path.read_bytes())
        ours = Trajectory.load(find_session(asked, path.stem).folder)
        assert [m.text for m in ours.messages if m.answers] == [m.text for m in theirs.messages if m.role == "tool"]
