"""The outline of a run: a line for each step, so that a thousand steps are seen at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message as Event

from nano_agent.trajectory import Message, Trajectory, Usage, brief
from nano_widgets.jumps import JUMP_KEYS, Jumps
from nano_widgets.line_list import LineList
from nano_widgets.looks import USER
from nano_widgets.outcomes import GLYPHS, INKS, Outcome, outcome
from nano_widgets.palette import Palette
from nano_widgets.row_cursor import LIST_KEYS
from nano_widgets.safe import cells, one_line
from nano_widgets.transcript.grown import GrownMessages
from nano_widgets.transcript.items import Items
from nano_widgets.transcript.marks import ItemMarks
from nano_widgets.transcript.view import View
from nano_widgets.units import dollars, seconds

_EXIT_FROM, _SECONDS_FROM, _DOLLARS_FROM = 34, 46, 58
"""Cells of width from which on a column is shown."""


class Outline(LineList, Jumps):
    """Number, sign, what was done, lines changed, exit code, seconds and dollars of every step.

    `show` gives it a run, `append` lets it grow, `go_to_step` moves the cursor. It says `StepHighlighted` and
    `StepSelected` with the step's number.
    """

    HELP = (
        "A line for each step: `!` something failed, `±` a file was changed, `✓` tests ran, `✗` tests ran and "
        "some failed, `›` a command or another tool, `·` words only, `…` no answer yet. Enter opens a step. "
        "`]e` and `[e` go to errors, `]d` and `[d` to edits, `]t` and `[t` to test runs, `]u` and `[u` to what was "
        "said to the model."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*LIST_KEYS, *JUMP_KEYS]

    @dataclass
    class StepHighlighted(Event):
        """The cursor went to another step."""

        outline: Outline
        step: int
        """The step's number, from 1."""

        @property
        def control(self) -> Outline:
            """The outline it happened in."""
            return self.outline

    @dataclass
    class StepSelected(Event):
        """A step is to be opened."""

        outline: Outline
        step: int
        """The step's number, from 1."""

        @property
        def control(self) -> Outline:
            """The outline it happened in."""
            return self.outline

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.notice = "No steps yet."
        self._messages: Sequence[Message] = ()
        self._items = Items()
        self._marks = ItemMarks(View())
        self._palette = Palette(self)

    def show(self, run: Trajectory, items: Items | None = None) -> None:
        """Show a run from its first step; `items` where its messages were cut into steps already."""
        self._messages, self._items = run.messages, items or Items(run.messages)
        self._marks = ItemMarks(View(self._messages, self._items))
        self.set_row_count(self._items.n_steps, 0)

    def append(self, messages: Sequence[Message]) -> None:
        """Add messages at the end of the history; a cursor on the last step stays on the last one."""
        if not isinstance(self._messages, GrownMessages):
            self._messages = GrownMessages(self._messages)
            self._marks = ItemMarks(View(self._messages, self._items))
        self._messages.extend(messages)
        self.grew(following=self.cursor >= self.row_count - 1)

    def grew(self, *, following: bool = False) -> None:
        """Say that there are more messages at the end of the history; `following` puts the cursor on the last step."""
        old = self.row_count
        # Items that are shared with a transcript may have been told already.
        if self._items.n_messages < len(self._messages):
            self._items.grow(self._messages)
        if self._items.n_steps != old:
            self.add_rows(self._items.n_steps - old)
            if following:
                self.cursor = self._items.n_steps - 1
        if old:
            self.refresh_row(old - 1)

    def go_to_step(self, step: int) -> None:
        """Put the cursor on a step."""
        self.cursor = step - 1

    def find_mark(self, mark: int, direction: int) -> int | None:
        """The next (or previous) item with a mark, as the transcript has them."""
        step = self.cursor + 1
        item = self._items.of_step(step)
        if mark == USER and direction > 0:
            # What was said after a step stands behind all of its items.
            item = self._items.of_step(step + 1) - 1 if step < self._items.n_steps else item
        return self._marks.find(mark, item, direction)

    def go_to_mark(self, place: int) -> None:
        """Put the cursor on the step that an item is, or that came after it."""
        step = self._items.step(place)
        self.go_to_step(step or self._items.step_at(place) + 1)

    def notify_style_update(self) -> None:
        """Forget colours: they changed."""
        super().notify_style_update()
        self._palette.clear()

    def render_row(self, index: int, width: int) -> Iterator[Segment]:
        """One step."""
        step = self._items.as_step(index + 1)
        found, usage = outcome(self._messages, step), brief(self._messages, step.reply).usage
        style = self._palette.style
        number = f"{index + 1:>{len(str(self.row_count))}} "
        yield Segment(number, style("number"))
        yield Segment(f"{GLYPHS[found.kind]} ", style(INKS[found.kind]))
        right = list(_columns(found, usage, width))
        room = width - len(number) - 2 - sum(cells(text) for text, _ in right)
        words = one_line(found.summary, max(room, 0))
        ink = {"error": "error", "red": "error", "reply": "muted"}.get(found.kind, "")
        yield Segment(words + " " * max(0, room - cells(words)), style(ink))
        yield from (Segment(text, style(ink)) for text, ink in right)

    def on_line_list_highlighted(self, message: LineList.Highlighted) -> None:
        """Say it in steps."""
        message.stop()
        if self.row_count:
            self.post_message(self.StepHighlighted(self, message.index + 1))

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        """Say it in steps."""
        message.stop()
        self.post_message(self.StepSelected(self, message.index + 1))


def _columns(found: Outcome, usage: Usage | None, width: int) -> Iterator[tuple[str, str]]:
    """What stands at the right end, as much as there is room for."""
    if found.edited and width >= 24:
        yield f" +{found.added}", "add"
        yield f" -{found.removed}", "del"
    if width >= _EXIT_FROM:
        code = found.exit_code
        yield f" {'' if code in (None, 0) else f'✗{code}':>4}", "error"
    if width >= _SECONDS_FROM:
        yield f" {'' if found.seconds is None else seconds(found.seconds):>6}", "muted"
    if width >= _DOLLARS_FROM:
        known = usage is not None and usage.cost_usd is not None
        yield f" {dollars(usage.cost_usd, usage.cost_estimated) if usage and known else '':>8}", "muted"
