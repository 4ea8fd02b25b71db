"""Listing one folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nano_agent.record.files import RUNS_FOLDER
from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.tools.schema import function

_MOST = 200
_HIDDEN = {".git", RUNS_FOLDER, ".mini-coding-agent", "__pycache__", ".venv", "node_modules"}


@dataclass(frozen=True, slots=True)
class ListFilesTool:
    """What lies in a folder: folders first, then files."""

    name: str
    description: str
    risky: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: path."""
        path = {"type": "string", "description": "The folder, relative to the repository's root.", "default": "."}
        return function(self.name, self.description, {"path": path}, [])

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The folder's name."""
        return str(arguments.get("path", "."))

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """The names, or why there are none."""
        name = arguments.get("path", ".")
        try:
            folder = resolve(context.root, name, context.record, reading=True)
            entries = [entry for entry in folder.iterdir() if entry.name not in _HIDDEN]
        except PathRefused as error:
            return ToolResult(f"error: {error}", failed=True, may_have_changed=False)
        except OSError as error:
            return ToolResult(f"error: {name}: {error.strerror or error}", failed=True, may_have_changed=False)
        entries.sort(key=lambda entry: (not entry.is_dir(), entry.name.casefold()))
        shown = [f"[{'D' if entry.is_dir() else 'F'}] {entry.relative_to(context.root)}" for entry in entries[:_MOST]]
        if len(entries) > _MOST:
            shown.append(f"[{len(entries) - _MOST} more]")
        return ToolResult("\n".join(shown) or "the folder is empty", may_have_changed=False)
