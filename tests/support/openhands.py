"""Files of OpenHands, in the shapes of its generations, for tests of their reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nano_agent.formats import Source
from nano_agent.formats.openhands import OpenHandsReader
from nano_agent.trajectory import Trajectory

READER = OpenHandsReader()


def load(path: Path) -> Trajectory:
    assert READER.sniff(Source(path))
    (trajectory,) = READER.read(Source(path))
    return trajectory


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, indent=1))
    return path


# --- events of 0.x -------------------------------------------------------------------------------------------------


def v0(id_: int, source: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "timestamp": f"2025-01-01T00:00:{id_:02d}", "source": source, "message": "", **more}


def asked(call: str, *calls: str) -> dict[str, Any]:
    """What an event keeps of the model's reply, which asked for all the calls at once."""
    functions = [
        {"id": each, "function": {"name": "execute_bash", "arguments": f'{{"command": "run {each}"}}'}}
        for each in calls or (call,)
    ]
    message = {"role": "assistant", "content": "Hm.", "reasoning_content": "Think.", "tool_calls": functions}
    usage = {"prompt_tokens": 100, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 40}}
    reply = {"id": f"of {(calls or (call,))[0]}", "model": "opus", "choices": [{"message": message}], "usage": usage}
    return {"function_name": "execute_bash", "tool_call_id": call, "model_response": reply}


LIST = [
    v0(0, "user", action="message", args={"content": "Rename it."}),
    v0(1, "environment", observation="agent_state_changed", content="", extras={"agent_state": "running"}),
    v0(
        2,
        "agent",
        action="run",
        args={"command": "run a", "thought": "Hm."},
        tool_call_metadata=asked("a", "a", "b"),
    ),
    v0(
        3,
        "agent",
        observation="run",
        content="no",
        cause=2,
        extras={"metadata": {"exit_code": 3}},
        success=False,
        tool_call_metadata=asked("a", "a", "b"),
    ),
    v0(4, "agent", action="read", args={"path": "b", "thought": "Hm."}, tool_call_metadata=asked("b", "a", "b")),
    v0(5, "agent", observation="read", content="yes", cause=4, tool_call_metadata=asked("b", "a", "b")),
    v0(6, "agent", action="finish", args={"outputs": {}, "thought": "", "final_thought": "Done."}),
]


def row(name: str, history: Any, **more: Any) -> dict[str, Any]:
    return {
        "instance_id": name,
        "instruction": "Fix it.",
        "instance": {"repo": "a/b", "patch": "gold"},
        "metadata": {"llm_config": {"model": "opus"}},
        "history": history,
        "metrics": {"accumulated_cost": 0.25, "accumulated_token_usage": {"prompt_tokens": 7, "completion_tokens": 2}},
        "test_result": {"git_patch": "diff --git", "report": {"resolved": True}},
        "error": None,
        **more,
    }


NOTHING = {"message": "No observation", "observation": "null", "content": "", "extras": {}}
PAIRS = [
    [v0(0, "user", action="message", args={"content": "Fix it."}), NOTHING],
    [
        v0(1, "agent", action="run_ipython", args={"code": "1", "thought": "Try."}),
        v0(2, "agent", observation="run_ipython", content="1", cause=1),
    ],
    [v0(3, "agent", action="message", args={"content": "Well?"}), NOTHING],
]
FLAT = [
    {"action": "message", "content": "Fix it.", "wait_for_response": False},
    {"action": "run", "command": "ls", "thought": "Look.", "is_confirmed": "confirmed"},
    {"observation": "run", "content": "a", "command": "ls", "command_id": -1, "exit_code": 0},
    {"action": "finish", "outputs": {}, "thought": "Done."},
]


def rows(path: Path, *found: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in found))
    return path
