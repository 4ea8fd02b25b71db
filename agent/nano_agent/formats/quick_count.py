"""Counting a history for a listing without building its messages.

A quick way gives exactly the summary that reading the whole would, or gives up: whatever looks unusual raises
`Unusual`, and the reader itself has a look.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.source import parse

LARGEST = 1 << 26
"""Bytes beyond which a run is left to its reader, which need not hold all of it at once."""
_AT_ONCE = 1 << 16


class Unusual(Exception):
    """Something that the reader itself must look at."""


class Count:
    """What the messages of a history add up to."""

    def __init__(self) -> None:
        self.messages = self.replies = self.calls = self.steps = 0
        self.tools: dict[str, None] = {}
        self.failed = False
        self.prompt: str | None = None
        """The first message of the user."""

    def reply(self, message: dict[str, Any]) -> None:
        """A reply of the model in OpenAI's shape."""
        self.messages += 1
        self.replies += 1
        self.steps += 1
        for call in message.get("tool_calls") or ():
            self.calls += 1
            name = call["function"]["name"]
            if type(name) is not str:
                raise Unusual
            self.tools[name] = None

    def observations(self, number: int = 1) -> None:
        """Answers to actions; those before any reply are a step of their own."""
        self.messages += number
        if number and not self.steps:
            self.steps = 1

    def words(self, message: dict[str, Any]) -> None:
        """A message of the system or of the user."""
        self.messages += 1
        role = message.get("role")
        if role == "user":
            if self.prompt is None:
                self.prompt = values.joined_text(message.get("content"))
        elif role != "system":
            raise Unusual


def steps_in(roles: Sequence[str]) -> int:
    """How many steps replies (`assistant`) and what answers them (`tool`) make; answers before any reply are one."""
    return sum(role == "assistant" for role in roles) + any(role == "tool" for role in roles[:1])


BROKEN = (Unusual, OSError, LookupError, TypeError, ValueError, AttributeError)
"""What a quick way may raise for what it does not expect."""


def read(path: str) -> bytes:
    """All of a file."""
    # In three calls of the system, where a file object takes six: most of these files are small.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        data = os.read(file, _AT_ONCE)
        if len(data) == _AT_ONCE:
            data += b"".join(iter(lambda: os.read(file, _AT_ONCE), b""))
        return data
    finally:
        os.close(file)


def object_in(data: bytes) -> dict[str, Any]:
    """The one JSON object that the bytes are."""
    document = parse(data)
    if not isinstance(document, dict):
        raise Unusual
    return document


def whole_lines(path: str) -> bytes:
    """The bytes of a file of JSON lines in which nothing is torn and nothing was lost by a crash of the machine."""
    data = read(path)
    if b"\0" in data or not data.endswith(b"\n"):
        raise Unusual
    return data
