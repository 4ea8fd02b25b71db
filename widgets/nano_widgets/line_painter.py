"""What a list paints around its rows: the cursor's mark and ground, and lines that are no rows."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

Row = Strip | Iterable[Segment]
CURSOR_MARK = "›"
"""Stands before the row with the cursor, so that it is seen without colours too."""
MARK_WIDTH = 2


class LinePainter:
    """Puts the mark, the cursor's ground and the widget's own colours to rows; styles are kept until `clear`."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}
        self._blanks: dict[int, Strip] = {}

    def clear(self) -> None:
        """Forget all: colours changed."""
        self._styles.clear()
        self._blanks.clear()

    def _style(self, component: str = "") -> Style:
        style = self._styles.get(component)
        if style is None:
            widget = self._widget
            style = widget.get_component_rich_style(component, partial=True) if component else widget.rich_style
            self._styles[component] = style
        return style

    def blank(self, width: int) -> Strip:
        """A line with nothing in it."""
        strip = self._blanks.get(width)
        if strip is None:
            strip = self._blanks[width] = Strip([Segment(" " * width, self._style())], width)
        return strip

    def words(self, row: Row, component: str, width: int) -> Strip:
        """A line that is no row."""
        style = self._style() + self._style(component)
        return Strip([Segment(" " * MARK_WIDTH), *row]).apply_style(style).adjust_cell_length(width, style)

    def row(self, strip: Strip, under_cursor: bool, sign: str, width: int) -> Strip:
        """A row, with the mark before it when the cursor is on it, and its sign."""
        style = self._style()
        if not under_cursor:
            before = Segment(f" {sign}", style if sign == " " else style + self._style("line-list--mark"))
            return Strip([before, *strip]).apply_style(style).adjust_cell_length(width, style)
        # A row may have painted its own ground; the cursor's goes over it, or it would not be seen.
        over = self._style("line-list--cursor")
        mark = Segment(f"{CURSOR_MARK}{sign}", style + self._style("line-list--mark"))
        segments = Segment.apply_style([mark, *strip], style, over)
        return Strip(segments).adjust_cell_length(width, style + over)


def as_strip(row: Row) -> Strip:
    """A row that may be painted many times."""
    return row if isinstance(row, Strip) else Strip(row)
