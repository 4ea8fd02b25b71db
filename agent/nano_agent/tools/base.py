"""What a tool is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nano_agent.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may use while it runs one call."""

    root: Path
    """The work tree, with symlinks resolved."""
    record: Path
    """The run's own folder, which no tool may change."""
    sandbox: Sandbox
    timeout: float
    """Seconds one command may take."""
    stop: Callable[[], str]
    """Why the call is to be given up now, for the model: the run is to end, its time is over, a person interrupted; or
    nothing. Asked ten times a second by whatever takes long."""
    on_output: Callable[[str], None]
    """Takes output while the command runs."""
    spill: Path
    """The file for output that does not fit in memory."""
    call_id: str = ""
    delegate: Callable[[str, int, ToolContext], ToolResult] | None = None
    """Runs a child on a task, for so many steps, in the context of the call; `None` for a child."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to, before it is cut to what the model is shown."""

    text: str
    verdict: str = ""
    """What the model must be told however long the text is: how the command ended."""
    failed: bool = False
    exit_code: int | None = None
    n_bytes: int | None = None
    """Bytes of output, for commands."""
    whole: Path | None = None
    """The file with all of the output, when `text` does not have it."""
    may_have_changed: bool = True
    """Whether the work tree may be different now."""
    not_run: bool = False
    """The call was not made at all: a person, or a rule of theirs, was against it."""
    preface: str = ""
    """What the model must be told before the text: what ran is not what it wrote."""
    decision: str = ""
    """What a person, or a rule of theirs, had to do with it, in a few words."""
    edited: bool = False
    """Whether the tool's own business was to change a file."""
    child: str = ""
    """The run that the call was handed to."""

    @property
    def is_command(self) -> bool:
        """Whether a command line was run."""
        return self.n_bytes is not None


class Tool(Protocol):
    """One tool. Stateless but for its own settings."""

    @property
    def name(self) -> str:
        """The name the model calls it by."""

    @property
    def schema(self) -> dict[str, Any]:
        """The OpenAI-style function schema."""

    @property
    def risky(self) -> bool:
        """Whether a call can do harm, so that a person may want to see it first: commands and writes, not reads."""

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """A line that says what a call with these arguments does, for people."""

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Run one call; the arguments fit the schema. Failures are results, not exceptions."""
