"""Files of mini-swe-agent 2, for tests of its reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nano_agent.formats import read
from nano_agent.trajectory import Trajectory

PROMPTS = [
    {"role": "system", "content": "You work in a shell."},
    {"role": "user", "content": "Please solve: Mend the sum.\n\nRules follow."},
]
NOT_RUN: dict[str, Any] = {"returncode": -1, "raw_output": "", "exception_info": "action was not executed"}


def write(folder: Path, document: Any, name: str = "run.traj.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document, indent=2))
    return path


def document(messages: list[Any], **info: Any) -> dict[str, Any]:
    config = {
        "agent": {"instance_template": "Please solve: {{task}}\n\nRules {{follow}}."} | info.pop("agent", {}),
        "model": {"model_name": "openai/tiny"} | info.pop("model", {}),
        "model_type": info.pop("model_type", "x.LitellmModel"),
    }
    about = {"model_stats": {"instance_cost": 0.5, "api_calls": 2}, "config": config, "exit_status": "Submitted"}
    return {"info": about | info, "messages": messages, "trajectory_format": "mini-swe-agent-1.1"}


def turn(number: int, command: str = "ls", *, cost: float = 0.1, at: float = 0.0) -> dict[str, Any]:
    id_ = f"c{number}"
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    return {
        "role": "assistant",
        "content": f"Turn {number}.",
        "tool_calls": [
            {"id": id_, "type": "function", "function": {"name": "bash", "arguments": json.dumps({"command": command})}}
        ],
        "extra": {
            "actions": [{"command": command, "tool_call_id": id_}],
            "response": {"choices": [], "usage": usage},
            "cost": cost,
            "timestamp": 1000.0 + at,
        },
    }


def observation(number: int, output: str = "ok\n", *, at: float = 0.0, **extra: Any) -> dict[str, Any]:
    shown = f"<returncode>{extra.get('returncode', 0)}</returncode>\n<output>\n{output}</output>"
    facts = {"raw_output": output, "returncode": 0, "timestamp": 1000.0 + at, "exception_info": ""} | extra
    return {"role": "tool", "tool_call_id": f"c{number}", "content": shown, "extra": facts}


def leave(status: str = "Submitted", submission: str = "diff", **extra: Any) -> dict[str, Any]:
    return {
        "role": "exit",
        "content": submission or status,
        "extra": {"exit_status": status, "submission": submission} | extra,
    }


def open_(folder: Path, *messages: dict[str, Any], **info: Any) -> Trajectory:
    (trajectory,) = read(write(folder, document([*PROMPTS, *messages], **info)))
    assert trajectory.format == "mini_swe_agent"
    return trajectory
