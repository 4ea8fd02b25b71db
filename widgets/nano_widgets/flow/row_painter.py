"""What a flow paints: its rows between a gutter and the last column, and words where there are none."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from nano_widgets.flow.row import Piece, Row
from nano_widgets.palette import Palette


class RowPainter:
    """Makes strips of rows; a row keeps its picture until the colours are others."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette

    def line(self, row: Row, before: Piece, mark: Piece, room: int, width: int) -> Strip:
        """A row in `room` of the line's `width` cells, with what stands before it and the sign in the last column."""
        palette = self._palette
        # The same strip again where nothing changed: what Textual makes of it, it keeps with it.
        key = (palette.edition, before, mark)
        if row.line is None or row.line[0] != key:
            if row.painted is None or row.painted[0] != palette.edition:
                row.painted = (palette.edition, self._paint(row, room))
            style = palette.style
            ends = Segment(before[0], style(before[1])), Segment(f" {mark[0]}", style(mark[1]))
            row.line = (key, Strip([ends[0], *row.painted[1], ends[1]], width))
        return row.line[1]

    def words(self, text: str, width: int) -> Strip:
        """A line of a notice, or an empty one."""
        strip = Strip([Segment(f" {text}", self._palette.style("muted"))])
        return strip.adjust_cell_length(width, self._palette.style())

    def _paint(self, row: Row, room: int) -> Strip:
        style = self._palette.style
        strip = Strip([Segment(text, style(ink, row.fill)) for text, ink in row.pieces])
        right = Strip([Segment(text, style(ink, row.fill)) for text, ink in row.right])
        fill = style("", row.fill)
        strip = strip.adjust_cell_length(max(0, room - right.cell_length), fill)
        return Strip([*strip, *right]).adjust_cell_length(room, fill)
