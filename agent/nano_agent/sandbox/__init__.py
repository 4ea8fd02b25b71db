"""Where commands run."""

from __future__ import annotations

from nano_agent.sandbox.base import CommandResult, RunPlace, Sandbox, SandboxError, SandboxOptions
from nano_agent.sandbox.local import LocalSandbox, RestrictedBash
from nano_agent.sandbox.registry import AUTO, Chosen, choose_sandbox, make_sandbox, sandbox_names

__all__ = [
    "AUTO",
    "Chosen",
    "CommandResult",
    "LocalSandbox",
    "RestrictedBash",
    "RunPlace",
    "Sandbox",
    "SandboxError",
    "SandboxOptions",
    "choose_sandbox",
    "make_sandbox",
    "sandbox_names",
]
