"""Conversations of OpenHands' newer kit: a folder with a file for each event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.conformance import check_reader
from support.openhands import LIST, READER, load, row, rows, write


def v1(id_: str, kind: str, source: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": id_, "timestamp": f"2026-01-01T00:00:0{id_[-1]}", "source": source, **more}


def action(id_: str, call: str, response: str, *thought: str) -> dict[str, Any]:
    written = {"id": call, "name": "terminal", "arguments": '{"command": "ls"}', "origin": "completion"}
    return v1(
        id_,
        "ActionEvent",
        "agent",
        thought=[{"type": "text", "text": text} for text in thought],
        reasoning_content="Think." if thought else None,
        action={"command": "ls", "kind": "TerminalAction"},
        tool_name="terminal",
        tool_call_id=call,
        tool_call=written,
        llm_response_id=response,
    )


def seen(id_: str, call: str, text: str, exit_code: int) -> dict[str, Any]:
    found = {"content": [{"type": "text", "text": text}], "exit_code": exit_code, "is_error": bool(exit_code)}
    return v1(
        id_,
        "ObservationEvent",
        "environment",
        observation=found,
        tool_name="terminal",
        tool_call_id=call,
        action_id="x",
    )


def message(id_: str, source: str, text: str) -> dict[str, Any]:
    role = "user" if source == "user" else "assistant"
    return v1(id_, "MessageEvent", source, llm_message={"role": role, "content": [{"type": "text", "text": text}]})


CONVERSATION = [
    v1("e0", "SystemPromptEvent", "agent", system_prompt={"type": "text", "text": "You are."}, tools=[{"title": "t"}]),
    message("e1", "user", "List."),
    action("e2", "c1", "r1", "Looking."),
    action("e3", "c2", "r1"),
    seen("e4", "c1", "a", 0),
    seen("e5", "c2", "no", 2),
    v1("e6", "ConversationStateUpdateEvent", "environment", key="execution_status", value="running"),
    v1("e7", "AgentErrorEvent", "agent", error="no such tool", tool_name="x", tool_call_id="c9"),
    message("e8", "agent", "Done."),
]
STATE = {
    "id": "conv",
    "agent": {"llm": {"model": "opus", "api_key": "sk-secret"}},
    "workspace": {"working_dir": "/w"},
    "execution_status": "finished",
    "stats": {
        "usage_to_metrics": {
            "agent": {
                "accumulated_cost": 0.5,
                "accumulated_token_usage": {"prompt_tokens": 10, "completion_tokens": 2, "cache_read_tokens": 4},
            },
            "condenser": {
                "accumulated_cost": 0.25,
                "accumulated_token_usage": {"prompt_tokens": 5, "completion_tokens": 1, "cache_read_tokens": 0},
            },
        }
    },
}


def folder(path: Path, events: list[Any], state: Any = STATE) -> Path:
    (path / "events").mkdir(parents=True)
    for i, event in enumerate(events):
        (path / "events" / f"event-{i:05d}-0a1b-{i}.json").write_text(json.dumps(event))
    if state:
        (path / "base_state.json").write_text(json.dumps(state))
    return path


def test_a_conversation_in_a_folder(tmp_path: Path) -> None:
    path = folder(tmp_path / "conv", CONVERSATION)
    trajectory = load(path)
    assert [m.role for m in trajectory.messages] == ["system", "user", "assistant", "tool", "tool", "tool", "assistant"]
    reply, error = trajectory.messages[2], trajectory.messages[5]
    assert (reply.text, reply.reasoning, [c.id for c in reply.tool_calls]) == ("Looking.", "Think.", ["c1", "c2"])
    assert reply.tool_calls[0].arguments == {"command": "ls"}
    assert [(m.exit_code, m.failed) for m in trajectory.messages[3:5]] == [(0, False), (2, True)]
    assert (error.text, error.failed) == ("no such tool", True)
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (9, 3, 2)
    assert (trajectory.exit_status, trajectory.model, trajectory.repo) == ("finished", "opus", "/w")
    usage = trajectory.usage
    assert (usage.cost_usd, usage.prompt_tokens, usage.cached_tokens) == (0.75, 15, 4)
    assert trajectory.tools == [{"title": "t"}]
    assert "sk-secret" not in repr(trajectory)
    assert load(path / "base_state.json").counts == trajectory.counts


def test_events_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "conv"
    (path / "events").mkdir(parents=True)
    for i in (10, 2, 100_000):
        (path / "events" / f"event-{i:05d}-ab.json").write_text(json.dumps(message(f"e{i % 7}", "user", str(i))))
    (path / "events" / ".eventlog.lock").touch()
    (path / "events" / "event-00011-ab.json").write_text('{"kind": "Mess')
    trajectory = load(path)
    assert [m.text for m in trajectory.messages] == ["2", "10", "100000"]
    assert trajectory.warnings == ("1 event could not be read as JSON.",)


def test_a_tree_is_followed_from_its_leaf(tmp_path: Path) -> None:
    events = [
        {**message("e1", "user", "List."), "parent_id": "__root__"},
        {**message("e2", "agent", "Left."), "parent_id": "e1"},
        {**message("e3", "agent", "Right."), "parent_id": "e1"},
        {**message("e4", "user", "More."), "parent_id": "e2"},
    ]
    trajectory = load(folder(tmp_path / "a", events, {"leaf_event_id": "e3"}))
    assert [(m.role, m.text) for m in trajectory.messages if m.role != "other"] == [
        ("user", "List."),
        ("assistant", "Right."),
    ]
    (left,) = [m for m in trajectory.messages if m.role == "other"]
    assert (left.note, len(left.raw)) == ("abandoned branch", 2)
    assert [m.text for m in load(folder(tmp_path / "b", events, {})).messages if m.role != "other"][1:] == [
        "Left.",
        "More.",
    ]


def test_a_condensation_is_told(tmp_path: Path) -> None:
    told = v1("e9", "Condensation", "environment", forgotten_event_ids=["e1"], summary="They listed.")
    trajectory = load(folder(tmp_path / "conv", [*CONVERSATION, told]))
    assert (trajectory.messages[-1].role, trajectory.messages[-1].text) == ("other", "They listed.")


def test_the_same_events_in_other_vessels(tmp_path: Path) -> None:
    counts = load(folder(tmp_path / "conv", CONVERSATION)).counts
    assert load(write(tmp_path / "list.json", CONVERSATION)).counts == counts
    assert load(rows(tmp_path / "lines.jsonl", *CONVERSATION)).counts == counts
    assert load(rows(tmp_path / "output.jsonl", row("x", CONVERSATION))).counts == counts


def test_the_store_of_old_has_numbered_events(tmp_path: Path) -> None:
    (tmp_path / "sid" / "events").mkdir(parents=True)
    for event in LIST:
        (tmp_path / "sid" / "events" / f"{event['id']}.json").write_text(json.dumps(event))
    assert load(tmp_path / "sid").counts == load(write(tmp_path / "t.json", LIST)).counts


def one_file_each(path: Path, data: bytes) -> Path:
    """Each line of the sample is the file of one event."""
    (path / "events").mkdir()
    for i, line in enumerate(data.split(b"\n")):
        (path / "events" / f"event-{i:05d}-ab.json").write_bytes(line)
    (path / "base_state.json").write_text(json.dumps(STATE))
    return path


def test_a_folder_stands_damage(tmp_path: Path) -> None:
    sample = b"".join(json.dumps(event).encode() + b"\n" for event in CONVERSATION)
    check_reader(READER, sample, one_file_each, tmp_path)


def test_a_message_without_a_role_is_its_sources(tmp_path: Path) -> None:
    said = [v1(f"e{i}", "MessageEvent", who, llm_message={"content": "Hm."}) for i, who in enumerate(("user", "agent"))]
    run = load(write(tmp_path / "events.json", said))
    assert [m.role for m in run.messages] == ["user", "assistant"]
    assert run.n_assistant == 1
