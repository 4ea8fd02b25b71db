from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, Source
from nano_agent.formats.acp import AcpReader
from nano_agent.formats.acp_session import usage_of
from nano_agent.trajectory import Usage
from support.conformance import check_reader, file_named
from support.told import loader, write

READER = AcpReader()
load = loader(READER)


def request(id_: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}


def result(id_: int, **found: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "result": found}


def update(what: str, session: str = "s", **more: Any) -> dict[str, Any]:
    params = {"sessionId": session, "update": {"sessionUpdate": what, **more}}
    return {"jsonrpc": "2.0", "method": "session/update", "params": params}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


TOKENS = {"inputTokens": 10, "cachedReadTokens": 5, "outputTokens": 4, "totalTokens": 19}
TURN = [
    request(0, "initialize", protocolVersion=1, clientCapabilities={}),
    result(0, protocolVersion=1, agentCapabilities={}, agentInfo={"name": "helper"}),
    request(1, "session/new", cwd="/w", mcpServers=[]),
    result(1, sessionId="s", models={"currentModelId": "opus"}),
    request(2, "session/prompt", sessionId="s", prompt=[text("List."), {"type": "resource_link", "uri": "file:///a"}]),
    update("agent_thought_chunk", content=text("Hm")),
    update("agent_thought_chunk", content=text("m.")),
    update("agent_message_chunk", content=text("Look")),
    update("agent_message_chunk", content=text("ing.")),
    update("tool_call", toolCallId="c1", title="ls", kind="execute", status="pending", rawInput={"command": "ls"}),
    request(0, "session/request_permission", sessionId="s", toolCall={"toolCallId": "c1", "title": "ls -a"}),
    result(0, outcome={"outcome": "selected", "optionId": "allow"}),
    update("tool_call_update", toolCallId="c1", status="in_progress"),
    update(
        "tool_call_update",
        toolCallId="c1",
        status="failed",
        content=[{"type": "content", "content": text("denied")}],
        rawOutput={"exit_code": 2},
    ),
    update("agent_message_chunk", content=text("No.")),
    update("usage_update", used=500, size=1000, cost={"amount": 0.5, "currency": "USD"}),
    result(2, stopReason="end_turn", usage=TOKENS),
]


def test_a_turn(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "acp.jsonl", *TURN))
    assert [(m.role, m.text) for m in trajectory.messages] == [
        ("user", "List.\n[file:///a]"),
        ("assistant", "Looking."),
        ("tool", "denied"),
        ("assistant", "No."),
    ]
    reply, seen = trajectory.messages[1], trajectory.messages[2]
    assert (reply.reasoning, reply.tool_calls[0].name) == ("Hmm.", "execute")
    assert reply.tool_calls[0].arguments == {"command": "ls"}
    assert (seen.call_id, seen.failed, seen.exit_code) == ("c1", True, 2)
    assert (trajectory.exit_status, trajectory.model, trajectory.repo) == ("end_turn", "opus", "/w")
    assert trajectory.usage == Usage(15, 4, 5, None, 0.5)
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (4, 2, 1)
    assert trajectory.metadata["agent"] == {"name": "helper"}


WRAPPINGS: list[Callable[[int, Any], Any]] = [
    lambda i, m: {"ts": f"2026-01-01T00:00:{i:02d}+00:00", "dir": ">>>", "msg": m},
    lambda i, m: {"timestamp": 1767225600000 + 1000 * i, "direction": "c2a", "message": json.dumps(m)},
    lambda i, m: {"timestamp": 1767225600 + i, **m},
]


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_the_wrapping_of_a_log_gives_the_times(tmp_path: Path, wrap: Callable[[int, Any], Any]) -> None:
    trajectory = load(write(tmp_path / "acp.jsonl", *(wrap(i, message) for i, message in enumerate(TURN))))
    assert trajectory.n_tool_calls == 1
    assert (trajectory.started_at, trajectory.seconds) == (1767225604.0, 10.0)
    assert trajectory.messages[1].seconds == 5.0


def test_a_log_for_people_and_a_list(tmp_path: Path) -> None:
    (tmp_path / "acp.log").write_text("started\n" + "".join(f"12:00:01 <- {json.dumps(m)}\n" for m in TURN))
    (tmp_path / "acp.json").write_text(json.dumps(TURN, indent=1))
    assert load(tmp_path / "acp.log").counts == load(tmp_path / "acp.json").counts
    assert load(tmp_path / "acp.log").n_messages == 4


def test_a_trace_through_a_proxy_tells_everything_twice(tmp_path: Path) -> None:
    def event(message: dict[str, Any], from_: str, to: str) -> dict[str, Any]:
        kind = "request" if "id" in message and "method" in message else "notification"
        if "result" in message:
            return {"type": "response", "id": message["id"], "payload": message["result"], "from": from_, "to": to}
        return {"ts": 0.5, "type": kind, "from": from_, "to": to, **message}

    hops = [event(m, *ends) for m in TURN for ends in (("client", "proxy:0"), ("proxy:0", "agent"))]
    trajectory = load(write(tmp_path / "trace.jsons", *hops))
    assert [m.text for m in trajectory.messages] == ["List.\n[file:///a]", "Looking.", "denied", "No."]
    assert (trajectory.exit_status, trajectory.started_at) == ("end_turn", None)


