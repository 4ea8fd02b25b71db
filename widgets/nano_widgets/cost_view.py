"""What a run cost: a line a step with small bars, the sums that stay at the bottom, and what does not add up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message as Event
from textual.strip import Strip
from textual.worker import Worker

from nano_agent.trajectory import Trajectory, Usage
from nano_widgets import cost_rows
from nano_widgets.cost_rows import Column, Scale
from nano_widgets.costs import Costs, costs_of
from nano_widgets.line_list import LineList
from nano_widgets.line_painter import MARK_WIDTH
from nano_widgets.palette import Palette
from nano_widgets.safe import fit
from nano_widgets.transcript.items import Items
from nano_widgets.units import UNKNOWN, dollars

_NOTHING = Costs((), Usage(), 0, None, None, ())
_NO_SCALE = Scale(0.0, True, 0.0, 0.0)
_MUTED = ("step", "cached", "thought", "so far")
_BAR_INKS = {"spent": "edit", "prompts": "call", "times": "ok"}
_NO_STEP = "No step has a cost yet."
_AT_ONCE = 2000
"""Steps up to which a run is added up before the view is shown."""
_TIME_BAR = 24
_CHARTS_FROM = 22
"""Lines of height from which on there is room for charts."""
_TIME_BAR_FROM = 100
"""The width from which on the line on time begins with a bar of that many cells."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line below the steps: the sums, or some words."""

    words: str
    ink: str


