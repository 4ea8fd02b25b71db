"""A list of any number of one-line rows, of which only the visible ones are ever made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nano_widgets.line_painter import MARK_WIDTH, LinePainter, PaintedRow, Row
from nano_widgets.safe import notice_lines

KEPT_ROWS = 500
"""How many painted rows are kept."""
LIST_KEYS: list[BindingType] = [
    Binding("j,down", "move(1)", "Down", show=False, tooltip="Go to the next row", id="list.down"),
    Binding("k,up", "move(-1)", "Up", show=False, tooltip="Go to the row before", id="list.up"),
    Binding("g,home", "first", "First", show=False, tooltip="Go to the first row", id="list.first"),
    Binding("G,end", "last", "Last", show=False, tooltip="Go to the last row", id="list.last"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, tooltip="Go one page down", id="list.page_down"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, tooltip="Go one page up", id="list.page_up"),
    Binding("enter", "select", "Open", tooltip="Open the row under the cursor", id="list.open"),
]


@dataclass
class _RowMessage(Message):
    list: LineList
    index: int
    """The row's index."""

    @property
    def control(self) -> LineList:
        """The list it happened in."""
        return self.list


class LineList(ScrollView, can_focus=True):
    """A virtual list: a subclass says how many rows there are and paints one when it is asked for it.

    Half a million rows cost nothing; painted rows are kept until `refresh_row` or `refresh_rows`. `render_row` gets the
    width that is left beside the cursor mark and returns a strip or segments of at most that many cells.
    """

    HELP = "A list: `j` and `k` move, `g` and `G` go to the ends, Enter opens."
    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS
    DEFAULT_CSS = """
    LineList {
        background: $surface; color: $foreground; overflow-x: hidden; overflow-y: auto;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        & > .line-list--cursor { background: $panel; }
        &:focus > .line-list--cursor { background: $primary-muted; text-style: bold; }
        & > .line-list--mark { color: $primary; text-style: bold; }
        & > .line-list--header { color: $text-muted; text-style: bold; }
        & > .line-list--notice { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES = {"line-list--cursor", "line-list--mark", "line-list--header", "line-list--notice"}

    cursor: reactive[int] = reactive(0, init=False, repaint=False)
    """Index of the row under the cursor; 0 when there are no rows."""
    notice: reactive[str] = reactive("Nothing here.")
    """What is said in place of rows while there are none: that it is loading, empty, or why it cannot be shown."""

    class Highlighted(_RowMessage):
        """The cursor went to another row."""

    class Selected(_RowMessage):
        """A row was chosen with Enter or a double click."""

    @dataclass
    class HeaderClicked(Message):
        """The header was clicked."""

        list: LineList
        x: int
        """The cell that was clicked, in `render_header`'s own count."""

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.list

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

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, self._count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the two rows that look different, follow the cursor, and say so."""
        self._repaint(old)
        self._repaint(new)
        self._follow_cursor()
        self.post_message(self.Highlighted(self, new))

    def _follow_cursor(self) -> None:
        top, page = round(self.scroll_y), self._page
        wanted = min(max(top, self.cursor - page + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True)

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
                self._rows[index] = PaintedRow(self.render_row(index, width - MARK_WIDTH))
            return self._painter.row(self._rows[index], index == self.cursor, self.row_sign(index), width)
        words = [] if self._count else notice_lines(self.notice, width - MARK_WIDTH)
        if y >= len(words):
            return self._painter.blank(width)
        return self._painter.words([Segment(words[y])], "line-list--notice", width)

    def action_move(self, rows: int) -> None:
        """Move the cursor by that many rows."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by that many pages."""
        self.cursor += pages * self._page

    def action_first(self) -> None:
        """Go to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Go to the last row."""
        self.cursor = self._count - 1

    def action_select(self) -> None:
        """Open the row under the cursor."""
        if self._count:
            self.post_message(self.Selected(self, self.cursor))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Opening only what is there."""
        return action != "select" or self._count > 0

    def row_under(self, event: events.MouseEvent) -> int | None:
        """The row that the mouse is on; -1 for the header, `None` where there is nothing."""
        offset = event.get_content_offset(self)
        if offset is None:
            return None
        y = offset.y - self._header_height
        index = y + self.scroll_offset.y
        return -1 if y < 0 else index if index < self._count else None

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked row; open it on a double click."""
        index, offset = self.row_under(event), event.get_content_offset(self)
        if index is None or offset is None:
            return
        if index < 0:
            self.post_message(self.HeaderClicked(self, offset.x - MARK_WIDTH))
            return
        self.cursor = index
        if event.chain == 2:
            self.action_select()
