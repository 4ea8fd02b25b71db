"""Runs as processes of their own that a test steers, and follows to their end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nano_agent.control import send
from nano_agent.launch import RunSpec, launch
from nano_agent.record import Ask, Follower
from nano_agent.record.process import birth
from support.engine import Bench, check_history, events, lines, metadata
from support.eventually import eventually


class Steered:
    """A launched run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.follower = Follower(folder)

    @property
    def pid(self) -> int:
        return int(metadata(self.folder)["process"]["pid"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        return lines(self.folder / "messages.jsonl")

    @property
    def answers(self) -> list[str]:
        return [message["content"] for message in self.messages if message["role"] == "tool"]

    def send(self, do: str, **fields: Any) -> str:
        return send(self.folder, do, **fields)

    def until(self, doing: str) -> None:
        """Wait until the run does this."""
        eventually(lambda: self.follower.poll().state.doing == doing, f"it never was {doing}")

    def asked(self) -> Ask:
        """Wait until a call waits for approval."""
        return eventually(lambda: self.follower.poll().state.ask, "it never asked")

    def streams(self, text: str) -> None:
        """Wait until the reply that streams, or the output of the command that runs, holds this."""
        eventually(lambda: (tail := self.follower.poll().tail) and text in tail.text + tail.output, f"never: {text}")

    def became(self, command: str) -> dict[str, Any]:
        """Wait until it is recorded what became of a command."""
        return eventually(
            lambda: next((e for e in self.commands if e["id"] == command and e["outcome"] != "waits"), None),
            "nothing became of it",
        )

    @property
    def commands(self) -> list[dict[str, Any]]:
        return events(self.folder, "command")

    def ends(self) -> str:
        """Wait for the end; whatever happened, every call is answered exactly once."""
        eventually(lambda: metadata(self.folder)["ended_at"], "the run never ended")
        check_history(self.messages)
        return str(metadata(self.folder)["exit_status"])


@contextmanager
def steered(bench: Bench, model: str, **more: Any) -> Iterator[Steered]:
    """A run in a process of its own; what still goes on at the end is killed."""
    limits = {"token_limit": 10_000_000, "tool_limit": 1000, **more.pop("limits", {})}
    more = {"sandbox": "local", "runs_dir": str(bench.place / "runs"), **more}
    run = Steered(launch(RunSpec("Do it", str(bench.repo.root), model, limits=limits, **more)))
    try:
        yield run
    finally:
        if birth(run.pid) is not None:
            os.kill(run.pid, signal.SIGKILL)
