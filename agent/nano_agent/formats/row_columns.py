"""Tables of rollouts: which column of a row says what about the run, whoever named the columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats import usages, values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.json_rows import Row
from nano_agent.formats.source import parse
from nano_agent.trajectory import Message, Trajectory, Usage, glances, total_usage

_HISTORY = frozenset(
    ("messages", "prompt", "completion", "conversations", "conversation", "trajectory", "trajectory_steps")
)
TIMES = ("timestamp", "created_at", "created", "started_at", "start_time", "startTime")
COSTS = ("cost", "cost_usd", "total_cost", "response_cost")
_MODELS = ("model", "model_name", "model_name_or_path")
_STATUSES = ("exit_status", "stop_reason", "stop_condition", "finish_reason")
_DIFFS = ("generated_diff", "model_patch", "generated_patch", "git_patch")
_REWARDS = ("reward", "score", "resolved")
_VERDICTS = ("target", "success", "is_resolved")
"""Columns of these names are rewards where they hold a truth."""
_GROUPS = ("group_id", "group", "example_id", "prompt_id", "uid")


def trajectory_of_row(row: Row, messages: Sequence[Message], format_name: str, path: Path, **known: Any) -> Trajectory:
    """The trajectory of one row: `messages`, what its columns say, and over these what the caller has `known`."""
    record = values.record(row.value)
    fields: dict[str, Any] = {
        "model": first_word(record, *_MODELS) or _model_of(messages),
        "task": first_word(record, "problem_statement", "task", "instruction", "question") or first_request(messages),
        "exit_status": first_word(record, *_STATUSES),
        "started_at": first_time(record, *TIMES),
        "seconds": values.number(record.get("seconds", record.get("duration"))),
        "usage": usage_of(record, messages),
        "diff": first_text(record, *_DIFFS),
        "gold_diff": first_text(record, "oracle_diff", "gold_patch"),
        "tools": tools_of(record.get("tools", record.get("functions"))),
        "reward": _reward(record),
        "group": first_name(record, *_GROUPS),
        "instance": first_name(record, "instance_id", "task_id", "custom_id"),
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
    usage = usages.usage_of(record, first_dollars(record, *COSTS))
    summed = total_usage(messages)
    if usage is None:
        return summed
    if usage.prompt_tokens is None and usage.completion_tokens is None:
        return replace(summed, cost_usd=summed.cost_usd if usage.cost_usd is None else usage.cost_usd)
    return usage


def _reward(record: Mapping[str, Any]) -> float | None:
    """How well the run did: a reward of its own, what a grader kept, or a verdict."""
    found = first_number(record, *_REWARDS)
    if found is None:
        found = first_number(values.record(record.get("reward_info")), "reward")
    verdicts = {name: record[name] for name in _VERDICTS if isinstance(record.get(name), bool)}
    return found if found is not None else first_number(verdicts, *_VERDICTS)


def _model_of(messages: Sequence[Message]) -> str | None:
    """The model that a reply names; one of many looks at the first few."""
    for i in islice((i for i, message in enumerate(glances(messages)) if message.role == "assistant"), 3):
        raw = values.record(messages[i].raw)
        about = values.record(raw.get("response_metadata"))
        if named := values.word(raw.get("model")) or values.word(about.get("model_name")):
            return named
    return None


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
