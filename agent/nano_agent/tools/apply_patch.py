"""Replacing one exact piece of text in one file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.tools.schema import function
from nano_agent.tools.textfile import Files, NotText, TextFile

_COMPARED_LINES = 3000
"""So many different lines at most are compared when looking for what the model may have meant."""

_SEARCH = (
    "The text to replace, exactly as it stands in the file, white space included. It must occur exactly "
    "once: add lines around it until it does."
)
_REPLACE = "The text to put in its place."
_FILE = "The file's path, relative to the root of the repository."


@dataclass(frozen=True, slots=True)
class ApplyPatchTool:
    """Search and replace: literal, exactly one match, one file."""

    name: str
    description: str
    risky: bool = True
    search: str = "search"
    """What the parameter is called; the same for the other two."""
    replace: str = "replace"
    file: str = "file"
    creates: bool = True
    """Whether an empty search makes a file."""

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: search, replace, file."""
        empty = " Empty only to create a file." if self.creates else ""
        texts = {self.search: _SEARCH + empty, self.replace: _REPLACE, self.file: _FILE}
        properties = {key: {"type": "string", "description": text} for key, text in texts.items()}
        return function(self.name, self.description, properties, list(properties))

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The file's name."""
        return str(arguments[self.file])

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Patch the file, or say why not."""
        try:
            if not self.creates and not arguments[self.search]:
                raise PatchError(f"{self.search} is empty")
            path = resolve(context.root, arguments[self.file], context.record)
            _patch(context.sandbox, path, arguments[self.search], arguments[self.replace])
        except (PathRefused, NotText, PatchError) as error:
            return ToolResult(f"[patch failed: {error}]", failed=True, may_have_changed=False)
        except OSError as error:
            return ToolResult(f"[patch failed: {error.strerror or error}]", failed=True, may_have_changed=False)
        return ToolResult(f"[patch applied to {arguments[self.file]}]", edited=True)


class PatchError(ValueError):
    """The patch does not apply; the message tells the model what to do about it."""


def _patch(files: Files, path: Path, search: str, substitute: str) -> None:
    if path.is_dir():
        raise PatchError("this is a folder")
    if not path.exists():
        if search:
            raise PatchError("no such file; to create it, leave search empty")
        files.write_file(path, substitute.encode())
        return
    if search == substitute:
        raise PatchError("search and replace are the same")
    file = TextFile.read(path, files)
    if not search:
        if file.text:
            raise PatchError("search is empty, but the file is not")
        file.write(substitute)
        return
    search, substitute = _with_line_ends_of(file, search, substitute)
    places = _places(file.text, search)
    if len(places) > 1:
        raise PatchError(f"search occurs {len(places)} times; add lines around it until it occurs once")
    if not places:
        raise PatchError(f"search does not occur in the file{_hint(file.text, search)}")
    file.write(file.text[: places[0]] + substitute + file.text[places[0] + len(search) :])


def _with_line_ends_of(file: TextFile, search: str, substitute: str) -> tuple[str, str]:
    """Search and replacement as the file would have them: a model writes plain line ends whatever it has seen."""
    if not file.crlf or "\r\n" in search or ("\n" in search and search in file.text):
        return search, substitute
    windows = re.compile(r"\r?\n")
    return windows.sub("\r\n", search), windows.sub("\r\n", substitute)


def _places(text: str, search: str) -> list[int]:
    """Where it occurs; places that overlap are two, since it could be either that is meant."""
    places = []
    start = text.find(search)
    while start >= 0:
        places.append(start)
        start = text.find(search, start + 1)
    return places


def _hint(text: str, search: str) -> str:
    """Where the file has something like the first line that is searched for."""
    wanted = next((line.strip() for line in search.splitlines() if line.strip()), "")
    numbers: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        numbers.setdefault(line.strip(), number)
    if not wanted:
        return ""
    if wanted in numbers:
        return f"; line {numbers[wanted]} has its first line, so look at the white space and at the lines that follow"
    lines = [line for line in numbers if line][:_COMPARED_LINES]
    close = difflib.get_close_matches(wanted[:500], lines, 1, 0.6)
    return f"; the nearest is line {numbers[close[0]]}: {close[0][:200]}" if close else ""
