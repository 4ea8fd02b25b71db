"""What may stand in an inbox, one command a line.

    {"id": "1f2e3d4c", "do": "say", "text": "Look at the tests first."}
    {"id": "...", "do": "approve", "ask": "3.1", "scope": "once", "edit": "ls -la"}
    {"id": "...", "do": "deny", "ask": "3.1", "reason": "It would delete the fixtures."}
    {"id": "...", "do": "interrupt", "text": "That takes too long."}
    {"id": "...", "do": "limits", "set": {"tool_limit": 50, "time_limit": null}}
    {"id": "...", "do": "mode", "mode": "auto"}
    {"id": "...", "do": "stop"}

Whoever writes one gives it an id, under which the run records in `events.jsonl` what became of it. An approval
without `ask` is of whichever call waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Do = Literal["say", "approve", "deny", "interrupt", "limits", "mode", "stop"]
Scope = Literal["once", "command", "tool"]
Mode = Literal["auto", "ask", "never", "human"]

LIMITS = ("tool_limit", "token_limit", "response_limit", "time_limit", "step_limit", "cost_limit")
MODES: tuple[Mode, ...] = get_args(Mode)
_LONGEST_ID = 64


class NotUnderstood(ValueError):
    """A line of an inbox makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that somebody asks of a run."""

    do: Do
    id: str = ""
    text: str = ""
    """say: what; interrupt: what is said along with it, may be empty; deny: the reason."""
    ask: str = ""
    """approve, deny: the question that is answered; empty for whichever is open."""
    scope: Scope = "once"
    """approve: this once, always for this very command, or always for this tool, as long as the run lasts."""
    edit: str | None = None
    """approve: what to run in the place of what the model wrote."""
    limits: Mapping[str, float | None] = field(default_factory=dict)
    """limits: those that change; `None` is no limit."""
    mode: Mode = "auto"


def understood(record: object) -> Command:
    """The command in a parsed line; raises `NotUnderstood`."""
    if not isinstance(record, dict):
        raise NotUnderstood("it is no JSON object")
    do: Any = record.get("do")
    if do not in get_args(Do):
        raise NotUnderstood(f"there is no command {do!r}")
    command = Command(do, _text(record, "id")[:_LONGEST_ID])
    match do:
        case "say":
            return _with(command, text=_needed(record, "text"))
        case "interrupt":
            return _with(command, text=_text(record, "text").strip())
        case "deny":
            return _with(command, ask=_text(record, "ask"), text=_text(record, "reason").strip())
        case "approve":
            scope = _one_of(record, "scope", get_args(Scope), "once")
            edit = _text(record, "edit") if record.get("edit") is not None else None
            return _with(command, ask=_text(record, "ask"), scope=scope, edit=edit)
        case "limits":
            return _with(command, limits=_limits(record.get("set")))
        case "mode":
            return _with(command, mode=_one_of(record, "mode", MODES, None))
        case _:
            return command


def _with(command: Command, **fields: Any) -> Command:
    return Command(command.do, command.id, **fields)


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key, "")
    if not isinstance(value, str):
        raise NotUnderstood(f"{key!r} is no text")
    return value


def _needed(record: Mapping[str, Any], key: str) -> str:
    if not (text := _text(record, key)).strip():
        raise NotUnderstood(f"{key!r} is empty")
    return text


def _one_of(record: Mapping[str, Any], key: str, values: tuple[str, ...], default: str | None) -> str:
    value = record.get(key, default)
    if value not in values:
        raise NotUnderstood(f"{key!r} must be one of {', '.join(values)}")
    return str(value)


def _limits(given: object) -> dict[str, float | None]:
    if not isinstance(given, dict) or not given:
        raise NotUnderstood("'set' names no limit")
    for name, value in given.items():
        if name not in LIMITS:
            raise NotUnderstood(f"there is no limit {name!r}; there are: {', '.join(LIMITS)}")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise NotUnderstood(f"{name}: {value!r} is no number")
    return given
