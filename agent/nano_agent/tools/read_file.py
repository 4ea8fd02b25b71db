"""Reading a text file, whole or by lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any

from nano_agent.sandbox.files import read_file
from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.tools.schema import function

READ_LINES = 200
"""Lines that a read without an end shows."""
_LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadFileTool:
    """The text of one file inside the repository; with `lines`, numbered lines from `start` to `end`."""

    name: str
    description: str
    risky: bool = False
    lines: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: path, and the lines."""
        properties: dict[str, Any] = {"path": {"type": "string", "description": "Relative to the repository's root."}}
        if self.lines:
            properties["start"] = {"type": "integer", "description": "The first line, from 1.", "default": 1}
            properties["end"] = {
                "type": "integer",
                "description": f"The last line; {READ_LINES} lines when it is left out.",
                "default": READ_LINES,
            }
        return function(self.name, self.description, properties, ["path"])

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The file, and which lines."""
        start, end = arguments.get("start"), arguments.get("end")
        return str(arguments["path"]) + (f":{start or 1}-{end or ''}" if start or end else "")

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """The text, or why there is none."""
        try:
            text = _read(resolve(context.root, arguments["path"], context.record))
            return ToolResult(self._shown(text, arguments), may_have_changed=False)
        except (PathRefused, ValueError) as error:
            return ToolResult(f"error: {error}", failed=True, may_have_changed=False)
        except OSError as error:
            said = error.strerror or error
            return ToolResult(f"error: {arguments['path']}: {said}", failed=True, may_have_changed=False)

    def _shown(self, text: str, arguments: Mapping[str, Any]) -> str:
        if not self.lines:
            return text
        lines = text.splitlines()
        start = arguments.get("start", 1)
        end = arguments.get("end", start + READ_LINES - 1)
        if start < 1 or end < start:
            raise ValueError(f"start must be 1 or more and end not before it, not {start} and {end}")
        if start > max(len(lines), 1):
            raise ValueError(f"the file has {len(lines)} lines")
        numbered = [f"{number:>4}: {line}" for number, line in enumerate(lines[start - 1 : end], start)]
        more = [f"[{len(lines) - end} more lines]"] if end < len(lines) else []
        return "\n".join([f"# {arguments['path']}", *numbered, *more])


def _read(path: Path) -> str:
    stat = path.stat()
    if not S_ISREG(stat.st_mode):
        raise ValueError("not a regular file; a folder is listed with another tool")
    if stat.st_size > _LARGEST:
        raise ValueError(f"the file has {stat.st_size // 1_000_000} MB; look at parts of it with a command")
    data = read_file(path, _LARGEST)
    if b"\0" in data:
        raise ValueError("this is a binary file")
    return data.decode("utf-8", "replace")
