"""The parts of a sample."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.model_server import Call, Recorded, Status, Text, Tokens

Reply = Callable[[Recorded], Text | Status]
PACE = 0.03
"""Seconds between two pieces of a scripted reply."""


@dataclass(frozen=True)
class Repository:
    """A small project, committed once."""

    name: str
    files: Mapping[str, str]

    def make(self, folder: Path) -> None:
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        author = ["-c", "user.name=Sample", "-c", "user.email=sample@localhost"]
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*author, "commit", "-q", "-m", "Start"]):
            subprocess.run(["git", *command], cwd=folder, check=True)


@dataclass(frozen=True)
class Sample:
    """One run to record."""

    repository: Repository
    task: str
    replies: Sequence[Reply]
    ends: str
    limits: Mapping[str, float] = field(default_factory=dict)
    kill_at_step: int | None = None
    scaffold: str = "nano"


def say(text: str, *calls: Call, thinking: str = "", fast: bool = False) -> Reply:
    """A reply whose usage is counted from the request that it answers, four bytes a token."""

    def reply(request: Recorded) -> Text:
        prompt = len(json.dumps(request.body.get("messages", []))) // 4
        written = len(text) + len(thinking) + sum(len(call.raw) + len(call.name) for call in calls)
        cached = prompt - 300 if len(request.body.get("messages", [])) > 2 else 0
        usage = Tokens(prompt, written // 4 + 1, max(cached, 0), len(thinking) // 4 or None)
        return Text(text, calls, thinking, usage, piece=6, delay=0.0 if fast else PACE)

    return reply


def fail(code: int, message: str) -> Reply:
    """An error of the server instead of a reply."""
    return lambda request: Status(code, message, {"retry-after": "1"})


def shell(command: str) -> Call:
    return Call("shell", {"cmd": command})


def patch(file: str, search: str, replace: str) -> Call:
    return Call("apply_patch", {"search": search, "replace": replace, "file": file})
