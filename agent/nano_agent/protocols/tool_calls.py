"""The reply's `tool_calls`, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nano_agent.protocols.base import Action, Turn, text_of


class ToolCalls:
    """Tool calls of the API. Where a call is `required`, a reply without one is rejected with those words."""

    native = True

    def __init__(self, required: str = "") -> None:
        self._required = required

    def read(self, reply: Mapping[str, Any]) -> Turn:
        """See `ReplyProtocol.read`."""
        actions = actions_of(reply)
        return Turn(actions, text_of(reply), rejected="" if actions else self._required)

    def answer(self, call_id: str, text: str) -> dict[str, Any]:
        """See `ReplyProtocol.answer`."""
        return {"role": "tool", "tool_call_id": call_id, "content": text}

    def describe(self, schemas: Sequence[Mapping[str, Any]], examples: Mapping[str, str]) -> str:
        """The names; the rest is in the schemas that are sent."""
        return ", ".join(schema["function"]["name"] for schema in schemas)

    def grammar(self, max_tokens: int) -> str:
        """See `ReplyProtocol.grammar`."""
        return ""


def actions_of(reply: Mapping[str, Any]) -> list[Action]:
    """The actions in an assistant message; odd shapes become actions that fail their check, never errors here."""
    calls = reply.get("tool_calls")
    return [_action(call) for call in calls] if isinstance(calls, list) else []


def _action(call: object) -> Action:
    entry = call if isinstance(call, dict) else {}
    function = entry.get("function")
    function = function if isinstance(function, dict) else {}
    return Action(str(entry.get("id") or ""), str(function.get("name") or ""), function.get("arguments"))
