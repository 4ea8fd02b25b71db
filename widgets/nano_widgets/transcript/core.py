"""The transcript without its keys: what it shows, where it stands, and how it grows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.message import Message as Event
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer

from nano_agent.trajectory import Message, Trajectory
from nano_widgets.flow.layouts import Position
from nano_widgets.flow.row import Piece, Row
from nano_widgets.transcript.background import Background
from nano_widgets.transcript.grown import GrownMessages
from nano_widgets.transcript.marks import ItemMarks
from nano_widgets.transcript.step_rows import rows_of
from nano_widgets.transcript.tail_rows import TailRows

if TYPE_CHECKING:
    from nano_agent.record import LiveTail

PAINT_EVERY = 0.09
"""Seconds between two paintings of what streams."""


class TranscriptCore(Background):
    """Shows a history and follows it; the cursor is on an item: a step, or a message between steps."""

    cursor: reactive[int] = reactive(0, init=False)
    """The item that the cursor is on."""
    follow: reactive[bool] = reactive(False, bindings=True)
    """The view stays at the end while the run goes on."""

    @dataclass
    class StepHighlighted(Event, namespace="transcript"):
        """The cursor went to another step."""

        transcript: TranscriptCore
        step: int
        """The step's number, from 1."""

        @property
        def control(self) -> TranscriptCore:
            """The transcript it happened in."""
            return self.transcript

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._tail: LiveTail | None = None
        self._tail_rows = TailRows(0)
        self._tail_timer: Timer | None = None
        self._tail_painted = 0.0
        self._unseen = 0
        self._step = 0

    # What a user of it does

    def show(self, trajectory: Trajectory) -> None:
        """Show a run from its start, or follow its end when it is live. Costs nothing per message but a look at it."""
        self.show_messages(trajectory.messages, running=trajectory.live)

    def show_messages(self, messages: Sequence[Message], *, running: bool = False) -> None:
        """Show a history that may still grow."""
        self.view = self.view.of(messages, running)
        self.marks = ItemMarks(self.view)
        self.forget_search()
        self._tail, self._unseen, self._step = None, 0, 0
        self.set_reactive(TranscriptCore.cursor, 0)
        self.set_reactive(TranscriptCore.follow, running)
        self.show_items(len(self.view.items))
        self._go_on()
        self._announce()
        self.start_marking()
        self.want_syntax()

    def append(self, messages: Sequence[Message]) -> None:
        """Add messages at the end of the history."""
        if not messages:
            return
        view = self.view
        if not isinstance(view.messages, GrownMessages):
            view.messages = GrownMessages(view.messages)
        view.messages.extend(messages)
        self._tail = None
        self.grew()

    def grew(self) -> None:
        """Say that there are more messages at the end of the history that is shown. Costs what is new."""
        view, count, before = self.view, len(self.view.items), self.view.items.n_messages
        view.items.grow(view.messages)
        # An observation belongs to the step before it.
        for item in range(max(0, count - 1), count + 1):
            if item < self.layouts.count:
                self.layouts.forget(item)
        self.marks.again_from(max(0, count - 1))
        self.layouts.resize(len(view.items))
        self._unseen += view.items.n_messages - before if view.running and not self.follow else 0
        self._go_on()
        self.start_marking()

    def set_tail(self, tail: LiveTail | None) -> None:
        """Say what is in flight; the same object may be given again after it grew. Painted some ten times a second."""
        self._tail = tail
        wait = self._tail_painted + PAINT_EVERY - time.monotonic()
        if tail is None or wait <= 0:
            self._show_tail()
        elif self._tail_timer is None:
            self._tail_timer = self.set_timer(wait, self._show_tail)

    def ended(self) -> None:
        """Say that the run is over: nothing is waited for any more."""
        self.view.running = False
        self.set_tail(None)
        self.follow = False
        self.changed(len(self.view.items) - 1)

    @property
    def step(self) -> int:
        """The number of the step that the cursor is on, or that was before it; 0 before the first."""
        return self.view.items.step_at(self.cursor)

    def go_to_step(self, step: int) -> None:
        """Put the cursor on a step and bring it into sight."""
        if self.view.items.n_steps:
            self.go_to_item(self.view.items.of_step(step))

    def go_to_item(self, item: int) -> None:
        """Put the cursor on an item; the view moves only when the item's head or all of a short one is not in sight."""
        item = max(0, min(item, len(self.view.items) - 1))
        rows = sum(shown == item for shown, _ in self.shown)
        if not rows or rows < min(len(self.layouts.rows(item)), self.height) or (item, 0) not in self.shown:
            self.follow = False
            self.go((item, 0))
        self.cursor = item

    # How it works

    def forget_search(self) -> None:
        """Called before another history is shown."""

    def lay_out(self, item: int, width: int) -> Sequence[Row]:
        """The rows of a step or message, or of what streams."""
        if item < len(self.view.items):
            return rows_of(self.view, item, width)
        if self._tail_rows.width != width:
            self._tail_rows = TailRows(width)
        return self._tail_rows.rows(self._tail) if self._tail is not None else []

    def before(self, item: int, row: int) -> Piece:
        """A bar beside the step with the cursor."""
        return ("▌", "cursor") if item == self.cursor else (" ", "")

    def map_mark(self, y: int) -> Piece:
        """Errors, edits, the person's messages and search hits of the items that this line of the map stands for."""
        heights, height = self.layouts.heights, max(1, self.extent.height)
        first, end = (
            item + bool(row) for item, row in (heights.find(line * heights.total // height) for line in (y, y + 1))
        )
        if y == height - 1:
            end = self.layouts.count
        return self.marks.sign(first, end) or super().map_mark(y)

    def render_line(self, y: int) -> Strip:
        """Paint one line; the last one says how much came below it."""
        strip = super().render_line(y)
        if y != self.extent.height - 1 or self.follow or not self._unseen:
            return strip
        return _with_chip(strip, f" ▼ {self._unseen} new below · G ", self.palette.style("chip"))

    def moved(self) -> None:
        """Keep the cursor on something that can be seen."""
        items = len(self.view.items)
        if self.follow:
            self.cursor = items - 1
        elif items and not self.is_visible(self.cursor):
            heads = [item for item, row in self.shown if row == 0 and item < items]
            self.cursor = heads[0] if heads else min(self.top[0], items - 1)
        if self._unseen and self.at_end:
            self._unseen = 0
            self.refresh()

    def scrolled(self) -> None:
        """Follow the end of a live run when one went there, and stop when one left."""
        self.follow = self.view.running and self.at_end

    def watch_follow(self, follow: bool) -> None:
        """Go to the end."""
        if follow:
            self._unseen = 0
            self._go_on()
        self.refresh()

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the bar where it is now, and say so."""
        self.repaint([old, new])
        self._announce()

    def _announce(self) -> None:
        step = self.step
        if step != self._step:
            self._step = step
            if step:
                self.post_message(self.StepHighlighted(self, step))

    def _go_on(self) -> None:
        """Show the end while following, else what was shown before."""
        self.go(self.layouts.last() if self.follow and self.is_attached and self.height else self.top)

    def place_kept(self, row: Row | None) -> Position:
        """Stay at the end while following."""
        return self.layouts.last() if self.follow else super().place_kept(row)

    def _show_tail(self) -> None:
        if self._tail_timer is not None:
            self._tail_timer.stop()
            self._tail_timer = None
        self._tail_painted = time.monotonic()
        item = len(self.view.items)
        if self.layouts.count > item:
            self.layouts.forget(item)
        self.layouts.resize(item + (self._tail is not None))
        self._go_on()


def _with_chip(strip: Strip, chip: str, style: Style) -> Strip:
    """The line with a word at its right end, before the last column."""
    width = strip.cell_length
    head, end = strip.crop(0, max(0, width - 2 - len(chip))), strip.crop(width - 2, width)
    return Strip([*head, Segment(chip, style), *end])
