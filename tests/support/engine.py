"""Running an agent with a recorded model on a fresh repository, and looking at what it left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nano_agent import Agent
from support.recordings import Entry, model
from support.repos import Repo, make_repo

UNLIMITED: Mapping[str, int] = {"token_limit": 10_000_000}


class Bench:
    """A folder with a repository, recordings and runs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._recordings = 0

    @property
    def repo(self) -> Repo:
        """The repository, made when it is first wanted."""
        root = self.place / "repository"
        return Repo(root) if root.exists() else make_repo(root)

    def model(self, replies: Sequence[Entry], speed: float | None = None) -> str:
        """A recording to run with."""
        self._recordings += 1
        return model(self.place / f"recording-{self._recordings}", replies, speed)

    def run(self, replies: Sequence[Entry], task: str = "Do it", speed: float | None = None, **settings: Any) -> Agent:
        """Run an agent to its end on the repository; its messages must be well-formed afterwards."""
        allow_dirty = settings.pop("allow_dirty", False)
        agent = Agent(self.model(replies, speed), **{**UNLIMITED, **settings})
        agent.run(task, self.repo.root, allow_dirty=allow_dirty)
        check_history(agent.messages)
        return agent


def check_history(messages: Sequence[Mapping[str, Any]]) -> None:
    """Every call is answered, in order, by exactly one tool message before anything else is said."""
    assert not (wrong := wrong_answers(messages)), wrong


def wrong_answers(messages: Sequence[Mapping[str, Any]], *, broke_off: bool = False) -> list[str]:
    """What is wrong with how calls are answered; in a run that broke off the last ones may be open."""
    found, waiting = list[str](), list[str]()
    for message in messages:
        if message["role"] == "tool":
            if not waiting or message["tool_call_id"] != waiting.pop(0):
                found.append(f"an answer to no call: {message}")
            elif not isinstance(message["content"], str):
                found.append(f"an answer that is no text: {message}")
        else:
            found += [f"not answered: {call}" for call in waiting]
            waiting = [call["id"] for call in message.get("tool_calls") or ()]
    return found + ([] if broke_off else [f"not answered at the end: {call}" for call in waiting])


def answers(agent: Agent) -> list[str]:
    """What the calls were answered with."""
    return [message["content"] for message in agent.messages if message["role"] == "tool"]


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines, each of which must be whole."""
    data = path.read_bytes()
    assert not data or data.endswith(b"\n"), f"{path} ends in the middle of a line"
    return [json.loads(line) for line in data.splitlines()]


def metadata(folder: Path) -> dict[str, Any]:
    """The run's metadata."""
    value = json.loads((folder / "metadata.json").read_bytes())
    assert isinstance(value, dict)
    return value


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The events of one type."""
    return [event for event in lines(folder / "events.jsonl") if event["type"] == kind]
