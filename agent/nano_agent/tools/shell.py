"""Running a command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nano_agent.sandbox import CommandResult
from nano_agent.tools.base import ToolContext, ToolResult


@dataclass(frozen=True, slots=True)
class ShellTool:
    """A command line in the sandbox, from the root of the work tree."""

    name: str
    description: str
    parameter: str = "cmd"
    parameter_description: str = "The command line."
    risky: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: one string."""
        parameter = {"type": "string", "description": self.parameter_description}
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": {
                    "type": "object",
                    "properties": {self.parameter: parameter},
                    "required": [self.parameter],
                },
            },
        }

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The command itself."""
        return str(arguments[self.parameter])

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Run the command and tell the truth about how it ended."""
        given_up = ""

        def stop() -> bool:
            nonlocal given_up
            given_up = context.stop()
            return bool(given_up)

        result = context.sandbox.run(
            arguments[self.parameter],
            timeout=context.timeout,
            on_output=context.on_output,
            stop=stop,
            spill=context.spill,
        )
        verdict = _verdict(result, context.timeout, given_up)
        return ToolResult(
            text=result.text,
            verdict=verdict,
            failed=result.exit_code != 0,
            exit_code=result.exit_code,
            n_bytes=result.n_bytes,
            whole=result.whole,
        )


def _verdict(result: CommandResult, timeout: float, given_up: str) -> str:
    """What the model must know beside the output; empty when a command just succeeded."""
    match result.ending:
        case "timeout":
            return f"[killed after {timeout:g} s, the limit for one command; above is what it printed until then]"
        case "stopped" | "deadline":
            return f"[killed after {result.seconds:.0f} s: {given_up}]"
        case "flood":
            return f"[killed: it had printed {result.n_bytes // 1_000_000} MB and went on]"
        case _:
            pass
    said = [f"[exit code {result.exit_code}]"] if result.exit_code else []
    if result.left_behind:
        said.append("[background processes of this command were ended with it]")
    return "\n".join(said)
