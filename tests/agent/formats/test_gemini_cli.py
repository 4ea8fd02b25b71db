from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, Source
from nano_agent.formats.gemini_cli import GeminiCliReader
from support.conformance import check_reader, file_named
from support.told import loader, write

READER = GeminiCliReader()
load = loader(READER)
HEADER = {"sessionId": "s-1", "projectHash": "h", "startTime": "2026-01-01T00:00:00.000Z", "kind": "main"}
RESULT = [{"functionResponse": {"id": "c1", "name": "run_shell_command", "response": {"output": "a.txt"}}}]
CALL = {
    "id": "c1",
    "name": "run_shell_command",
    "args": {"command": "ls"},
    "status": "success",
    "result": RESULT,
    "timestamp": "2026-01-01T00:00:03.000Z",
}


def message(id_: str, second: int, type_: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"id": id_, "timestamp": f"2026-01-01T00:00:0{second}.000Z", "type": type_, "content": content, **more}


TOKENS = {"input": 100, "output": 5, "cached": 40, "thoughts": 7, "tool": 0, "total": 112}
ASKED = message("m1", 0, "user", [{"text": "List."}])
CALLED = message(
    "m2",
    2,
    "gemini",
    "Looking.",
    thoughts=[{"subject": "Plan", "description": "List first.", "timestamp": "2026-01-01T00:00:01.000Z"}],
    toolCalls=[CALL],
    tokens=TOKENS,
    model="gemini-x",
)
DONE = message("m3", 5, "gemini", "One file.", thoughts=[], tokens=TOKENS, model="gemini-x")
NOTICE = message("m4", 6, "info", "Logged in.")


def test_a_session_in_one_document(tmp_path: Path) -> None:
    path = tmp_path / "session-2026.json"
    for indent in (2, None):
        path.write_text(json.dumps({**HEADER, "messages": [ASKED, CALLED, DONE, NOTICE]}, indent=indent))
        trajectory = load(path)
        assert [m.role for m in trajectory.messages] == ["user", "assistant", "tool", "assistant", "other"]
        reply, seen = trajectory.messages[1], trajectory.messages[2]
        assert (reply.text, reply.reasoning, reply.seconds) == ("Looking.", "Plan: List first.", 2.0)
        assert reply.tool_calls[0].arguments == {"command": "ls"}
        assert reply.usage is not None
        assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.reasoning_tokens) == (100, 12, 7)
        assert (seen.call_id, seen.text, seen.failed, seen.name) == ("c1", "a.txt", False, "run_shell_command")
        assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (4, 2, 1)
        assert (trajectory.usage.cached_tokens, trajectory.usage.cost_usd) == (80, None)
        assert (trajectory.task, trajectory.model) == ("List.", "gemini-x")
        assert (trajectory.started_at, trajectory.seconds) == (1767225600.0, 6.0)


@pytest.mark.parametrize("megabytes", [3, 5, 9])
def test_a_document_on_one_line_is_one_at_any_size(tmp_path: Path, megabytes: int) -> None:
    long = message("m4", 6, "user", [{"text": "x" * megabytes * 1_000_000}])
    trajectory = load(write(tmp_path / "session-2026.json", {**HEADER, "messages": [ASKED, CALLED, DONE, long]}))
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.task) == (5, 2, "List.")


def test_a_document_that_is_being_rewritten_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "session-2026.json"
    path.write_text(json.dumps({**HEADER, "messages": [ASKED, CALLED, DONE]}, indent=2)[:-150])
    trajectory = load(path)
    assert [m.role for m in trajectory.messages][:3] == ["user", "assistant", "tool"]
    assert any("cut off" in warning for warning in trajectory.warnings)


def test_a_record_written_again_is_the_same_message(tmp_path: Path) -> None:
    early = {**CALLED, "tokens": None, "toolCalls": [{**CALL, "status": "executing", "result": None}]}
    update = {"$set": {"lastUpdated": "2026-01-01T00:00:09.000Z", "summary": "Files."}}
    grown = load(write(tmp_path / "s.jsonl", HEADER, ASKED, early, update, CALLED, DONE))
    plain = load(write(tmp_path / "p.jsonl", HEADER, ASKED, CALLED, DONE))
    assert grown.messages == plain.messages
    assert grown.metadata["summary"] == "Files."


def test_a_rewind_takes_messages_back_but_keeps_them_beside(tmp_path: Path) -> None:
    again = message("m5", 7, "user", "Differently.")
    trajectory = load(write(tmp_path / "s.jsonl", HEADER, ASKED, CALLED, DONE, {"$rewindTo": "m2"}, again))
    assert [m.role for m in trajectory.messages] == ["user", "other", "user"]
    assert (trajectory.messages[1].note, len(trajectory.messages[1].raw)) == ("rewound", 2)
    assert trajectory.n_tool_calls == 0
    assert any("1 rewind" in warning for warning in trajectory.warnings)


def test_a_compression_does_not_make_the_history_vanish(tmp_path: Path) -> None:
    summary = message("m9", 6, "user", "<state_snapshot>")
    trajectory = load(write(tmp_path / "s.jsonl", HEADER, ASKED, CALLED, DONE, {"$set": {"messages": [summary, DONE]}}))
    texts = [m.text for m in trajectory.messages if m.role != "tool"]
    assert texts == ["List.", "Looking.", "One file.", "<state_snapshot>"]
    assert any("replaced 1 time" in warning for warning in trajectory.warnings)


