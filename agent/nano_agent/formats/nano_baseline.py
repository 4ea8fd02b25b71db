"""Benchmark results of nano-agent (`baselines/*.json`): a table, no trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.table import ResultRow, ResultTable
from nano_agent.trajectory import Trajectory

NAME = "nano_baseline"
_ROW = frozenset(("instance_id", "success"))


class NanoBaselineReader:
    """Knows the tables, so that they are refused by name and not taken for anything else."""

    name = NAME

    def sniff(self, source: Source) -> bool:
        """A document with metrics and a row for each run of a task."""
        head = source.head
        return head.lstrip()[:1] == b"{" and b'"metrics"' in head and _is_table(source.gist)

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Always refuses; `read_table` reads what is there."""
        rows = len(_rows(source.document))
        why = f"a benchmark table of nano-agent ({rows} results), no trajectory: `nano-tui show` prints it"
        raise NotATrajectory(source.path, why if rows else "no benchmark table of nano-agent")
        yield  # pragma: no cover - makes this a generator, as the protocol says


def read_table(path: Path) -> ResultTable:
    """The table at `path`; raises `NotATrajectory` when there is none."""
    document = Source(path).document
    if not _is_table(document):
        raise NotATrajectory(path, "no benchmark table of nano-agent")
    rows = tuple(map(_row, _rows(document)))
    settings = values.record(document.get("config") or document.get("agent_config"))
    errors = sum(row.error is not None for row in rows)
    return ResultTable(
        format=NAME,
        path=path,
        rows=rows,
        name=values.word(document.get("name")),
        model=values.word(settings.get("model")),
        created_at=values.epoch(document.get("created_at")),
        settings=settings,
        stated=values.record(document.get("metrics")),
        warnings=(f"{errors} runs failed with an error; the stated averages count them as zeros",) if errors else (),
    )


def _is_table(document: Any) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("metrics"), dict):
        return False
    rows = document.get("results")
    return isinstance(rows, list) and all(isinstance(row, dict) and row.keys() >= _ROW for row in rows[:5])


def _rows(document: Any) -> list[dict[str, Any]]:
    rows = values.items(values.record(document).get("results"))
    return [row for row in rows if isinstance(row, dict)]


def _row(row: dict[str, Any]) -> ResultRow:
    instance, repetition = values.text(row.get("instance_id")), values.amount(row.get("repetition"))
    if "error" in row and row["error"] is not None:
        # The writer puts zeros beside the error: no run stands behind them.
        return ResultRow(instance, repetition, error=str(row["error"])[:2000] or "an error without a text", raw=row)
    success = row.get("success")
    return ResultRow(
        instance,
        repetition,
        success=success if isinstance(success, bool) else None,
        similarity=values.number(row.get("similarity")),
        test_similarity=values.number(row.get("test_similarity")),
        tokens=values.amount(row.get("token_usage")),
        tool_calls=values.amount(row.get("tool_usage")),
        raw=row,
    )
