"""Searching file contents."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nano_agent.record.files import RUNS_FOLDER
from nano_agent.tools.base import ToolContext, ToolResult
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.tools.schema import function
from nano_agent.tools.shell import run_shell

_MOST = 200


@dataclass(frozen=True, slots=True)
class SearchTool:
    """Lines that match a regular expression, by ripgrep or, where that is missing, grep, in the run's sandbox.

    The pattern is data, whatever it begins with: it stands behind `-e`, and the path behind `--`.
    """

    name: str
    description: str
    risky: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The function schema: pattern, path."""
        properties = {
            "pattern": {"type": "string", "description": "A regular expression."},
            "path": {"type": "string", "description": "A file or folder to search in.", "default": "."},
        }
        return function(self.name, self.description, properties, ["pattern"])

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """The pattern and where."""
        return f"{arguments['pattern']} in {arguments.get('path', '.')}"

    def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """The lines that match; that there are none is an answer too, and no failure."""
        pattern = arguments["pattern"]
        if not pattern.strip():
            return ToolResult("error: the pattern is empty", failed=True, may_have_changed=False)
        try:
            path = resolve(context.root, arguments.get("path", "."), context.record, reading=True)
        except PathRefused as error:
            return ToolResult(f"error: {error}", failed=True, may_have_changed=False)
        result = run_shell(_command(pattern, str(path.relative_to(context.root))), context, context.timeout)
        none = result.exit_code == 1 and not result.text
        text = "(no matches)" if none else result.text
        # A pattern has no exit code: how the search ended is either its lines, or an error that they name.
        failed = result.failed and result.exit_code != 1
        return replace(
            result,
            text=text,
            verdict=result.verdict if failed else "",
            failed=failed,
            exit_code=None,
            n_bytes=None,
            may_have_changed=False,
        )


def _command(pattern: str, path: str) -> str:
    words = f"-e {shlex.quote(pattern)} -- {shlex.quote(path)}"
    runs = shlex.quote(RUNS_FOLDER)
    rg = f"rg --no-config -n --no-heading --color=never --smart-case --glob '!'{runs} --max-count {_MOST} {words}"
    grep = f"grep -rnIE --exclude-dir=.git --exclude-dir={runs} --max-count={_MOST} {words}"
    return f'if [ -n "$(command -v rg)" ]; then {rg}; else {grep}; fi'
