"""Tabs in one line, with something to say at the right end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from nano_widgets.palette import Palette
from nano_widgets.safe import cells, one_line

_FEWEST_WORDS = 8
"""Cells; fewer say nothing."""


class TabLine(Widget):
    """One of several names is the current one; it stands in brackets. A click chooses another."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    TabLine { height: 1; background: $panel; color: $foreground; }
    """

    names: reactive[Sequence[str]] = reactive(())
    """What the tabs are called, in words of our own."""
    current: reactive[int] = reactive(0)
    """Index of the current tab."""
    words: reactive[str] = reactive("")
    """What stands at the right end; foreign text."""

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        line: TabLine
        index: int
        """Which one."""

        @property
        def control(self) -> TabLine:
            """The line it happened in."""
            return self.line

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names = names
        self._palette = Palette(self)

    def notify_style_update(self) -> None:
        """Forget colours: they changed."""
        super().notify_style_update()
        self._palette.clear()

    def _spans(self) -> list[tuple[int, int, int]]:
        """Index, start and end of every tab in sight: all, or those around the current one where not all fit."""
        widths = [len(name) + 2 for name in self.names]
        first, last = 0, len(widths)
        # The words come first as far as their own first part goes: which step this is.
        kept = min(cells(self.words.split(" · ")[0]) + 1, self.size.width // 3) if self.words else 0
        if sum(widths) > self.size.width - kept:
            # Arrows take a cell at each end; the current tab stands where most of the others fit too.
            room = self.size.width - kept - 2
            while sum(widths[first:]) > room and (
                first < self.current - 1 or sum(widths[first : self.current + 1]) > room
            ):
                first += 1
            while last > self.current + 1 and sum(widths[first:last]) > room:
                last -= 1
        found, x = list[tuple[int, int, int]](), int(first > 0)
        for index in range(first, last):
            found.append((index, x, x + widths[index]))
            x += widths[index]
        return found

    def render_line(self, y: int) -> Strip:
        """The tabs, and the words as far as there is room."""
        style, width = self._palette.style, self.size.width
        spans = self._spans() or [(0, 0, 0)]
        segments = [Segment("‹" * (spans[0][0] > 0), style("muted"))]
        for i, _, _ in spans if self.names else ():
            name = self.names[i]
            current = i == self.current
            segments.append(
                Segment(f"[{name}]" if current else f" {name} ", style("number-on" if current else "muted"))
            )
        segments.append(Segment("›" * (spans[-1][0] < len(self.names) - 1), style("muted")))
        room = width - spans[-1][2] - 2
        words = one_line(self.words, room) if room >= _FEWEST_WORDS else ""
        gap = max(0, room + 1 - cells(words))
        segments += [Segment(" " * gap, style()), Segment(words, style("muted"))]
        return Strip(segments).adjust_cell_length(width, style())

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse; an arrow at an end goes to the next one that way."""
        spans = self._spans()
        for index, start, end in spans:
            if start <= event.x < end:
                self.post_message(self.Chosen(self, index))
        if event.x < spans[0][1]:
            self.post_message(self.Chosen(self, spans[0][0] - 1))
        elif event.x == spans[-1][2] and spans[-1][0] < len(self.names) - 1:
            self.post_message(self.Chosen(self, spans[-1][0] + 1))
