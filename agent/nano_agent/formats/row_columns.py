"""Tables of rollouts: which column of a row says what about the run, whoever named the columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.json_rows import Row
from nano_agent.formats.source import parse
from nano_agent.trajectory import Message, Trajectory, Usage, glances, total_usage

_HISTORY = frozenset(("messages", "prompt", "completion", "conversations", "conversation", "trajectory"))


def trajectory_of_row(row: Row, messages: Sequence[Message], format_name: str, path: Path, **known: Any) -> Trajectory:
    """The trajectory of one row: `messages`, what its columns say, and over these what the caller has `known`."""
    record = values.record(row.value)
    fields: dict[str, Any] = {
        "model": first_word(record, "model", "model_name", "model_name_or_path"),
        "task": first_word(record, "problem_statement", "task", "instruction", "question") or first_request(messages),
        "exit_status": first_word(record, "exit_status", "stop_reason", "stop_condition", "finish_reason"),
        "started_at": first_time(record, "timestamp", "created_at", "created", "started_at"),
        "seconds": values.number(record.get("seconds")),
        "usage": usage_of(record, messages),
        "diff": first_text(record, "generated_diff", "model_patch"),
        "gold_diff": first_text(record, "oracle_diff", "gold_patch"),
        "tools": tools_of(record.get("tools", record.get("functions"))),
        "reward": first_number(record, "reward", "score"),
        "group": first_name(record, "group_id", "group", "example_id", "prompt_id", "uid"),
        "instance": first_name(record, "instance_id", "task_id"),
        "repo": first_word(record, "repo"),
        "metadata": {key: without_blobs(value) for key, value in record.items() if key not in _HISTORY},
    }
    return Trajectory(
        **{**fields, **known},
        format=format_name,
        path=path,
        messages=messages,
        sample=row.sample,
        warnings=tuple(row.warnings),
    )


def first_request(messages: Sequence[Message]) -> str | None:
    """What the first user asks for, which is the task where nothing else names it."""
    asked = (i for i, message in enumerate(glances(messages)) if message.role == "user")
    return next((text for i in asked if (text := messages[i].text)), None)


def tools_of(value: Any) -> list[Mapping[str, Any]] | None:
    """Tool schemas from a list of objects, or from JSON of one; `None` when there are none."""
    if isinstance(value, str):
        value = parse(value.encode("utf-8", "replace"))
    tools: list[Mapping[str, Any]] = [tool for tool in values.items(value) if isinstance(tool, dict)]
    return tools or None


def usage_of(record: Mapping[str, Any], messages: Sequence[Message]) -> Usage:
    """The row's own totals where it states them, else what its replies add up to."""
    cost = first_dollars(record, "cost", "cost_usd", "total_cost")
    usage = values.openai_usage(record.get("usage") or record.get("token_usage"), cost)
    return usage if usage is not None else total_usage(messages)


def digest(*parts: Any) -> str:
    """A short name for rollouts that share these values, where the file has no name for their group."""
    return hashlib.sha256("\x00".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:12]


def first_word(record: Mapping[str, Any], *keys: str) -> str | None:
    """The first of these columns that is a string with something in it."""
    return next((value for key in keys if (value := values.word(record.get(key)))), None)


def first_text(record: Mapping[str, Any], *keys: str) -> str | None:
    """The first of these columns that is a string, be it empty."""
    return next((value for key in keys if isinstance(value := record.get(key), str)), None)


def first_name(record: Mapping[str, Any], *keys: str) -> str | None:
    """The first of these columns that is a string or a whole number, as a string."""
    for key in keys:
        value = record.get(key)
        if values.word(value) or values.integer(value) is not None:
            return str(value)
    return None


def first_number(record: Mapping[str, Any], *keys: str) -> float | None:
    """The first of these columns that is a number; truth counts as 1."""
    for key in keys:
        value = record.get(key)
        found = float(value) if isinstance(value, bool) else values.number(value)
        if found is not None:
            return found
    return None


def first_dollars(record: Mapping[str, Any], *keys: str) -> float | None:
    """The first of these columns that can be a sum of money."""
    return next((value for key in keys if (value := values.dollars(record.get(key))) is not None), None)


def first_time(record: Mapping[str, Any], *keys: str) -> float | None:
    """The first of these columns that is a time, in seconds since the epoch."""
    return next((value for key in keys if (value := values.epoch(record.get(key))) is not None), None)
