"""Trajectory logs of ART (OpenPipe): `.art/<project>/models/<model>/trajectories/<split>/<step>.parquet`, or JSONL.

A row of Parquet is a trajectory; a line of the older JSONL is a group of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nano_agent.formats import parquet, values
from nano_agent.formats.json_rows import Row, numbered, opening, some
from nano_agent.formats.json_rows import rows as json_rows
from nano_agent.formats.row_columns import tools_of, trajectory_of_row
from nano_agent.formats.source import Source, parse
from nano_agent.formats.turns import message_of, said
from nano_agent.trajectory import Message, Trajectory

_COLUMNS = ("group_index", "group_metadata", "messages", "reward")
_JSON_COLUMNS = ("metrics", "metadata", "group_metadata", "group_metrics")


class ArtReader:
    """Reads a training step's trajectories; those that were gathered together are a group."""

    name = "art"

    def sniff(self, source: Source) -> bool:
        """The columns of its Parquet files, or groups of messages and choices in JSON lines."""
        if source.head.startswith(b"PAR1"):
            return len(parquet.column_names(source, *_COLUMNS)) == len(_COLUMNS)
        return _is_group(opening(source, b'"messages_and_choices"', b'"trajectories"'))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Every trajectory of the file."""
        found = _of_table(source) if source.head.startswith(b"PAR1") else _of_lines(source)
        return some(found, source.path, "no trajectory of ART in it")


def _is_group(value: Any) -> bool:
    trajectories = values.items(values.record(value).get("trajectories"))
    return bool(trajectories) and isinstance(values.record(trajectories[0]).get("messages_and_choices"), list)


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("messages"), list) and "group_index" in value


def _of_table(source: Source) -> Iterator[Trajectory]:
    for row in numbered(source, parquet.rows(source), _is_row):
        record = {**row.value, **{key: _decoded(row.value.get(key)) for key in _JSON_COLUMNS if key in row.value}}
        messages = said(record["messages"], "user")
        yield _trajectory(replace(row, value=record), messages, source.path, record["group_index"])


def _of_lines(source: Source) -> Iterator[Trajectory]:
    for row in json_rows(source, _is_group):
        group = values.record(row.value)
        trajectories = [t for t in values.items(group.get("trajectories")) if isinstance(t, dict)]
        for i, record in enumerate(trajectories, 1):
            messages = [_message(item) for item in values.items(record.get("messages_and_choices"))]
            own = replace(row, value={**record, "group_metadata": group.get("metadata")})
            trajectory = _trajectory(own, messages, source.path, row.number)
            yield replace(trajectory, sample=row.part(i, len(trajectories)))
            row.warnings = []


def _message(item: Any) -> Message:
    """A message, or the choice of a completion around one, which is what is trained on."""
    inner = item.get("message") if isinstance(item, dict) and "finish_reason" in item else None
    return replace(message_of(inner), raw=message_of(item).raw) if isinstance(inner, dict) else message_of(item)


def _trajectory(row: Row, messages: list[Message], path: Path, group: Any) -> Trajectory:
    """A group's number holds for its file alone, whose name is the training step."""
    record = values.record(row.value)
    known: dict[str, Any] = {
        "group": f"{path.stem}/{group}" if values.integer(group) is not None else None,
        "model": path.parent.parent.parent.name if path.parent.parent.name == "trajectories" else None,
        "tools": tools_of(record.get("tools")),
    }
    trajectory = trajectory_of_row(row, messages, ArtReader.name, path, **known)
    metadata = {key: value for key, value in trajectory.metadata.items() if key != "messages_and_choices"}
    return replace(trajectory, metadata=metadata)


def _decoded(value: Any) -> Any:
    """A column that holds JSON."""
    found = parse(value.encode("utf-8", "replace")) if isinstance(value, str) else None
    return value if found is None else found
