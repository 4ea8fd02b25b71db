"""A table of benchmark results as `nano-tui show` prints it: a line for each task, errors apart from failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nano_tui.commands.printing import UNKNOWN, Ink, count, plural, when
from nano_widgets.safe import cells, one_line, safe

if TYPE_CHECKING:
    from nano_agent.formats.table import ResultRow, ResultTable

_SIGNS = {True: "✓", False: "✗", None: "·"}
_ERROR = "!"
_ERRORS_SHOWN = 10
_LONGEST_NAME = 48


def text(table: ResultTable, ink: Ink, columns: int) -> Iterator[str]:
    """Head, one line a task, the averages, and what went wrong."""
    yield ink.bold(safe(table.name or table.path.name, keep_newlines=False)) + ink.dim(
        f"  {table.format}  {table.path}"
    )
    facts = (table.model, when(table.created_at), plural(len(table.rows), "run"))
    yield safe("  ".join(fact for fact in facts if fact and fact != UNKNOWN), keep_newlines=False)
    yield ""
    groups = table.by_instance()
    width = min(_LONGEST_NAME, max((cells(one_line(name, _LONGEST_NAME)) for name in groups), default=4))
    runs = max(4, max(map(len, groups.values()), default=0))
    yield ink.dim(f"{'task':<{width}}  {'runs':<{runs}}  success  similarity   tokens  calls")
    for name, rows in groups.items():
        label = one_line(name, width)
        signs = "".join(_ERROR if row.error is not None else _SIGNS[row.success] for row in rows)
        yield f"{label}{' ' * (width - cells(label))}  {signs:<{runs}}  {_figures(rows)}"
    yield f"{'all':<{width}}  {'':<{runs}}  {_figures(table.rows)}"
    yield from _errors(table, ink, columns)


def _figures(rows: Sequence[ResultRow]) -> str:
    """Means over the runs that came to a result."""
    from nano_agent.formats.table import mean

    ended = [row for row in rows if row.error is None]
    won = sum(row.success is True for row in ended)
    success = f"{won}/{len(ended)}" if ended else UNKNOWN
    similarity, tokens, calls = (
        mean([getattr(row, name) for row in ended]) for name in ("similarity", "tokens", "tool_calls")
    )
    return (
        f"{success:>7}  {UNKNOWN if similarity is None else f'{similarity:.3f}':>10}  "
        f"{count(None if tokens is None else round(tokens)):>7}  {UNKNOWN if calls is None else f'{calls:.1f}':>5}"
    )


def _errors(table: ResultTable, ink: Ink, columns: int) -> Iterator[str]:
    errors = table.errors
    if not errors:
        return
    yield ""
    stated = table.stated.get("success_rate")
    also = f"; the file states {stated:.3f} and counts them as zeros" if isinstance(stated, int | float) else ""
    yield ink.odd(f"{_ERROR} {plural(len(errors), 'run')} failed with an error and is left out above{also}")
    for row in errors[:_ERRORS_SHOWN]:
        yield one_line(f"  {row.instance}: {row.error}", columns)
    if len(errors) > _ERRORS_SHOWN:
        yield f"  and {len(errors) - _ERRORS_SHOWN} more"


def as_json(table: ResultTable) -> dict[str, Any]:
    """The table as one object; unknown values are `None`."""
    from nano_agent.library.as_json import moment

    keys = ("instance", "repetition", "success", "error", "similarity", "test_similarity", "tokens", "tool_calls")
    return {
        "format": table.format,
        "path": str(table.path),
        "name": table.name,
        "model": table.model,
        "created_at": moment(table.created_at),
        "n_results": len(table.results),
        "n_errors": len(table.errors),
        "success_rate": table.success_rate,
        "warnings": list(table.warnings),
        "results": [{key: getattr(row, key) for key in keys} for row in table.rows],
    }
