"""What a request is made of, as parts that fold: tools, what was sent before, what is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nano_agent.trajectory import Message, Trajectory
from nano_widgets.json_tree.nodes import Branch, Key
from nano_widgets.request.counts import Counts
from nano_widgets.request.sent import was_sent
from nano_widgets.units import count, tokens

_AT_ONCE = 500
"""Messages from which on they are shown in stretches of that many."""


class ToolsPart(Branch):
    """The schemas of the tools."""

    def __init__(self, tools: Sequence[Mapping[str, Any]], counted: Sequence[int]) -> None:
        self._tools, self._counted = tools, counted
        self.words = count(len(tools), "tool")
        self.right = f"~{tokens(sum(counted))}"

    def below(self) -> Iterator[tuple[Key, Any]]:
        """The tools."""
        for number, (tool, counted) in enumerate(zip(self._tools, self._counted, strict=True)):
            yield number, ToolPart(tool, counted)


class ToolPart(Branch):
    """The schema of one tool."""

    def __init__(self, tool: Mapping[str, Any], counted: int) -> None:
        self._tool = tool
        inner = tool.get("function")
        about = inner if isinstance(inner, Mapping) else tool
        self.words = f"{about.get('name') or 'unnamed'}  {about.get('description') or ''}"
        self.right = f"~{tokens(counted)}"

    def below(self) -> Iterator[tuple[Key, Any]]:
        """The schema's members."""
        yield from ((str(key), value) for key, value in self._tool.items())


@dataclass(frozen=True, slots=True)
class Counted:
    """A run and the tokens of its messages."""

    run: Trajectory
    counts: Counts


class MessagesPart(Branch):
    """Messages that follow each other."""

    def __init__(self, counted: Counted, first: int, end: int, words: str) -> None:
        self._counted, self._first, self._end = counted, first, end
        self.words = words
        self.right = f"~{tokens(counted.counts.between(first, end))}"

    def below(self) -> Iterator[tuple[Key, Any]]:
        """The messages, or stretches of them."""
        if self._end - self._first > 2 * _AT_ONCE:
            for first in range(self._first, self._end, _AT_ONCE):
                end = min(first + _AT_ONCE, self._end)
                yield None, MessagesPart(self._counted, first, end, f"messages {first} to {end - 1}")
            return
        for number in range(self._first, self._end):
            message = self._counted.run.messages[number]
            if was_sent(message):
                yield number, MessagePart(message, self._counted.counts.of(number))


class MessagePart(Branch):
    """One message."""

    def __init__(self, message: Message, counted: int) -> None:
        self._message = message
        calls = "".join(f"  → {call.name} {call.raw_arguments[:200]}" for call in message.tool_calls[:3])
        self.words = f"{message.role}  {message.text[:500]}{calls}"
        self.right = f"~{tokens(counted)}"

    def below(self) -> Iterator[tuple[Key, Any]]:
        """What is in it."""
        message = self._message
        yield "content", message.text
        if message.reasoning:
            yield "reasoning", message.reasoning
        for number, call in enumerate(message.tool_calls):
            arguments = call.raw_arguments if call.arguments is None else call.arguments
            yield f"tool_calls[{number}]", {"id": call.id, "name": call.name, "arguments": arguments}
        if message.call_id is not None:
            yield "tool_call_id", message.call_id
