"""All runs that go on and those that ended lately, a line each; who needs a person comes first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.segment import Segment

from nano_widgets.fleet_rows import FleetRow, doing, in_order
from nano_widgets.line_list import LineList
from nano_widgets.palette import Palette
from nano_widgets.run_columns import short_model
from nano_widgets.safe import one_line, padded
from nano_widgets.units import UNKNOWN, dollars, tokens


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    text: Callable[[FleetRow], str]
    right: bool = True


def _of(n: int, limit: int | None) -> str:
    return f"{n}/{limit}" if limit else f"{n}"


def _task(row: FleetRow) -> str:
    return f"└ {row.task}" if row.parent else row.task


def _tokens(row: FleetRow) -> str:
    used = (row.state.total_prompt_tokens, row.state.total_completion_tokens)
    return UNKNOWN if None in used else tokens(sum(n or 0 for n in used))


_STEP = _Column("step", 6, lambda row: _of(row.state.step, row.step_limit))
_CALLS = _Column("calls", 6, lambda row: _of(row.state.tool_calls, row.tool_limit))
_TOKENS = _Column("tokens", 6, _tokens)
_COST = _Column("cost", 8, lambda row: dollars(row.state.cost_usd, row.state.cost_estimated))
_CONTEXT = _Column("ctx", 4, lambda row: UNKNOWN if row.context is None else f"{row.context:.0%}")
_MODEL = _Column("model", 16, lambda row: short_model(row.model), right=False)
_ORDER = (_STEP, _CALLS, _TOKENS, _COST, _CONTEXT, _MODEL)
_IMPORTANCE = (_STEP, _COST, _CALLS, _CONTEXT, _TOKENS, _MODEL)
_DOING = 16
_MAIN = 3
"""How many columns come before the last action, which comes before all others."""
_ACTION = 20
"""Cells for the last action at least."""
_TASK_AT_LEAST = 12
_TASK_COMFORTABLE = 30


class FleetTable(LineList):
    """Shows what `show` is given; Enter chooses a run."""

    HELP = (
        "The runs that go on, and those that ended lately. Those that wait for a person, hang, or repeat themselves "
        "come first. Enter shows one."
    )

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.notice = "No run is going."
        self._fleet: Sequence[FleetRow] = ()
        self._palette = Palette(self)

    def show(self, rows: Sequence[FleetRow]) -> None:
        """Show these runs; the cursor stays on its run."""
        current = self.chosen(self.cursor)
        self._fleet = in_order(rows)
        folders = [row.folder for row in self._fleet]
        self.set_row_count(len(folders), folders.index(current) if current in folders else None)

    def chosen(self, index: int) -> Path | None:
        """The folder of the run in a row."""
        return self._fleet[index].folder if 0 <= index < len(self._fleet) else None

    @property
    def current(self) -> FleetRow | None:
        """The run under the cursor."""
        return self._fleet[self.cursor] if self.cursor < len(self._fleet) else None

    def notify_style_update(self) -> None:
        """Forget colours: the theme changed."""
        super().notify_style_update()
        self._palette.clear()

    def render_header(self, width: int) -> list[Segment] | None:
        """What the columns are, where there is room for more than two of them."""
        columns, action, _ = _fitting(width)
        if len(columns) < 3:
            return None
        titles = "".join(padded(column.title, column.width, column.right) + " " for column in columns)
        last = "last action".ljust(action + 1) if action else ""
        return [Segment("doing".ljust(_DOING + 1) + titles + last + "task")]

    def render_row(self, index: int, width: int) -> Iterator[Segment]:
        """One run."""
        row = self._fleet[index]
        columns, action, task = _fitting(width)
        words, ink = doing(row.state, time.time())
        yield Segment(padded(words, _DOING) + " ", self._palette.ink(ink))
        facts = "".join(padded(column.text(row), column.width, column.right) + " " for column in columns)
        yield Segment(facts, self._palette.ink("muted"))
        loop = f"LOOP×{row.state.repeats} " if row.loops else ""
        if action:
            yield Segment(loop, self._palette.ink("warning"))
            yield Segment(padded(row.state.action, action - len(loop)) + " ", self._palette.ink())
        elif loop:
            yield Segment(loop, self._palette.ink("warning"))
            task -= len(loop)
        yield Segment(one_line(_task(row), max(task, 1)), self._palette.ink())


def _fitting(width: int) -> tuple[list[_Column], int, int]:
    """The columns that fit into `width` cells, and the cells for the last action (0 for none) and for the task."""
    room, chosen, action = width - _DOING - 1, list[_Column](), 0
    for number, column in enumerate(_IMPORTANCE):
        if number == _MAIN and room >= _ACTION + 1 + _TASK_AT_LEAST:
            action = _ACTION
            room -= action + 1
        if room - column.width - 1 >= (_TASK_AT_LEAST if number < _MAIN else _TASK_COMFORTABLE):
            chosen.append(column)
            room -= column.width + 1
    more = min(max(0, room - _TASK_COMFORTABLE) // 2, 40) if action else 0
    return [column for column in _ORDER if column in chosen], action + more, room - more
