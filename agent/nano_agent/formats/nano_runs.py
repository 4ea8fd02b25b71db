"""Telling apart the runs that wrote into one folder because they began in the same second (up to 0.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.nano_messages import unwrapped


class _Run:
    """One run while its lines are being found."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.open_calls: set[str] = set()
        self.last_role = ""
        self.last_line = -1

    def take(self, record: Any, message: dict[str, Any], line: int) -> None:
        """Add a line, and remember what may follow it."""
        self.records.append(record)
        self.last_role, self.last_line = values.text(message.get("role")), line
        for call in values.items(message.get("tool_calls")):
            if id_ := values.text(values.record(call).get("id")):
                self.open_calls.add(id_)
        self.open_calls.discard(values.text(message.get("tool_call_id")))

    def may_take(self, message: dict[str, Any]) -> bool:
        """Whether this message can be the next one of this run."""
        role = message.get("role")
        if role == "tool":
            return values.text(message.get("tool_call_id")) in self.open_calls
        if role == "user":
            return self.last_role == "system" or (self.last_role == "assistant" and not self.open_calls)
        return self.last_role in ("user", "tool")


def split_runs(records: Sequence[Any]) -> list[list[Any]]:
    """The lines of each run, which begins with its system message.

    Answers are told by their call's id. A reply goes to the run that has waited longest for one; where two wait, that
    is a guess.
    """
    messages = [values.record(unwrapped(record)) for record in records]
    if sum(message.get("role") == "system" for message in messages) < 2:
        return [list(records)] if records else []
    runs: list[_Run] = []
    for line, (record, message) in enumerate(zip(records, messages, strict=True)):
        if message.get("role") == "system" or not runs:
            runs.append(_Run())
            runs[-1].take(record, message, line)
            continue
        able = [run for run in runs if run.may_take(message)] or runs[-1:]
        # A run that only has its system message gets its task before anything else.
        waiting = [run for run in able if run.last_role == "system"] or able
        min(waiting, key=lambda run: run.last_line).take(record, message, line)
    return [run.records for run in runs]
