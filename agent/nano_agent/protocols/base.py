"""What a protocol is: how a reply becomes actions, and how what came of them is told to the model."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the model asked for, not checked yet."""

    call_id: str
    name: str
    arguments: object
    """As the model wrote them: a JSON string, or an object from servers that parse."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply, understood: it asks for actions, or it rests, or its form is wrong."""

    actions: Sequence[Action] = ()
    text: str = ""
    """What it says to the person, where it asks for nothing."""
    rejected: str = ""
    """What is wrong with its form, said to the model; such a turn costs what it costs and stays in the history."""


class ReplyProtocol(Protocol):
    """Understands replies. Stateless."""

    @property
    def native(self) -> bool:
        """Whether actions are tool calls of the API: schemas are sent, and answers are `tool` messages."""

    def read(self, reply: Mapping[str, Any]) -> Turn:
        """Understand an assistant message; odd shapes become rejections or actions that fail their check, no errors."""

    def answer(self, call_id: str, text: str) -> dict[str, Any]:
        """The message that tells the model what came of an action."""

    def describe(self, schemas: Sequence[Mapping[str, Any]], examples: Mapping[str, str]) -> str:
        """The tools as the prompt has to explain them (`{tools}`); `examples` by the tool's name."""

    def grammar(self, max_tokens: int) -> str:
        """The form of a valid reply in GBNF, for models that can be held to one; empty where the API has its own."""


def text_of(reply: Mapping[str, Any]) -> str:
    """The text of a reply; empty when it has none."""
    content = reply.get("content")
    return content if isinstance(content, str) else ""


class TextProtocol:
    """What protocols have in common that find actions in the reply's text and answer as the user."""

    native = False

    def answer(self, call_id: str, text: str) -> dict[str, Any]:
        """See `ReplyProtocol.answer`."""
        return {"role": "user", "content": text}

    def action(self, name: str, arguments: object) -> Action:
        """An action under an id of our own."""
        return Action(f"action_{secrets.token_hex(4)}", name, arguments)
