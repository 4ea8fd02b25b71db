"""What of the history is sent with a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from nano_agent.protocols import ReplyProtocol

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold


class View(Protocol):
    """Makes the messages of a request from the history."""

    def sent(self, messages: list[dict[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The messages to send; the very list that was given when they are simply the history."""


class Verbatim:
    """The history as it is."""

    def sent(self, messages: list[dict[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """See `View.sent`."""
        return messages


def make_view(scaffold: Scaffold, protocol: ReplyProtocol) -> View:
    """The scaffold's view of the history."""
    if scaffold.sent.kind == "working":
        from nano_agent.working_prompt import WorkingPrompt

        return WorkingPrompt(scaffold.sent, protocol)
    return Verbatim()
