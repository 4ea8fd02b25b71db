from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, Source
from support.conformance import check_reader, file_named
from support.openhands import FLAT, LIST, PAIRS, READER, load, row, rows, v0, write


def test_a_list_of_events(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "t.json", LIST))
    assert [(m.role, m.text) for m in trajectory.messages] == [
        ("user", "Rename it."),
        ("other", "running"),
        ("assistant", "Hm."),
        ("tool", "no"),
        ("tool", "yes"),
        ("assistant", "Done."),
    ]
    reply, seen = trajectory.messages[2], trajectory.messages[3]
    assert [call.raw_arguments for call in reply.tool_calls] == ['{"command": "run a"}', '{"command": "run b"}']
    assert (reply.reasoning, reply.usage and reply.usage.prompt_tokens) == ("Think.", 100)
    assert (seen.call_id, seen.exit_code, seen.failed, seen.name) == ("a", 3, True, "execute_bash")
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (7, 3, 2)
    assert (trajectory.model, trajectory.task, trajectory.usage.cost_usd) == ("opus", "Rename it.", None)


def test_a_list_may_be_wrapped_and_say_its_end_and_cost(tmp_path: Path) -> None:
    ended = v0(7, "environment", observation="agent_state_changed", content="", extras={"agent_state": "finished"})
    counted = {**LIST[6], "llm_metrics": {"accumulated_cost": 0.5}}
    trajectory = load(write(tmp_path / "t.json", {"trajectory": [*LIST[:6], counted, ended]}))
    assert (trajectory.n_messages, trajectory.exit_status, trajectory.usage.cost_usd) == (8, "finished", 0.5)


def test_a_persons_own_command_and_the_programs_own_actions(tmp_path: Path) -> None:
    events = [
        v0(0, "agent", action="system", args={"content": "You are.", "tools": [{"type": "function"}]}),
        v0(1, "user", action="run", args={"command": "ls"}),
        v0(2, "user", action="recall", args={"query": "x"}),
        v0(3, "agent", action="think", args={"thought": "So."}),
        v0(4, "agent", observation="error", content="bad call", cause=3),
    ]
    trajectory = load(write(tmp_path / "t.json", events))
    assert [m.role for m in trajectory.messages] == ["system", "user", "other", "assistant", "tool"]
    assert (trajectory.messages[1].text, trajectory.messages[1].note) == ("ls", "the person's own run")
    assert (trajectory.messages[4].call_id, trajectory.messages[4].failed) == ("3", True)
    assert (trajectory.n_assistant, trajectory.n_tool_calls, trajectory.tools) == (1, 1, [{"type": "function"}])


# --- rows of an evaluation -----------------------------------------------------------------------------------------


def test_rows_with_pairs(tmp_path: Path) -> None:
    trajectory = load(rows(tmp_path / "output.jsonl", row("a__b-1", PAIRS)))
    assert [m.role for m in trajectory.messages] == ["user", "other", "assistant", "tool", "assistant", "other"]
    assert trajectory.messages[2].tool_calls[0].arguments == {"code": "1"}
    assert trajectory.messages[3].call_id == trajectory.messages[2].tool_calls[0].id == "1"
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (6, 2, 1)
    assert (trajectory.instance, trajectory.repo, trajectory.reward) == ("a__b-1", "a/b", 1.0)
    assert (trajectory.diff, trajectory.gold_diff, trajectory.model) == ("diff --git", "gold", "opus")
    assert (trajectory.usage.cost_usd, trajectory.usage.prompt_tokens) == (0.25, 7)
    assert (trajectory.sample, trajectory.exit_status) == (None, None)


def test_rows_with_flat_events_that_name_no_source(tmp_path: Path) -> None:
    flat = row("", FLAT, issue={"title": "Broken", "repo": "b"}, git_patch="diff")
    del flat["instance_id"], flat["instance"], flat["test_result"]
    trajectory = load(rows(tmp_path / "output.jsonl", flat))
    assert [(m.role, m.text) for m in trajectory.messages] == [
        ("user", "Fix it."),
        ("assistant", "Look."),
        ("tool", "a"),
        ("assistant", "Done."),
    ]
    assert trajectory.messages[1].tool_calls[0].arguments == {"command": "ls"}
    assert trajectory.messages[2].exit_code == 0
    assert (trajectory.n_messages, trajectory.n_tool_calls) == (4, 1)
    assert (trajectory.diff, trajectory.instance) == ("diff", "Broken")


def test_what_is_not_known_is_not_zero(tmp_path: Path) -> None:
    unpriced = {"accumulated_cost": 0.0, "accumulated_token_usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    running = [PAIRS[0], [PAIRS[1][0], {**PAIRS[1][1], "extras": {"metadata": {"exit_code": -1}}}]]
    trajectory = load(rows(tmp_path / "output.jsonl", row("a", running, metrics=unpriced)))
    assert (trajectory.usage.cost_usd, trajectory.usage.prompt_tokens) == (None, 7)
    assert trajectory.messages[3].exit_code is None


def test_each_row_is_a_trajectory_and_a_failed_one_says_why(tmp_path: Path) -> None:
    failed = row("two", [], error="docker is down", test_result={"git_patch": ""})
    path = rows(tmp_path / "output.jsonl", row("one", PAIRS), failed)
    first, second = READER.read(Source(path))
    assert (first.sample, second.sample) == ("one", "two")
    assert (second.n_messages, second.exit_status, second.exit_reason) == (0, "error", "docker is down")
    assert (second.diff, second.reward) == ("", None)


# --- conversations of 1.x ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"trajectory": [{"action": "ls", "observation": "a", "response": "x"}], "history": [], "info": {}},
        [{"role": "user", "content": "hi", "action": "x"}],
        {"instance_id": "a", "model_patch": "diff"},
        {"history": [{"role": "user"}], "metrics": {}, "metadata": {}},
        {"kind": "List", "items": []},
    ],
)
def test_others_are_not_recognised(tmp_path: Path, other: Any) -> None:
    assert not READER.sniff(Source(write(tmp_path / "x.json", other)))
    assert not READER.sniff(Source(rows(tmp_path / "x.jsonl", other)))
    with pytest.raises(NotATrajectory):
        list(READER.read(Source(tmp_path / "x.json")))


SAMPLES = {
    "list": json.dumps(LIST).encode(),
    "rows": json.dumps(row("one", PAIRS)).encode() + b"\n" + json.dumps(row("two", FLAT)).encode() + b"\n",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_files_stand_damage(tmp_path: Path, name: str) -> None:
    check_reader(READER, SAMPLES[name], file_named("output.jsonl"), tmp_path)
