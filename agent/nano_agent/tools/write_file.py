"""Writing a whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.tools.schema import function
from nano_agent.tools.textfile import NotText, TextFile, replace


@dataclass(frozen=True, slots=True)
class WriteFileTool:
    """Makes a file or replaces all of it, in one step; folders are made, and mode, encoding and line ends are kept."""

    name: str
    description: str
    risky: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: path, content."""
        properties = {
            "path": {"type": "string", "description": "Relative to the repository's root."},
            "content": {"type": "string", "description": "All of the file's new text."},
        }
        return function(self.name, self.description, properties, list(properties))

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The file's name."""
        return str(arguments["path"])

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Write it, or say why not."""
        name, content = arguments["path"], arguments["content"]
        try:
            _write(resolve(context.root, name, context.record), content)
        except (PathRefused, NotText) as error:
            return ToolResult(f"error: {error}", failed=True, may_have_changed=False)
        except OSError as error:
            return ToolResult(f"error: {name}: {error.strerror or error}", failed=True, may_have_changed=False)
        return ToolResult(f"wrote {name} ({len(content)} characters)", edited=True)


def _write(path: Path, content: str) -> None:
    if path.is_dir():
        raise NotText("this is a folder")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, content.encode())
        return
    file = TextFile.read(path)
    if file.crlf and "\r\n" not in content:
        content = content.replace("\n", "\r\n")
    # Text that the old encoding cannot hold is a reason to change it here, where all of the file is new.
    try:
        file.write(content)
    except NotText:
        replace(path, content.encode())
