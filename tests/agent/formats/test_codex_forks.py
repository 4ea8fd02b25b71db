"""Newer Codex rollouts: forks and sub-agents that begin with copies, counts as records, items that are completed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import read
from nano_agent.trajectory import Trajectory

Record = dict[str, Any]


def record(minute: int, kind: str, **payload: Any) -> Record:
    return {"timestamp": f"2026-09-01T10:{minute:02d}:30.000Z", "type": kind, "payload": payload}


def message(minute: int, role: str, text: str, **more: Any) -> Record:
    part = {"type": "output_text" if role == "assistant" else "input_text", "text": text}
    return record(minute, "response_item", type="message", role=role, content=[part], **more)


def counts(n: int) -> dict[str, int]:
    return {"input_tokens": n, "cached_input_tokens": n // 2, "output_tokens": n // 10, "reasoning_output_tokens": 0}


def counted(minute: int, total: int, last: int) -> Record:
    info = {"total_token_usage": counts(total), "last_token_usage": counts(last)}
    return record(minute, "event_msg", type="token_count", info=info)


def opened(tmp_path: Path, *records: Record, numbered: bool = False) -> Trajectory:
    lines = [{**one, "ordinal": i} if numbered else one for i, one in enumerate(records)]
    path = tmp_path / "rollout.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    [run] = read(path)
    return run


PARENT = [
    record(0, "session_meta", id="parent", timestamp="2026-09-01T10:00:30Z", cwd="/w"),
    message(1, "user", "Look around."),
    message(2, "assistant", "I looked."),
    counted(2, 1000, 1000),
]
OWN = [message(11, "user", "Look there."), message(12, "assistant", "Nothing."), counted(12, 1200, 200)]
BORN = {"id": "child", "timestamp": "2026-09-01T10:10:30Z", "cwd": "/w"}
SPAWNED = {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "parent"}}}}


@pytest.mark.parametrize("fork", [{"forked_from_id": "parent"}, {"parent_thread_id": "parent"}, SPAWNED])
@pytest.mark.parametrize("rewritten", [False, True])
def test_a_fork_used_what_was_counted_since_it_began(tmp_path: Path, fork: Record, rewritten: bool) -> None:
    copies = [{**one, "timestamp": "2026-09-01T10:10:30.400Z"} for one in PARENT] if rewritten else PARENT

    run = opened(tmp_path, record(10, "session_meta", **BORN, **fork), *copies, *OWN)

    assert (run.usage.prompt_tokens, run.usage.cached_tokens, run.usage.completion_tokens) == (200, 100, 20)
    assert [m.usage and m.usage.prompt_tokens for m in run.messages if m.role == "assistant"] == [None, 200]
    assert (run.n_messages, run.n_assistant, run.task) == (4, 2, "Look around.")


def test_copies_are_told_by_their_numbers_where_there_are_any(tmp_path: Path) -> None:
    meta = record(10, "session_meta", **BORN, **SPAWNED, subagent_history_start_ordinal="5")
    copies = [{**one, "timestamp": "2026-09-01T10:10:59.000Z"} for one in PARENT]

    run = opened(tmp_path, meta, *copies, *OWN, numbered=True)

    assert (run.task, run.usage.prompt_tokens) == ("Look there.", 200)
    assert [m.note for m in run.messages if m.role == "user"] == ["copied context", ""]


def test_a_session_of_its_own_keeps_its_first_count(tmp_path: Path) -> None:
    assert opened(tmp_path, PARENT[0], counted(0, 1000, 1000)).usage.prompt_tokens == 1000


@pytest.mark.parametrize("with_total", [True, False])
def test_a_call_that_is_counted_in_a_record_and_in_an_event_counts_once(tmp_path: Path, with_total: bool) -> None:
    def used(minute: int, last: int, total: int) -> Record:
        thread = {"thread_token_usage": counts(total) if with_total else {"total_tokens": total}}
        return record(minute, "token_usage_record", response_id=f"r{last}", usage=counts(last), **thread)

    said = [message(2, "assistant", "One."), used(2, 1000, 1000), counted(2, 1000, 1000)]
    said += [message(3, "assistant", "Two."), used(3, 200, 1200), counted(3, 1200, 200)]

    run = opened(tmp_path, *PARENT[:2], *said)

    assert [m.usage and m.usage.prompt_tokens for m in run.messages if m.role == "assistant"] == [1000, 200]
    assert (run.usage.prompt_tokens, run.usage.completion_tokens) == (1200, 120)
    assert not [m for m in run.messages if m.role == "other"]


def test_how_a_call_ended_is_in_its_completed_item(tmp_path: Path) -> None:
    call = record(
        2, "response_item", type="function_call", name="run", namespace="mcp__x", call_id="c1", arguments="{}"
    )
    item = {"type": "CommandExecution", "id": "c1", "status": "failed", "exit_code": 3, "aggregated_output": "all"}
    ended = record(3, "event_msg", type="item_completed", item=item)
    output = record(3, "response_item", type="function_call_output", call_id="c1", output="some")
    for order in ((ended, output), (output, ended)):
        run = opened(tmp_path, *PARENT[:2], call, *order)
        reply, answer = run.messages[-2:]
        assert reply.tool_calls[0].name == "mcp__x.run"
        assert (answer.exit_code, answer.failed, answer.output, answer.text) == (3, True, "all", "some")


def test_what_another_agent_says_is_seen_by_the_model(tmp_path: Path) -> None:
    said = {"author": "/root/scout", "recipient": "/root", "content": [{"type": "input_text", "text": "All quiet."}]}
    new = record(4, "response_item", type="agent_message", **said)
    old = record(5, "inter_agent_communication", author="/root/scout", recipient="/root", content="Still quiet.")

    run = opened(tmp_path, *PARENT, new, old)

    assert [(m.role, m.text) for m in run.messages[-2:]] == [("user", "All quiet."), ("user", "Still quiet.")]
    assert run.messages[-1].note == "from agent /root/scout"


def test_parts_that_are_noted_to_be_context_are_nobodys_words(tmp_path: Path) -> None:
    noted = {"internal_chat_message_metadata_passthrough": {"content_item_kinds": ["hooks.notice"]}}

    run = opened(tmp_path, PARENT[0], message(1, "user", "A hook says hello.", **noted), *PARENT[1:])

    assert (run.messages[0].note, run.task) == ("context", "Look around.")


def test_unknown_events_are_shown_and_the_programs_own_are_not(tmp_path: Path) -> None:
    new = record(3, "event_msg", type="weather_changed", message="Rain.")
    quiet = record(3, "event_msg", type="thread_settings_applied", thread_settings={"model": "gpt-y"})

    run = opened(tmp_path, *PARENT, new, quiet)

    assert [(m.note, m.text, m.raw) for m in run.messages if m.role == "other"] == [("weather changed", "Rain.", new)]
    assert run.model == "gpt-y"


def test_a_giant_compaction_with_a_number_is_not_even_parsed(tmp_path: Path) -> None:
    path = tmp_path / "rollout.jsonl"
    head = '{"timestamp": "2026-09-01T10:20:00Z", "ordinal": 9, "type": "compacted", "payload": {"message": "So far.", '
    whole = "".join(json.dumps(one) + "\n" for one in PARENT) + head + "not json " * 40_000 + "}}\n"
    path.write_text(whole)

    [run] = read(path)

    assert (run.messages[-1].note, run.messages[-1].text, run.warnings) == ("compacted", "So far.", ())
