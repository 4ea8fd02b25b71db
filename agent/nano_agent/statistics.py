"""nano-agent's statistics of tool use, under its keys, so that what reads `stats.json` goes on reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

COMMANDS = (
    *("rg", "grep", "find", "ls", "cat", "head", "tail", "sed", "awk", "echo", "cd", "pwd", "mkdir"),
    *("rm", "mv", "cp", "touch", "python", "pip", "npm", "git", "curl", "wget", "diff", "wc"),
)
_SEPARATORS = re.compile(r"\|\|?|&&|;|\n|&")


class Statistics:
    """Counts calls, successes, and which commands were run.

    nano-agent counts any of the first ten words that is the name of a command; here only a word in command position
    counts, so that `grep find file` is no `find`.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter({"shell": 0, "apply_patch": 0})
        self.successes: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()

    def count(self, tool: str, summary: str | None, *, failed: bool) -> None:
        """Take one call into account; `summary` is the command line of a shell call."""
        self.calls[tool] += 1
        self.successes[tool] += not failed
        if tool == "shell" and summary:
            self.commands.update(name for name in _names(summary) if name in COMMANDS)

    def take_up(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Count the calls that a run has made before it was interrupted, by its events."""
        commands: dict[object, str] = {}
        for event in events:
            if event.get("type") == "tool_start":
                commands[event.get("call_id")] = str(event.get("command") or "")
            elif event.get("type") == "tool_end" and event.get("name") and not event.get("not_run"):
                summary = commands.pop(event.get("call_id"), None)
                self.count(str(event["name"]), summary, failed=bool(event.get("failed")))

    def as_dict(self) -> dict[str, int | float]:
        """`tool_calls_<tool>`, `tool_success_rate_<tool>` and `shell_cmd_<name>`."""
        result: dict[str, int | float] = {f"tool_calls_{tool}": n for tool, n in self.calls.items()}
        for tool, n in self.calls.items():
            result[f"tool_success_rate_{tool}"] = self.successes[tool] / n if n else 0.0
        result.update({f"shell_cmd_{name}": self.commands[name] for name in COMMANDS})
        return result


def _names(command: str) -> list[str]:
    words = (part.split() for part in _SEPARATORS.split(command))
    return [re.sub(r"[\d.]+$", "", PurePosixPath(part[0]).name) for part in words if part]