def test_parallel_calls_are_of_one_reply(tmp_path: Path) -> None:
    calls = [update("tool_call", toolCallId=c, title=c, status="pending") for c in ("c1", "c2")]
    ends = [update("tool_call_update", toolCallId=c, status="completed", rawOutput=c) for c in ("c2", "c1")]
    trajectory = load(write(tmp_path / "acp.jsonl", *TURN[:5], *calls, *ends))
    assert [m.role for m in trajectory.messages] == ["user", "assistant", "tool", "tool"]
    assert [m.call_id for m in trajectory.messages[2:]] == ["c2", "c1"]
    assert trajectory.messages[1].tool_calls[0].arguments == {"title": "c1"}


def test_terminals_and_diffs(tmp_path: Path) -> None:
    done = update(
        "tool_call_update",
        toolCallId="c1",
        status="completed",
        content=[
            {"type": "terminal", "terminalId": "t"},
            {"type": "diff", "path": "/w/a", "oldText": None, "newText": "x"},
        ],
    )
    ran = [
        request(7, "terminal/output", sessionId="s", terminalId="t"),
        result(7, output="a.txt", truncated=False, exitStatus={"exitCode": 3}),
    ]
    seen = load(write(tmp_path / "acp.jsonl", *TURN[:10], *ran, done)).messages[-1]
    assert (seen.text, seen.exit_code, seen.failed) == ("a.txt\n[diff of /w/a]", 3, False)


def test_a_prompt_told_back_is_no_second_one(tmp_path: Path) -> None:
    echo = update("user_message", messageId="u", content=[text("List.")])
    idle = update("state_update", state="idle", stopReason="max_tokens")
    whole = update("agent_message", messageId="m", content=[text("All of it.")])
    piece = update("agent_message_chunk", messageId="m", content=text("All"))
    trajectory = load(write(tmp_path / "acp.jsonl", *TURN[:5], echo, piece, whole, idle))
    assert [m.text for m in trajectory.messages] == ["List.\n[file:///a]", "All of it."]
    assert trajectory.exit_status == "max_tokens"


def test_a_loaded_session_is_replayed_by_updates(tmp_path: Path) -> None:
    replay = [
        request(1, "session/load", sessionId="s", cwd="/w"),
        update("user_message_chunk", content=text("Li")),
        update("user_message_chunk", content=text("st.")),
        update("agent_message_chunk", messageId="a", content=text("One.")),
        update("agent_message_chunk", messageId="b", content=text("Two.")),
    ]
    trajectory = load(write(tmp_path / "acp.jsonl", *replay))
    assert [(m.role, m.text) for m in trajectory.messages] == [
        ("user", "List."),
        ("assistant", "One."),
        ("assistant", "Two."),
    ]
    assert (trajectory.repo, trajectory.task) == ("/w", "List.")


def test_two_sessions_in_one_log(tmp_path: Path) -> None:
    records = [
        request(1, "session/prompt", sessionId="a", prompt=[text("A")]),
        request(2, "session/prompt", sessionId="b", prompt=[text("B")]),
        update("agent_message_chunk", "b", content=text("to B")),
        update("something_new", "a", words="kept"),
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "overloaded"}},
    ]
    path = write(tmp_path / "acp.jsonl", *records)
    first, second = READER.read(Source(path))
    assert (first.sample, first.task, first.exit_status, first.exit_reason) == ("a", "A", "error", "overloaded")
    assert (second.sample, [m.text for m in second.messages], second.exit_status) == ("b", ["B", "to B"], None)
    assert (first.messages[-1].role, first.messages[-1].note, first.n_messages) == ("other", "something new", 1)


@pytest.mark.parametrize(
    ("stated", "right"),
    [
        ({"inputTokens": 10, "outputTokens": 4, "totalTokens": 14, "cachedReadTokens": 6}, Usage(10, 4, 6)),
        ({"inputTokens": 10, "outputTokens": 4, "thoughtTokens": 3, "totalTokens": 17}, Usage(10, 7, None, 3)),
        ({"inputTokens": 10, "outputTokens": 4, "cachedReadTokens": 6}, Usage(None, 4, 6)),
        ({"inputTokens": 10, "outputTokens": 4}, Usage(10, 4)),
        ({}, None),
    ],
)
def test_the_total_tells_what_the_figures_include(stated: Any, right: Usage | None) -> None:
    assert usage_of(stated) == right


def test_tokens_of_several_turns_are_not_added_up(tmp_path: Path) -> None:
    assert load(write(tmp_path / "acp.jsonl", *TURN, *TURN[4:])).usage == Usage(cost_usd=0.5)


def test_others_are_refused(tmp_path: Path) -> None:
    for other in (request(1, "tools/call", name="x"), {"a": "session/update"}, update("x")["params"]):
        assert not READER.sniff(Source(write(tmp_path / "x.jsonl", other)))
    with pytest.raises(NotATrajectory, match="anything was said"):
        load(write(tmp_path / "x.jsonl", *TURN[:4]))


def test_a_torn_line_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "acp.jsonl", *TURN)
    path.write_bytes(path.read_bytes() + b'{"jsonrpc": "2.0", "me')
    assert load(path).warnings == ("1 line could not be read: cut off, or damaged.",)


def test_stands_damage(tmp_path: Path) -> None:
    sample = b"".join(json.dumps(record).encode() + b"\n" for record in TURN)
    check_reader(READER, sample, file_named("acp.jsonl"), tmp_path)
