"""What a list paints around its rows: the cursor's mark and ground, and lines that are no rows."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

CURSOR_MARK = "›"
"""Stands before the row with the cursor, so that it is seen without colours too."""
MARK_WIDTH = 2


class PaintedRow:
    """A row as it was painted once, and as it looks where the cursor is not."""

    __slots__ = ("length", "line", "segments", "sign")

    def __init__(self, segments: Iterable[Segment], length: int | None = None) -> None:
        self.segments = list(segments)
        self.length = length
        """Its cells, if whoever painted it knows."""
        self.sign = ""
        self.line: Strip | None = None


Row = PaintedRow | Strip | Iterable[Segment]


class LinePainter:
    """Puts the mark, the cursor's ground and the widget's own colours to rows; styles are kept until `clear`."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}
        self._looks: dict[str, Style] = {}
        self._blanks: dict[int, Strip] = {}

    def clear(self) -> None:
        """Forget all: colours changed."""
        self._styles.clear()
        self._looks.clear()
        self._blanks.clear()

    def _style(self, component: str = "") -> Style:
        """What a component says that goes over a row's own looks; without one, the widget's."""
        style = self._styles.get(component)
        if style is None:
            style = self._widget.rich_style
            if component:
                style = self._widget.get_component_rich_style(component, partial=True)
                if style.bgcolor is not None:  # as it is over the widget's
                    style += Style(bgcolor=self._look(component).bgcolor)
            self._styles[component] = style
        return style

    def _look(self, component: str) -> Style:
        """A component's whole style: its colour may be one that depends on the ground it stands on."""
        style = self._looks.get(component)
        if style is None:
            style = self._looks[component] = self._widget.get_component_rich_style(component)
        return style

    def blank(self, width: int) -> Strip:
        """A line with nothing in it."""
        strip = self._blanks.get(width)
        if strip is None:
            strip = self._blanks[width] = Strip([Segment(" " * width, self._style())], width)
        return strip

    def words(self, row: Row, component: str, width: int) -> Strip:
        """A line that is no row."""
        style, segments = self._look(component), as_painted(row).segments
        return Strip([Segment(" " * MARK_WIDTH), *segments]).apply_style(style).adjust_cell_length(width, style)

    def row(self, row: PaintedRow, under_cursor: bool, sign: str, width: int) -> Strip:
        """A row, with the mark before it when the cursor is on it, and its sign."""
        style = self._style()
        if not under_cursor:
            if row.line is None or row.sign != sign:
                before = Segment(f" {sign}", style if sign == " " else style + self._style("line-list--mark"))
                row.line, row.sign = self._line(before, row, width), sign
            return row.line
        # A row may have painted its own ground; the cursor's goes over it, or it would not be seen.
        over = self._style("line-list--cursor")
        ink = self._style("line-list--mark")
        if ink.color == over.bgcolor:
            ink = Style(bold=ink.bold)  # a theme of few colours gives both the same one
        mark = Segment(f"{CURSOR_MARK}{sign}", style + ink)
        segments = Segment.apply_style([mark, *row.segments], style, over)
        return Strip(segments).adjust_cell_length(width, style + over)

    def _line(self, before: Segment, row: PaintedRow, width: int) -> Strip:
        """A strip in one go: each step with Textual's own costs as much as painting the row."""
        style = self._style()
        inked = (Segment(text, style if ink is None else style + ink) for text, ink, _ in row.segments)
        strip = Strip([before, *inked], None if row.length is None else MARK_WIDTH + row.length)
        return strip.adjust_cell_length(width, style)


def as_painted(row: Row) -> PaintedRow:
    """A row that may be shown many times."""
    return row if isinstance(row, PaintedRow) else PaintedRow(row)
