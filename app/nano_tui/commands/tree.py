"""A listing as families: forks and children below the runs that they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nano_agent.family import Member, member, trees
from nano_agent.formats.source import parse
from nano_agent.library.summary import Summary
from nano_widgets.safe import one_line, safe
from nano_widgets.units import count, dollars

_TASK = 60


def tree_lines(rows: Iterable[Summary]) -> Iterator[str]:
    """A line for each row; what is no run of ours has no relatives."""
    listed = {row.path: row for row in rows}
    members = [member(Path(path), _metadata(row)) for path, row in listed.items()]
    for family in trees(members):
        for one in family:
            yield _line(one, listed[str(one.path)])


def _metadata(row: Summary) -> Mapping[str, Any]:
    if row.format != "nano-run":
        return {"run_id": row.path}
    try:
        metadata = parse((Path(row.path) / "metadata.json").read_bytes())
    except OSError:
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _line(one: Member, row: Summary) -> str:
    status = "live" if row.live else row.exit_status or "–"
    name = one.path.name if row.format == "nano-run" else row.path
    parts = [
        f"{one.lead}{safe(name, keep_newlines=False)}",
        one.origin,
        safe(status, keep_newlines=False),
        count(row.n_steps, "step"),
        dollars(row.cost_usd, row.cost_estimated),
        one_line(row.task or "", _TASK),
    ]
    return "  ".join(part for part in parts if part)
