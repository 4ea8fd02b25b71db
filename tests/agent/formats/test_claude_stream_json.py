from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import Source
from nano_agent.formats.claude_stream_json import ClaudeStreamJsonReader
from support.conformance import check_reader, file_named
from support.told import loader, write

READER = ClaudeStreamJsonReader()
load = loader(READER)


def reply(identity: str, *blocks: Any, parent: str | None = None) -> dict[str, Any]:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 3}
    message = {"id": identity, "role": "assistant", "model": "opus", "content": list(blocks), "usage": usage}
    return {"type": "assistant", "message": message, "parent_tool_use_id": parent, "session_id": "s"}


def results(id_: str, content: str, parent: str | None = None) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": id_, "content": content}
    message = {"role": "user", "content": [block]}
    return {"type": "user", "message": message, "parent_tool_use_id": parent, "session_id": "s"}


def use(id_: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": "Bash", "input": {"command": "ls"}}


INIT = {"type": "system", "subtype": "init", "session_id": "s", "model": "opus", "tools": ["Bash"], "cwd": "/w"}
RESULT = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "duration_ms": 4200,
    "total_cost_usd": 0.25,
    "usage": {"input_tokens": 20, "cache_read_input_tokens": 10, "output_tokens": 6},
}
RUN = [
    INIT,
    reply("m1", {"type": "text", "text": "Two at once."}),
    reply("m1", use("t1")),
    {"type": "stream_event", "event": {"type": "content_block_delta"}, "session_id": "s"},
    results("t1", "one"),
    reply("m1", use("t2")),
    results("t2", "two"),
    reply("m2", {"type": "text", "text": "Done."}),
    RESULT,
]


def test_the_result_says_how_it_ended_and_what_it_cost(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "run.jsonl", *RUN))
    assert (trajectory.exit_status, trajectory.exit_reason, trajectory.seconds) == ("success", None, 4.2)
    assert trajectory.usage.cost_usd == 0.25
    assert (trajectory.usage.prompt_tokens, trajectory.usage.completion_tokens) == (30, 6)
    assert (trajectory.model, trajectory.repo) == ("opus", "/w")
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (4, 2, 2)


def test_a_reply_interleaved_with_its_results_is_one_message(tmp_path: Path) -> None:
    messages = [m for m in load(write(tmp_path / "run.jsonl", *RUN)).messages if m.role != "other"]
    assert [m.role for m in messages] == ["assistant", "tool", "tool", "assistant"]
    assert [call.id for call in messages[0].tool_calls] == ["t1", "t2"]


def test_totals_of_all_models_are_those_of_the_last_result(tmp_path: Path) -> None:
    models = {"opus": {"inputTokens": 7, "outputTokens": 2, "cacheReadInputTokens": 1}, "haiku": {"outputTokens": 5}}
    again = {**RESULT, "total_cost_usd": 0.75, "modelUsage": models}
    usage = load(write(tmp_path / "run.jsonl", *RUN, again)).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.cost_usd) == (8, 7, 1, 0.75)


def test_the_tokens_of_several_turns_are_those_of_all_replies(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "run.jsonl", *RUN, reply("m3", {"type": "text", "text": "More."}), RESULT))
    assert (trajectory.usage.prompt_tokens, trajectory.usage.cost_usd, trajectory.seconds) == (45, 0.25, 8.4)


def test_a_run_that_failed_says_why(tmp_path: Path) -> None:
    failed = {**RESULT, "subtype": "error_max_turns", "is_error": True, "errors": ["Reached 3 turns"]}
    trajectory = load(write(tmp_path / "run.jsonl", *RUN[:-1], failed))
    assert (trajectory.exit_status, trajectory.exit_reason) == ("error_max_turns", "Reached 3 turns")


def test_a_run_without_result_is_said_to_be_cut_off(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "run.jsonl", *RUN[:-1]))
    assert trajectory.exit_status is None
    assert trajectory.usage.cost_usd is None
    assert trajectory.usage.completion_tokens == 6
    assert any("no result" in warning for warning in trajectory.warnings)


def test_sub_agents_are_no_part_of_the_history(tmp_path: Path) -> None:
    inner = [reply("m9", use("t9"), parent="t1"), results("t9", "inside", parent="t1")]
    trajectory = load(write(tmp_path / "run.jsonl", *RUN[:3], *inner, *RUN[3:]))
    assert [m.role for m in trajectory.messages] == ["other", "assistant", "other", "tool", "tool", "assistant"]
    assert "inside" in trajectory.messages[2].text
    assert (trajectory.n_assistant, trajectory.n_tool_calls) == (3, 3)


def test_the_same_records_in_one_list(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    assert load(tmp_path / "run.json").counts == load(write(tmp_path / "run.jsonl", *RUN)).counts


@pytest.mark.parametrize("text", ['[{"type": "text", "session_id": 1}]', '{"type": "result"}\n', "[", "{}\n"])
def test_others_are_not_recognised(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert not READER.sniff(Source(tmp_path / "x.json"))


def test_stands_damage(tmp_path: Path) -> None:
    sample = b"".join(json.dumps(record).encode() + b"\n" for record in RUN)
    check_reader(READER, sample, file_named("run.jsonl"), tmp_path)


def test_stands_damage_in_one_list(tmp_path: Path) -> None:
    check_reader(READER, json.dumps(RUN).encode(), file_named("run.json"), tmp_path)


@pytest.mark.parametrize("name", ["total_cost", "cost_usd"])
def test_the_cost_under_its_old_names(tmp_path: Path, name: str) -> None:
    old = {key: value for key, value in RESULT.items() if key != "total_cost_usd"} | {name: 0.125}
    assert load(write(tmp_path / "s.jsonl", *RUN[:-1], old)).usage.cost_usd == 0.125