def test_results_repeated_as_a_message_are_shown_once(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "s.jsonl", HEADER, ASKED, CALLED, message("m8", 4, "user", RESULT), DONE))
    assert [m.role for m in trajectory.messages] == ["user", "assistant", "tool", "assistant"]


def test_what_the_program_says_of_itself_is_not_the_task(tmp_path: Path) -> None:
    context = message("m0", 0, "user", "<session_context>\nToday is Monday.")
    trajectory = load(write(tmp_path / "s.jsonl", HEADER, context, ASKED, DONE))
    assert (trajectory.task, trajectory.messages[0].note) == ("List.", "context")


def test_sub_agents_and_the_project(tmp_path: Path) -> None:
    (tmp_path / ".project_root").write_text("/w\n")
    child = write(tmp_path / "chats" / "s-1" / "abc.jsonl", {**HEADER, "kind": "subagent"}, ASKED)
    trajectory = load(write(tmp_path / "chats" / "session-1.jsonl", HEADER, ASKED, DONE))
    assert (trajectory.children, trajectory.repo) == ((child,), "/w")


def test_the_log_of_prompts_has_a_session_each(tmp_path: Path) -> None:
    log = [
        {"sessionId": s, "messageId": i, "type": "user", "message": f"{s}{i}", "timestamp": "2026-01-01T00:00:00Z"}
        for s, i in (("a", 0), ("a", 1), ("b", 0))
    ]
    (tmp_path / "logs.json").write_text(json.dumps(log, indent=2))
    assert READER.sniff(Source(tmp_path / "logs.json"))
    found = list(READER.read(Source(tmp_path / "logs.json")))
    assert [(t.sample, t.n_messages, t.task) for t in found] == [("a", 2, "a0"), ("b", 1, "b0")]
    assert all("only what the person typed" in t.warnings[0] for t in found)


def test_a_checkpoint(tmp_path: Path) -> None:
    history = [
        {"role": "user", "parts": [{"text": "List."}]},
        {"role": "model", "parts": [{"text": "Hm.", "thought": True}, {"functionCall": {"name": "ls", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "ls", "response": {"error": "denied"}}}]},
    ]
    for shape in (history, {"history": history, "authType": "x"}):
        (tmp_path / "checkpoint-a.json").write_text(json.dumps(shape))
        trajectory = load(tmp_path / "checkpoint-a.json")
        assert [(m.role, m.text, m.reasoning) for m in trajectory.messages] == [
            ("user", "List.", ""),
            ("assistant", "", "Hm."),
            ("tool", "denied", ""),
        ]
        assert trajectory.messages[2].failed is True
        assert trajectory.n_tool_calls == 1


STREAM = [
    {"type": "init", "timestamp": "2026-01-01T00:00:00Z", "session_id": "s", "model": "gemini-x"},
    {"type": "message", "timestamp": "2026-01-01T00:00:00Z", "role": "user", "content": "List."},
    {"type": "message", "timestamp": "2026-01-01T00:00:01Z", "role": "assistant", "content": "Loo", "delta": True},
    {"type": "message", "timestamp": "2026-01-01T00:00:02Z", "role": "assistant", "content": "king.", "delta": True},
    {"type": "tool_use", "tool_name": "ls", "tool_id": "c1", "parameters": {"path": "."}},
    {"type": "tool_result", "tool_id": "c1", "status": "error", "error": {"type": "X", "message": "denied"}},
    {"type": "message", "role": "assistant", "content": "No.", "delta": True},
    {
        "type": "result",
        "status": "success",
        "stats": {"input_tokens": 50, "output_tokens": 6, "cached": 10, "duration_ms": 2500},
    },
]


def test_the_stream_of_a_run(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "out.jsonl", *STREAM))
    assert [(m.role, m.text) for m in trajectory.messages] == [
        ("user", "List."),
        ("assistant", "Looking."),
        ("tool", "denied"),
        ("assistant", "No."),
    ]
    assert trajectory.messages[2].failed is True
    assert (trajectory.exit_status, trajectory.seconds, trajectory.usage.prompt_tokens) == ("success", 2.5, 50)
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (4, 2, 1)


@pytest.mark.parametrize("text", ['{"sessionId": "a"}\n', "[]", '[{"sessionId": "a"}]', '{"type": "init"}', "{"])
def test_others_are_not_recognised(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert not READER.sniff(Source(tmp_path / "x.json"))


def test_a_session_without_messages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotATrajectory, match="without any message"):
        load(write(tmp_path / "s.jsonl", HEADER))


@pytest.mark.parametrize(
    "sample",
    [
        b"".join(json.dumps(r).encode() + b"\n" for r in (HEADER, ASKED, CALLED, DONE, {"$rewindTo": "m3"}, NOTICE)),
        json.dumps({**HEADER, "messages": [ASKED, CALLED, DONE]}, indent=1).encode(),
        b"".join(json.dumps(event).encode() + b"\n" for event in STREAM),
        json.dumps([{"role": "user", "parts": [{"text": "List."}]}, {"role": "model", "parts": []}]).encode(),
    ],
)
def test_stands_damage(tmp_path: Path, sample: bytes) -> None:
    check_reader(READER, sample, file_named("session.json"), tmp_path)
