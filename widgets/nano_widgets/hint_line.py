"""The line below an input: what may be typed next, or what is wrong with what was typed and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from nano_widgets.safe import cells, one_line

_GAP = 2
_LONGEST = 40


class HintLine(Widget):
    """One line that is always there, so that nothing moves when there is something to be said."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    HintLine {
        height: 1; padding: 0 1; color: $foreground 60%;
        & .hint-line--now { color: $text-primary; text-style: bold reverse; }
        & .hint-line--error { color: $text-error; }
        & .hint-line--first { color: $text-primary; }
    }
    """
    COMPONENT_CLASSES = {"hint-line--now", "hint-line--error", "hint-line--first"}

    @dataclass
    class Chosen(Message):
        """A hint was clicked."""

        index: int

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: Sequence[str] = ()
        self._now = -1
        self._help = self._error = ""
        self._carets = (0, 0)
        self._places: list[tuple[int, int, int]] = []

    def hint(self, hints: Sequence[str], now: int = -1, help: str = "") -> None:
        """Show what may be typed next; `now` is the one that was taken, `help` stands behind them all."""
        self._hints, self._now, self._help, self._error = hints, now, help, ""
        self.refresh()

    def complain(self, error: str, start: int, end: int) -> None:
        """Say what is wrong with the cells from `start` to `end` of the line above."""
        self._hints, self._error, self._carets = (), error, (start, end)
        self.refresh()

    @property
    def said(self) -> str:
        """What the line says, as plain text."""
        return self.render().plain

    def render(self) -> Content:
        """The hints, or the error beside carets under what it is about."""
        width = self.size.width
        if self._error:
            return Content.styled(self._pointing(width), self.get_visual_style("hint-line--error", partial=True))
        self._places, parts, x = [], list[Content](), 0
        for i, hint in enumerate(self._hints):
            text = one_line(hint, _LONGEST)
            if x + cells(text) > width:
                break
            # What is not taken yet stands first, where Tab takes it.
            name = "now" if i == self._now else "first" if self._now < 0 and i == 0 else ""
            style = self.get_visual_style(f"hint-line--{name}", partial=True) if name else ""
            parts += [Content.styled(text, style), Content(" " * _GAP)]
            self._places.append((x, x + cells(text), i))
            x += cells(text) + _GAP
        if self._help and width - x > 10:
            parts.append(Content(one_line(f"· {self._help}" if parts else self._help, width - x)))
        return Content("").join(parts)

    def _pointing(self, width: int) -> str:
        """`^^^^ what is wrong` under the place, or before it where there is more room."""
        start, end = self._carets
        start = min(start, width - 1)
        carets = "^" * max(1, min(end, width) - start)
        room = width - start - len(carets) - 1
        if cells(self._error) <= room or room >= start:
            return f"{' ' * start}{carets} {one_line(self._error, room)}"
        return f"{one_line(self._error, start - 1).rjust(start - 1)} {carets}"

    def on_click(self, event: events.Click) -> None:
        """Take what was clicked."""
        offset = event.get_content_offset(self)
        found = (i for start, end, i in self._places if offset is not None and start <= offset.x < end)
        if (index := next(found, None)) is not None:
            self.post_message(self.Chosen(index))
