"""A call on its way to being run, and a person's change to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from nano_agent.tools import Tool, check_arguments


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose arguments fit the tool's schema."""

    id: str
    tool: Tool
    arguments: Mapping[str, Any]

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return self.tool.describe(self.arguments)

    @property
    def key(self) -> tuple[str, bytes]:
        """Equal for calls that do exactly the same."""
        return self.tool.name, orjson.dumps(self.arguments, option=orjson.OPT_SORT_KEYS, default=str)

    @property
    def edits(self) -> Literal["command", "arguments"]:
        """Whether a person edits its one text, the command, or all its arguments as JSON."""
        return "arguments" if self._parameter is None else "command"

    @property
    def editable(self) -> str:
        """What a person may edit."""
        if self._parameter is not None:
            return str(self.arguments.get(self._parameter, ""))
        return orjson.dumps(self.arguments, option=orjson.OPT_INDENT_2, default=str).decode()

    def edited(self, text: str) -> Call:
        """The call after a person has edited that text; raises `ArgumentError` when it makes no sense."""
        if self._parameter is not None:
            return replace(self, arguments={**self.arguments, self._parameter: text})
        return replace(self, arguments=check_arguments(self.tool.schema, text))

    @property
    def _parameter(self) -> str | None:
        """The tool's one required parameter, if there is just one and it is a text."""
        parameters = self.tool.schema["function"]["parameters"]
        required = parameters.get("required", [])
        if len(required) != 1 or parameters["properties"][required[0]].get("type") != "string":
            return None
        return str(required[0])
