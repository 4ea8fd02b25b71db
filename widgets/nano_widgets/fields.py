"""Fields to type into: what is pasted or filled in is foreign text too, and is shown without being let loose."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Input, TextArea

from nano_widgets.safe import is_safe, safe


def harmless(strip: Strip) -> Strip:
    """The same strip, as wide as it was, with nothing in its text but what can be seen."""
    if all(is_safe(segment.text) for segment in strip):
        return strip
    segments = [Segment(safe(text, keep_newlines=False), style, control) for text, style, control in strip]
    return Strip(segments).adjust_cell_length(strip.cell_length)


class Field(Input):
    """One line; what it paints is harmless, its value stays as it is."""

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        return harmless(super().render_line(y))


class Box(TextArea):
    """Several lines; what it paints is harmless, its text stays as it is."""

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        return harmless(super().render_line(y))
