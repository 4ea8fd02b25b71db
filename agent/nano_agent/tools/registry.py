"""From the tools a scaffold names to the tools themselves."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from nano_agent.tools.apply_patch import ApplyPatchTool
from nano_agent.tools.base import Tool
from nano_agent.tools.delegate import DelegateTool
from nano_agent.tools.list_files import ListFilesTool
from nano_agent.tools.read_file import ReadFileTool
from nano_agent.tools.search import SearchTool
from nano_agent.tools.shell import ShellTool
from nano_agent.tools.write_file import WriteFileTool

KINDS: Mapping[str, Callable[..., Tool]] = {
    "shell": ShellTool,
    "apply_patch": ApplyPatchTool,
    "read_file": ReadFileTool,
    "write_file": WriteFileTool,
    "list_files": ListFilesTool,
    "search": SearchTool,
    "delegate": DelegateTool,
}


def make_tools(specs: Iterable[Mapping[str, Any]]) -> dict[str, Tool]:
    """The tools by name. A spec names its kind and the settings of that kind's class; `ValueError` if one is wrong."""
    tools: dict[str, Tool] = {}
    for spec in specs:
        settings = dict(spec)
        kind = str(settings.pop("kind", ""))
        if kind not in KINDS:
            raise ValueError(f"unknown kind of tool {kind!r}{_nearest(kind, KINDS)}; there are {', '.join(KINDS)}")
        settings.pop("example", None)
        settings.setdefault("name", kind)
        _check(kind, settings)
        tool = KINDS[kind](**settings)
        if tool.name in tools:
            raise ValueError(f"two tools are called {tool.name}; give one of them another name")
        tools[tool.name] = tool
    return tools


def examples_of(specs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """An example of a call in the scaffold's protocol, by the tool's name, for the tools that have one."""
    return {str(spec.get("name", spec["kind"])): str(spec["example"]).strip() for spec in specs if "example" in spec}


def _check(kind: str, settings: Mapping[str, Any]) -> None:
    known = {field.name: field for field in fields(KINDS[kind])}  # type: ignore[arg-type]
    for name in settings:
        if name not in known:
            there = ", ".join(["kind", "example", *known])
            raise ValueError(f"the tool {kind} has no setting {name!r}{_nearest(name, known)}; there are {there}")
    missing = [name for name, field in known.items() if field.default is MISSING and name not in settings]
    if missing:
        raise ValueError(f"the tool {settings['name']} needs {' and '.join(missing)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f", did you mean {near[0]}?" if near else ""
