"""Which shell has read the commands of a recorded run."""

from __future__ import annotations

from nano_agent.sandbox.base import Shell
from nano_agent.trajectory import Trajectory

_ALWAYS_BASH = frozenset(
    ("claude_code", "claude_stream_json", "codex", "codex_exec", "gemini_cli", "openhands", "pi", "swe_agent")
)
"""Formats of agents that hand every command to bash."""


def shell_of(run: Trajectory) -> Shell:
    """The shell that has read a run's commands, as far as its record or its agent tells; else `sh`.

    nano's own reads them in restricted bash. mini-swe-agent starts `sh` on its own machine, and bash in a container of
    any kind; its record says which environment it had. Of a format that any agent writes, a tool's name tells.
    """
    scaffold = run.metadata.get("scaffold")
    if run.format == "nano" or (isinstance(scaffold, dict) and scaffold.get("sandbox") == "rbash"):
        return "rbash"
    if run.format == "nano-run":
        return "sh"
    if run.format == "mini_swe_agent":
        return "bash" if _in_a_container(run) else "sh"
    named = any("bash" in call.name.lower() for message in run.messages for call in message.tool_calls)
    return "bash" if named or run.format in _ALWAYS_BASH else "sh"


def _in_a_container(run: Trajectory) -> bool:
    """Whether mini-swe-agent's environment was another than its own machine; older records tell it by an image."""
    found: object = run.metadata
    for name in ("info", "config"):
        found = found.get(name) if isinstance(found, dict) else None
    config = found if isinstance(found, dict) else {}
    kind, environment = config.get("environment_type"), config.get("environment")
    if isinstance(kind, str) and kind:
        return not kind.lower().rsplit(".", 1)[-1].startswith("local")
    return isinstance(environment, dict) and bool(environment.get("image"))
