"""A history of any format as one that a scaffold of ours can go on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nano_agent.changes.calls import command_text
from nano_agent.trajectory import Message, ToolCall, Trajectory

NO_RESULT = "[no result was recorded]"
_COMMANDS = ("command", "cmd", "commands", "keystrokes", "code")


@dataclass
class Converted:
    """Messages as our scaffolds send them, without a system prompt."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    """An event for each reply and each answer; `message` is its place in `messages`."""
    replies: int = 0
    left_out: int = 0
    """Messages that are none of the model's history."""


class Converter:
    """Goes through a trajectory once."""

    def __init__(self, shell: tuple[str, str] | None) -> None:
        """`shell` is the name and the parameter of a shell tool, as whose calls actions in texts are written.

        `None` leaves them in the texts, for scaffolds that find them there.
        """
        self._shell = shell
        self._open: list[str] = []
        self.result = Converted()

    def convert(self, run: Trajectory, step: int) -> Converted:
        """The history up to a step."""
        steps = run.steps
        end = steps[step].reply if step < len(steps) else len(run.messages)
        for message in run.messages[:end]:
            self._take(message)
        self._close()
        return self.result

    def _take(self, message: Message) -> None:
        if message.role == "system" or message.note == "demonstration":
            return
        if message.is_observation:
            if message.tool_calls:  # formats that keep no reply: the answer brings its call along
                self._close()
                self._reply(message, "")
            self._answer(message)
        elif message.role == "assistant":
            self._close()
            self._reply(message, message.text)
        elif message.role == "user":
            self._close()
            self._add({"role": "user", "content": message.text})
        else:
            self.result.left_out += 1

    def _reply(self, message: Message, text: str) -> None:
        self.result.replies += 1
        reply: dict[str, Any] = {"role": "assistant", "content": text or None}
        if message.reasoning:
            reply["reasoning_content"] = message.reasoning
        calls = [self._call(call, number) for number, call in enumerate(message.tool_calls) if self._is_call(call)]
        if calls:
            reply["tool_calls"] = calls
            self._open = [call["id"] for call in calls]
        self._fact("reply")
        self._add(reply)

    def _is_call(self, call: ToolCall) -> bool:
        return not call.from_text or self._shell is not None

    def _call(self, call: ToolCall, number: int) -> dict[str, Any]:
        name, arguments = call.name, call.raw_arguments
        if call.from_text and self._shell is not None:
            from nano_agent.record.writer import dump

            name, arguments = self._shell[0], dump({self._shell[1]: _command(call)}).decode().strip()
        identity = call.id or f"call_{self.result.replies}_{number}"
        return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments or "{}"}}

    def _answer(self, message: Message) -> None:
        if not self._open:
            self._add({"role": "user", "content": message.text})
            return
        identity = message.call_id if message.call_id in self._open else self._open[0]
        # Answers stand in the order of their calls; what was left out before this one was never answered.
        while self._open and self._open[0] != identity:
            self._tool(self._open.pop(0), NO_RESULT)
        self._open.pop(0)
        facts = {"call_id": identity, "exit_code": message.exit_code, "failed": bool(message.failed)}
        self._fact("tool_end", name=message.name, seconds=message.seconds, **facts)
        self._tool(identity, message.text)

    def _close(self) -> None:
        while self._open:
            self._tool(self._open.pop(0), NO_RESULT)

    def _tool(self, identity: str, text: str) -> None:
        self._add({"role": "tool", "tool_call_id": identity, "content": text})

    def _fact(self, kind: str, **facts: Any) -> None:
        index = len(self.result.messages)
        self.result.facts.append({"type": kind, "step": self.result.replies, "message": index, **facts})

    def _add(self, message: dict[str, Any]) -> None:
        self.result.messages.append(message)


def _command(call: ToolCall) -> str:
    arguments = call.arguments
    if isinstance(arguments, Mapping):
        return next((text for key in _COMMANDS if (text := command_text(arguments.get(key)))), call.raw_arguments)
    return arguments if isinstance(arguments, str) else call.raw_arguments
