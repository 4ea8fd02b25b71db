"""Which shell has read the commands of a recorded run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nano_agent.their_shell import shell_of
from nano_agent.trajectory import Message, ToolCall, Trajectory

CALL = (Message("assistant", tool_calls=(ToolCall("c", "Bash", "{}", {}),)),)


def mini(**config: Any) -> dict[str, Any]:
    return {"info": {"config": config}}


@pytest.mark.parametrize(
    ("format_", "metadata", "messages", "shell"),
    [
        ("nano", {}, CALL, "rbash"),
        ("nano-run", {"scaffold": {"sandbox": "rbash"}}, (), "rbash"),
        ("nano-run", {"scaffold": {"sandbox": "local"}}, CALL, "sh"),
        ("codex", {}, (), "bash"),
        ("trl", {}, CALL, "bash"),
        ("trl", {}, (), "sh"),
        ("mini_swe_agent", mini(environment_type="minisweagent.environments.docker.DockerEnvironment"), CALL, "bash"),
        ("mini_swe_agent", mini(environment_type="minisweagent.environments.local.LocalEnvironment"), CALL, "sh"),
        ("mini_swe_agent", mini(environment_type="local"), CALL, "sh"),
        ("mini_swe_agent", mini(environment={"image": "python:3"}), CALL, "bash"),
        ("mini_swe_agent", mini(environment={}), CALL, "sh"),
        ("mini_swe_agent", {"info": 5}, CALL, "sh"),
    ],
)
def test_the_shell_is_told_by_the_record(format_: str, metadata: Any, messages: Any, shell: str) -> None:
    assert shell_of(Trajectory(path=Path("x"), format=format_, messages=messages, metadata=metadata)) == shell
