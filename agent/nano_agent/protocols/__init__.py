"""How a reply becomes actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nano_agent.protocols.base import Action, ReplyProtocol, Turn
from nano_agent.protocols.tool_calls import ToolCalls, actions_of

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold

__all__ = ["Action", "ReplyProtocol", "ToolCalls", "Turn", "actions_of", "make_protocol"]


def make_protocol(scaffold: Scaffold, schemas: Sequence[Mapping[str, Any]]) -> ReplyProtocol:
    """The scaffold's protocol for tools with these schemas."""
    settings = scaffold.protocol
    match settings.kind:
        case "tool_calls":
            return ToolCalls(settings.rejection if settings.required else "")
        case "fenced":
            from nano_agent.protocols.fenced import FencedBlock

            function = schemas[0]["function"]
            parameter = next(iter(function["parameters"]["properties"]))
            return FencedBlock(settings.language, function["name"], parameter, settings.rejection)
        case "tags":
            from nano_agent.protocols.tags import Tags

            return Tags(settings.rejection, schemas)
