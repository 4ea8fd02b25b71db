"""Running a command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nano_agent.sandbox import CommandResult
from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.schema import function


@dataclass(frozen=True, slots=True)
class ShellTool:
    """A command line in the sandbox, from the root of the work tree."""

    name: str
    description: str
    parameter: str = "cmd"
    parameter_description: str = "The command line."
    risky: bool = True
    longest: int = 0
    """Seconds up to which the model may choose a command's timeout; 0: it has no choice."""
    default: int = 20
    """Seconds, where the model has the choice and makes none."""

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: the command, and its timeout where that can be chosen."""
        properties: dict[str, Any] = {self.parameter: {"type": "string", "description": self.parameter_description}}
        if self.longest:
            properties["timeout"] = {
                "type": "integer",
                "description": f"Seconds after which the command is killed, 1 to {self.longest}.",
                "default": self.default,
            }
        return function(self.name, self.description, properties, [self.parameter])

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The command itself."""
        return str(arguments[self.parameter])

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Run the command and tell the truth about how it ended."""
        timeout = context.timeout
        if self.longest:
            timeout = arguments.get("timeout", self.default)
            if not 1 <= timeout <= self.longest:
                said = f"error: timeout must be from 1 to {self.longest} seconds, not {timeout}"
                return ToolResult(said, failed=True, may_have_changed=False)
        return run_shell(arguments[self.parameter], context, timeout)


def run_shell(command: str, context: ToolContext, timeout: float) -> ToolResult:
    """Run a command line in the run's sandbox; `timeout` in seconds."""
    given_up = ""

    def stop() -> bool:
        nonlocal given_up
        given_up = context.stop()
        return bool(given_up)

    result = context.sandbox.run(command, timeout=timeout, on_output=context.on_output, stop=stop, spill=context.spill)
    return ToolResult(
        text=result.text,
        verdict=_verdict(result, timeout, given_up),
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
