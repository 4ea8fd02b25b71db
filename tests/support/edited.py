"""Runs made by hand for tests of what is rebuilt from their edits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nano_agent.changes import Changes
from nano_agent.changes.rebuilt import RebuiltChanges
from nano_agent.trajectory import Message, ToolCall, Trajectory
from support.histories import call

Acted = tuple[ToolCall, str | Message]
"""A call and what it is answered with."""


def edited(*steps: Acted | Sequence[Acted], **fields: Any) -> Trajectory:
    """A run with a call (or several) in each step."""
    messages = [Message("user", "Do it.")]
    for step in steps:
        acted = [step] if isinstance(step[0], ToolCall) else step
        messages.append(Message("assistant", tool_calls=tuple(one[0] for one in acted)))  # type: ignore[misc, index]
        for _, said in acted:  # type: ignore[misc]
            messages.append(said if isinstance(said, Message) else Message("tool", said))
    return Trajectory("test", Path("run"), messages, **fields)


def did(name: str, said: str = "ok", **arguments: Any) -> Acted:
    """A call of a tool and its answer."""
    return call(name, arguments), said


def ran(command: str, output: str = "", exit_code: int = 0) -> Acted:
    """A shell command, what it printed, and how it ended."""
    return call("bash", {"command": command}), Message("tool", output, exit_code=exit_code, output=output)


def rebuilt(*steps: Acted | Sequence[Acted], **fields: Any) -> Changes:
    """The changes of such a run."""
    return RebuiltChanges(edited(*steps, **fields))


def body(diff: str) -> list[str]:
    """A diff without what is above its hunks."""
    heads = ("diff --git ", "--- ", "+++ ", "index ", "new file", "deleted file", "rename ", "similarity ")
    return [line for line in diff.splitlines() if not line.startswith(heads)]
