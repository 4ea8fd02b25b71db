from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nano_agent.formats import Source
from nano_agent.formats.codex_exec import CodexExecReader
from nano_agent.trajectory import Trajectory
from support.conformance import check_reader, file_named

READER = CodexExecReader()
COMMAND = {"id": "item_1", "type": "command_execution", "command": "bash -lc ls", "status": "in_progress"}
RUN: list[dict[str, Any]] = [
    {"type": "thread.started", "thread_id": "t"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "Look."}},
    {"type": "item.started", "item": COMMAND},
    {
        "type": "item.completed",
        "item": {**COMMAND, "aggregated_output": "a.txt\n", "exit_code": 2, "status": "failed"},
    },
    {"type": "item.completed", "item": {"id": "item_2", "type": "agent_message", "text": "Done."}},
    {"type": "turn.completed", "usage": {"input_tokens": 100, "cached_input_tokens": 60, "output_tokens": 9}},
]


def load(path: Path, *records: Any) -> Trajectory:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert READER.sniff(Source(path))
    (trajectory,) = READER.read(Source(path))
    return trajectory


def test_items_become_replies_and_observations(tmp_path: Path) -> None:
    trajectory = load(tmp_path / "run.jsonl", *RUN)
    assert [m.role for m in trajectory.messages] == ["assistant", "tool", "assistant"]
    first, seen, last = trajectory.messages
    assert (first.reasoning, first.tool_calls[0].arguments) == ("Look.", {"command": "bash -lc ls"})
    assert (seen.call_id, seen.text, seen.exit_code, seen.failed) == ("item_1", "a.txt\n", 2, True)
    assert last.text == "Done."
    assert (trajectory.n_assistant, trajectory.n_tool_calls) == (2, 1)
    assert trajectory.exit_status == "completed"
    assert (trajectory.usage.prompt_tokens, trajectory.usage.cached_tokens) == (100, 60)


def test_what_is_said_in_the_next_turn_is_another_reply(tmp_path: Path) -> None:
    more = {"type": "item.completed", "item": {"id": "item_3", "type": "agent_message", "text": "More."}}
    trajectory = load(tmp_path / "run.jsonl", *RUN, {"type": "turn.started"}, more)
    assert [m.text for m in trajectory.messages[-2:]] == ["Done.", "More."]


def test_a_failed_turn_says_why(tmp_path: Path) -> None:
    trajectory = load(tmp_path / "run.jsonl", *RUN[:4], {"type": "turn.failed", "error": {"message": "no quota"}})
    assert (trajectory.exit_status, trajectory.exit_reason) == ("failed", "no quota")
    assert trajectory.n_tool_calls == 1


def test_the_old_protocol(tmp_path: Path) -> None:
    def message(kind: str, **more: Any) -> dict[str, Any]:
        return {"id": "0", "msg": {"type": kind, **more}}

    trajectory = load(
        tmp_path / "run.jsonl",
        {"model": "gpt-x", "workdir": "/w"},
        {"prompt": "List."},
        message("agent_reasoning", text="Look."),
        message("exec_command_begin", call_id="c1", command=["ls"]),
        message(
            "exec_command_end", call_id="c1", stdout="a.txt\n", stderr="", exit_code=0, duration={"secs": 1, "nanos": 0}
        ),
        message("agent_message", message="Done."),
        message("token_count", input_tokens=10, cached_input_tokens=0, output_tokens=4),
        message("task_complete", last_agent_message="Done."),
    )
    assert [m.role for m in trajectory.messages] == ["user", "assistant", "tool", "assistant"]
    assert (trajectory.task, trajectory.model, trajectory.repo) == ("List.", "gpt-x", "/w")
    assert (trajectory.messages[2].exit_code, trajectory.messages[2].seconds) == (0, 1.0)
    assert (trajectory.exit_status, trajectory.usage.completion_tokens) == ("completed", 4)


def test_others_are_not_recognised(tmp_path: Path) -> None:
    for other in ({"type": "item.completed"}, {"id": "0", "msg": "x"}, {"type": "message"}):
        (tmp_path / "x.jsonl").write_text(json.dumps(other))
        assert not READER.sniff(Source(tmp_path / "x.jsonl"))


def test_stands_damage(tmp_path: Path) -> None:
    sample = b"".join(json.dumps(record).encode() + b"\n" for record in RUN)
    check_reader(READER, sample, file_named("run.jsonl"), tmp_path)
