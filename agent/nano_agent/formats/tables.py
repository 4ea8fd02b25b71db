"""Tables of rollouts, a row each: TRL's completions, and any JSON or Parquet table of messages or completions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nano_agent.formats import parquet, values
from nano_agent.formats.conversations import KEYS, is_conversation
from nano_agent.formats.decoded import turns_of
from nano_agent.formats.json_rows import Row, numbered, opening, some
from nano_agent.formats.json_rows import rows as json_rows
from nano_agent.formats.openai_chat import conversations_of
from nano_agent.formats.row_columns import digest, trajectory_of_row
from nano_agent.formats.source import Source
from nano_agent.formats.turns import said, turns_in
from nano_agent.trajectory import Message, Trajectory

_TRL = ("step", "prompt", "completion", "advantage")
_TRL_FILE = re.compile(r"completions_\d{5,}\.parquet")
_PAIR = ("prompt", "completion")
_HISTORIES = (*KEYS[:-2], "chosen", "trajectory_steps")
_NUMBER = re.compile(r"\s*-?[\d.]+(e-?\d+)?\s*", re.IGNORECASE | re.ASCII)
_SEVERAL = "Several columns may be rewards, and how much each counts is not recorded: "


class TrlReader:
    """Reads the completions that TRL's trainers log; rollouts of the same prompt in the same step are a group."""

    name = "trl"

    def sniff(self, source: Source) -> bool:
        """A Parquet file with the columns that the trainer always writes; versions without advantages by its name."""
        wanted = _TRL[:3] if _TRL_FILE.fullmatch(source.path.name) else _TRL
        return len(parquet.column_names(source, *wanted)) == len(wanted)

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Every row."""
        trajectories = (_trl(row, source) for row in numbered(source, parquet.rows(source), _is_pair))
        return some(trajectories, source.path, "a table without rows of prompt and completion")


def _trl(row: Row, source: Source) -> Trajectory:
    record = values.record(row.value)
    prompt, completion = record.get("prompt"), record.get("completion")
    messages = said(prompt, "user") + said(completion, "assistant")
    rewards = _rewards(record)
    if len(rewards) > 1 and "reward" not in rewards:
        row.warnings.append(_SEVERAL + ", ".join(" ".join(name.split()) for name in rewards))
    reward = rewards.get("reward", next(iter(rewards.values())) if len(rewards) == 1 else None)
    step = values.integer(record.get("step"))
    group = digest(prompt) if step is None else f"step {step}/{digest(prompt)}"
    return trajectory_of_row(row, messages, TrlReader.name, source.path, reward=reward, group=group)


def _rewards(record: Mapping[str, Any]) -> dict[str, float]:
    """The columns that hold a reward: each is named after its function, and only their being numbers marks them."""
    others = ((key, values.number(value)) for key, value in record.items() if key not in _TRL)
    return {key: value for key, value in others if value is not None}


class TableReader:
    """Reads tables whose rows have messages, or a prompt and a completion, whatever else they have."""

    name = "table"

    def sniff(self, source: Source) -> bool:
        """Such columns in a Parquet file, or such a first record in JSON."""
        if source.head.startswith(b"PAR1"):
            names = parquet.column_names(source, *_HISTORIES, *_PAIR)
            return not names.isdisjoint(_HISTORIES) or names >= set(_PAIR)
        return _is_pair(opening(source, b'"completion"'))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Every row that holds a conversation."""
        if source.head.startswith(b"PAR1"):
            table = numbered(source, parquet.rows(source), _is_row)
        else:
            table = json_rows(source, _is_pair)
        trajectories = (one for row in table for one in _of_row(row, source))
        return some(trajectories, source.path, "a table without rows of messages, or of prompt and completion")


def _of_row(row: Row, source: Source) -> Iterator[Trajectory]:
    record = values.record(row.value)
    if _is_pair(record):
        yield trajectory_of_row(row, _pair(record), TableReader.name, source.path)
    else:
        yield from conversations_of(row, TableReader.name, source.path)


def _is_pair(value: Any) -> bool:
    """Whether a row has a prompt and a completion, each a text or messages."""
    if not isinstance(value, dict):
        return False
    cells = [value.get(key) for key in _PAIR]
    # Price lists have these two columns as well.
    said = any(turns_in(cell) is not None or (isinstance(cell, str) and not _NUMBER.fullmatch(cell)) for cell in cells)
    return said and all(isinstance(cell, str) or turns_in(cell) is not None for cell in cells)


def _is_row(value: Any) -> bool:
    return _is_pair(value) or is_conversation(value)


def _pair(record: dict[str, Any]) -> list[Message]:
    """The row's prompt and then its completion."""
    prompt, completion = record.get("prompt"), record.get("completion")
    if isinstance(prompt, str) and isinstance(completion, str):
        return turns_of(prompt, completion)
    return said(prompt, "user") + said(completion, "assistant")
