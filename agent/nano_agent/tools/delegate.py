"""Handing a question to a child: a run of its own that may only look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.schema import function


@dataclass(frozen=True, slots=True)
class DelegateTool:
    """A child run, one level deep, of at most `most_steps` steps."""

    name: str
    description: str
    risky: bool = False
    steps: int = 3
    most_steps: int = 6

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: task, max_steps."""
        properties: dict[str, dict[str, Any]] = {
            "task": {"type": "string", "description": "What to find out, with all that the child must know."},
            "max_steps": {"type": "integer", "description": f"1 to {self.most_steps}.", "default": self.steps},
        }
        return function(self.name, self.description, properties, ["task"])

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The task."""
        return str(arguments["task"])

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """The child's answer, or why there is none."""
        task, steps = arguments["task"].strip(), arguments.get("max_steps", self.steps)
        if not task:
            return ToolResult("error: the task is empty", failed=True, may_have_changed=False)
        if context.delegate is None:
            return ToolResult("error: a child cannot delegate", failed=True, may_have_changed=False)
        return context.delegate(task, min(max(steps, 1), self.most_steps), context)