class CostView(LineList):
    """Tokens, dollars and seconds of every step. `show` gives it a run; it says `StepSelected`."""

    HELP = (
        "Tokens, dollars and seconds of every step, and their sums. Prompt tokens include the cached ones, reply "
        "tokens the thought ones; context is how full the model's window was. The first bar compares the steps' "
        "dollars, or their tokens where no cost is known. – is unknown, ~ an estimate, ≥ a sum with unknown parts, "
        "! a window nearly full. Enter opens a step."
    )

    @dataclass
    class StepSelected(Event):
        """A step is to be opened."""

        view: CostView
        step: int
        """The step's number, from 1."""

        @property
        def control(self) -> CostView:
            """The view it happened in."""
            return self.view

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.notice = _NO_STEP
        self.costs = _NOTHING
        self._lasted: float | None = None
        self._scale = _NO_SCALE
        self._columns: list[Column] = []
        self._below: list[_Line] = []
        self._made_for: object = None
        self._shown: tuple[int, int | None] | None = None
        self._palette = Palette(self)

    def show(
        self, run: Trajectory, items: Items | None = None, step: int = 1, context_window: int | None = None
    ) -> None:
        """Show what a run cost, with the cursor on a step; `context_window` in tokens, where it is known.

        A long run is added up in a thread; the same run at another step costs nothing.
        """
        if self.row_count and self._shown == (id(run), context_window):
            self.go_to_step(step)
            return
        self._shown = (id(run), context_window)
        items = items or Items(run.messages)
        if items.n_steps <= _AT_ONCE:
            self._fill(run, costs_of(run, items), step, context_window)
            return
        self.notice = "Adding up …"
        self.set_row_count(0)

        async def add_up() -> None:
            self._fill(run, await asyncio.to_thread(costs_of, run, items), step, context_window)

        _: Worker[None] = self.run_worker(add_up, group="costs", exclusive=True, exit_on_error=False)

    def _fill(self, run: Trajectory, costs: Costs, step: int, context_window: int | None) -> None:
        self.costs, self._lasted = costs, run.seconds
        self._scale = cost_rows.scale_of(self.costs, context_window)
        self._made_for = None
        total = dollars(run.usage.cost_usd, run.usage.cost_estimated)
        self.notice = _NO_STEP if total == UNKNOWN else f"There is no step in it; the run's own total is {total}."
        self.set_row_count(len(self.costs.rows), step - 1)

    def go_to_step(self, step: int) -> None:
        """Put the cursor on a step."""
        self.cursor = step - 1

    def notify_style_update(self) -> None:
        """Forget colours: they changed."""
        super().notify_style_update()
        self._palette.clear()

    # The steps

    def render_header(self, width: int) -> list[Segment]:
        """The columns' names."""
        self._make(width)
        named = [(cost_rows.title(c, self._scale), c) for c in self._columns]
        titles = (f" {title:<{c.width - 1}}" if c.bar else title.rjust(c.width) for title, c in named)
        return [Segment(fit("".join(titles), width))]

    def render_row(self, index: int, width: int) -> Iterator[Segment]:
        """A step."""
        self._make(width)
        row, scale = self.costs.rows[index], self._scale
        figures = cost_rows.figures(row, scale)
        for column in self._columns:
            if column.bar:
                drawn = cost_rows.bars(row, scale, column)
                yield Segment(f" {drawn:<{column.width - 1}}", self._palette.style(_BAR_INKS[column.name]))
            else:
                yield self._cell(figures[column.name], column, "muted" if column.name in _MUTED else "")

    def _cell(self, text: str, column: Column, ink: str) -> Segment:
        if text.endswith("!"):
            ink = "warning"
        return Segment(fit(text, column.width - 1).rjust(column.width), self._palette.style(ink))

    # The sums, which stay at the bottom

    def _make(self, width: int) -> None:
        """Choose the columns and lay out what stands below, once for a width and a height."""
        height = self.scrollable_content_region.height
        made_for = (width, height)
        if made_for != self._made_for:
            self._made_for = made_for
            self._columns = cost_rows.fitting(width, self._scale.window is not None)
            self._below = list(self._lay_out_below(width, height))

    def _lay_out_below(self, width: int, height: int) -> Iterator[_Line]:
        """The words in as many lines as they need, but never more than a third of the view."""
        words = [(words, "note") for words in self.costs.remarks]
        bar_cells = _TIME_BAR if width >= _TIME_BAR_FROM else 0
        words.append((cost_rows.where_time_went(self.costs, self._lasted, bar_cells), "muted"))
        words.append((cost_rows.nothing_known(self.costs), "muted"))
        lines = [_Line(line, ink) for text, ink in words if text for line in wrap(text, max(1, width - 1))]
        most = max(1, height // 3)
        if len(lines) > most:
            lines[most - 1] = _Line(fit(f"{lines[most - 1].words} …", width - 1), lines[most - 1].ink)
        charts = cost_rows.charts(self.costs, self._scale.window, width - 1)
        if len(lines) + len(charts) <= most and height >= _CHARTS_FROM:
            yield from (_Line(line, "") for line in charts)
        yield from lines[:most]

    @property
    def _below_height(self) -> int:
        self._make(self._width - MARK_WIDTH)
        return 1 + len(self._below) if self.row_count else 0

    def _below_at(self, y: int) -> int | None:
        """Which line below the steps stands at a line of the view: right after the last step, else at the bottom."""
        first = max(0, min(self._header_height + self.row_count, self.size.height - self._below_height))
        return y - first if self.row_count and first <= y < first + self._below_height else None

    def render_line(self, y: int) -> Strip:
        """Paint one line of the view."""
        below = self._below_at(y)
        if below is None:
            return super().render_line(y)
        if below:
            line = self._below[below - 1]
            return self._painted([Segment(f" {line.words}", self._palette.style(line.ink))], self.rich_style)
        sums, style = cost_rows.sums(self.costs), self._palette.style("strong", "on-file")
        cells = ("".rjust(c.width) if c.bar else fit(sums.get(c.name, ""), c.width - 1) for c in self._columns)
        row = [Segment(cell.rjust(column.width), style) for cell, column in zip(cells, self._columns, strict=True)]
        return self._painted(row, style)

    def _painted(self, row: list[Segment], ground: Style) -> Strip:
        return Strip([Segment(" " * MARK_WIDTH, ground), *row]).adjust_cell_length(self._width, ground)

    def on_click(self, event: events.Click) -> None:
        """Sums are no steps."""
        offset = event.get_content_offset(self)
        if offset is not None and self._below_at(offset.y) is not None:
            event.prevent_default()

    # In steps

    def on_line_list_highlighted(self, message: LineList.Highlighted) -> None:
        """Rows are nobody's business but ours."""
        message.stop()

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        """Say it in steps."""
        message.stop()
        self.post_message(self.StepSelected(self, message.index + 1))
