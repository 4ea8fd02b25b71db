"""A list of any number of one-line rows, of which only the visible ones are ever made."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from nano_widgets.line_painter import MARK_WIDTH, LinePainter, PaintedRow, Row, as_painted
from nano_widgets.row_cursor import RowCursor
from nano_widgets.safe import notice_lines

KEPT_ROWS = 500
"""How many painted rows are kept."""


class LineList(RowCursor):
    """A virtual list: a subclass says how many rows there are and paints one when it is asked for it.

    Half a million rows cost nothing; painted rows are kept until `refresh_row` or `refresh_rows`. `render_row` gets the
    width that is left beside the cursor mark and returns a strip or segments of at most that many cells.
    """

    HELP = "A list: `j` and `k` move, `g` and `G` go to the ends, Enter opens."
    DEFAULT_CSS = """
    LineList {
        background: $surface; color: $foreground; overflow-x: hidden; overflow-y: auto;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        & > .line-list--cursor { background: $panel; }
        &:focus > .line-list--cursor { background: $primary-muted; text-style: bold; }
        &:light:focus > .line-list--cursor { background: $primary 12%; }
        & > .line-list--mark { color: $primary; text-style: bold; }
        & > .line-list--header { color: $text-muted; text-style: bold; }
        & > .line-list--notice { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES = {"line-list--cursor", "line-list--mark", "line-list--header", "line-list--notice"}

    notice: reactive[str] = reactive("Nothing here.")
    """What is said in place of rows while there are none: that it is loading, empty, or why it cannot be shown."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._count = 0
        self._rows: dict[int, PaintedRow] = {}
        self._painted_for = 0
        self._painter = LinePainter(self)

    # What a subclass says

    def render_row(self, index: int, width: int) -> Row:
        """Paint one row into at most `width` cells; called for visible rows only, and once until a refresh."""
        raise NotImplementedError

    def render_header(self, width: int) -> Row | None:
        """Paint a line that stays at the top, or `None` for none; asked for at every paint of it."""
        return None

    def row_sign(self, index: int) -> str:
        """One character behind the cursor's mark, asked for at every paint: whether the row is chosen, say."""
        return " "

    # What a user of it does

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._count

    def set_row_count(self, count: int, cursor: int | None = None, steady: bool = False) -> None:
        """Say how many rows there are now and, if it moves, where the cursor is; all rows are painted anew.

        `steady` keeps the cursor's row where it is on the screen, as far as the rows allow.
        """
        if bool(count) != bool(self._count):
            self.refresh_bindings()
        self._count = count
        self._rows.clear()
        self._update_size()
        target = max(0, min(self.cursor if cursor is None else cursor, count - 1))
        if steady and target != self.cursor:
            self.scroll_to(y=self.scroll_y + target - self.cursor, animate=False, force=True)
        if target == self.cursor:
            self._follow_cursor()
        self.cursor = target
        self.refresh()

    def add_rows(self, count: int) -> None:
        """Say that there are that many more rows at the end; those that are painted stay as they are."""
        if len(str(self._count + count)) != len(str(self._count)):
            self._rows.clear()  # rows with numbers line up
        self._count += count
        self._update_size()
        self.refresh()

    def refresh_row(self, index: int) -> None:
        """Paint one row anew."""
        self._rows.pop(index, None)
        self._repaint(index)

    def refresh_rows(self) -> None:
        """Paint all rows anew."""
        self._rows.clear()
        self.refresh()

    # How it works

    def _repaint(self, index: int) -> None:
        y = index - self.scroll_offset.y + self._header_height
        if self._header_height <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _header_height(self) -> int:
        return int(self.render_header(max(1, self._width - MARK_WIDTH)) is not None)

    @property
    def _below_height(self) -> int:
        """Lines that a subclass paints below the rows."""
        return 0

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - self._header_height - self._below_height)

    def _update_size(self) -> None:
        # It never scrolls sideways. With a width, everything would be arranged once more after each new size.
        self.virtual_size = Size(0, self._count + self._header_height + self._below_height)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._update_size()
        self._follow_cursor()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint some lines. A new width is seen here before its event comes: no picture is made for the old one."""
        if self._width != self._painted_for:
            self._painted_for = self._width
            self._rows.clear()
        return super().render_lines(crop)

    def notify_style_update(self) -> None:
        """Forget painted rows: their colours changed."""
        super().notify_style_update()
        self._rows.clear()
        self._painter.clear()

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the two rows that look different, follow the cursor, and say so."""
        self._repaint(old)
        self._repaint(new)
        self._follow_cursor()
        self.post_message(self.Highlighted(self, new))

    def render_line(self, y: int) -> Strip:
        """Paint one line of the widget, in its own coordinates."""
        width = self._painted_for
        header = self.render_header(width - MARK_WIDTH)
        if header is not None:
            if y == 0:
                return self._painter.words(header, "line-list--header", width)
            y -= 1
        index = y + self.scroll_offset.y
        if index < self._count:
            if index not in self._rows:
                if len(self._rows) > KEPT_ROWS:
                    self._rows.clear()
                self._rows[index] = as_painted(self.render_row(index, width - MARK_WIDTH))
            return self._painter.row(self._rows[index], index == self.cursor, self.row_sign(index), width)
        words = [] if self._count else notice_lines(self.notice, width - MARK_WIDTH)
        if y >= len(words):
            return self._painter.blank(width)
        return self._painter.words([Segment(words[y])], "line-list--notice", width)
