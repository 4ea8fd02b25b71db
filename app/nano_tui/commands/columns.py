"""Rows of the listing in columns that fit the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nano_agent.library.summary import Summary, is_error
from nano_tui.commands.printing import UNKNOWN, Ink, dollars, short_count, when, width
from nano_widgets.safe import cells, one_line, padded, safe, take

_GAP = "  "
_TASK_LEAST = 16
_PATH_LEAST = 18
_BASIC = 3
"""Columns up to this rank stay rather than the task."""


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    text: Callable[[Summary], str]
    most: int
    right: bool = False
    rank: int = 0
    """Columns of a higher rank go first when there is no room."""


class Table:
    """The columns, chosen and measured by the first rows."""

    def __init__(self, sample: Sequence[Summary], ink: Ink) -> None:
        self._ink = ink
        self._here = os.getcwd() + "/"  # noqa: PTH109
        self._home = os.path.expanduser("~") + "/"  # noqa: PTH111
        columns = [
            _Column("when", lambda row: when(row.started_at or row.mtime_ns / 1e9), 12, rank=1),
            _Column("status", status_of, 16),
            _Column("steps", lambda row: short_count(row.n_steps), 6, right=True, rank=2),
            _Column("tokens", lambda row: short_count(row.tokens), 7, right=True, rank=5),
            _Column("cost", lambda row: dollars(row.cost_usd, row.cost_estimated), 10, right=True, rank=3),
            _Column("reward", lambda row: UNKNOWN if row.reward is None else f"{row.reward:.4g}", 8, True, rank=4),
            _Column("model", lambda row: (row.model or UNKNOWN).rpartition("/")[2], 22, rank=6),
        ]
        known = [column for column in columns if any(column.text(row) != UNKNOWN for row in sample)]
        self._widths = {column: _width_of(column, sample) for column in known}
        # A path in a pipe is for another program: it is never cut.
        self._cut = sys.stdout.isatty()
        self._path, self._task = self._fit(max(cells(self._shown_path(row)) for row in sample), width())

    def lines(self, rows: Iterable[Summary]) -> Iterator[str]:
        """A line for each row."""
        return map(self._line, rows)

    def _fit(self, longest: int, room: int) -> tuple[int, int]:
        """Drop columns until there is room for the paths and something of the tasks, or at least for the paths.

        Returns the widths of the path and of the task; 0 where there is no room for tasks.
        """
        path = min(longest, max(24, room * 2 // 5)) if self._cut else longest
        for column in sorted(self._widths, key=lambda column: -column.rank):
            left = room - self._taken()
            if left - path - len(_GAP) >= _TASK_LEAST:
                break
            if column.rank <= _BASIC and left >= min(longest, _PATH_LEAST):
                break
            del self._widths[column]
        left = room - self._taken()
        task = left - path - len(_GAP)
        if task >= _TASK_LEAST:
            return path, task
        return min(longest, left) if self._cut else longest, 0

    def _taken(self) -> int:
        return sum(size + len(_GAP) for size in self._widths.values())

    def _line(self, row: Summary) -> str:
        parts = [
            self._tinted(column.title, row, padded(column.text(row), size, column.right))
            for column, size in self._widths.items()
        ]
        path = self._shown_path(row)
        if self._cut and cells(path) > self._path:
            # The end of a path tells runs apart, so its beginning goes.
            path = "…" + take(path[::-1], self._path - 1)[::-1]
        if self._task:
            parts.append(padded(row.task or "", self._task))
        return _GAP.join([*parts, self._ink.dim(path) if self._task else path])

    def _tinted(self, title: str, row: Summary, text: str) -> str:
        if title == "when":
            return self._ink.dim(text)
        if title != "status":
            return text
        if row.live:
            return self._ink.odd(text)
        return self._ink.bad(text) if is_error(row.exit_status) or row.exit_status == "lost" else text

    def _shown_path(self, row: Summary) -> str:
        path = row.path
        if path.startswith(self._here):
            path = path[len(self._here) :]
        elif path.startswith(self._home):
            path = "~/" + path[len(self._home) :]
        return safe(path if row.sample is None else f"{path} [{row.sample}]", keep_newlines=False)


def _width_of(column: _Column, sample: Sequence[Summary]) -> int:
    return min(column.most, max(cells(one_line(column.text(row), column.most)) for row in sample))


def status_of(row: Summary) -> str:
    """The status as it is shown: `live` or `waiting` while the run goes on, `–` when nobody wrote one."""
    if row.waiting:
        return "waiting"
    return "live" if row.live else row.exit_status or UNKNOWN
