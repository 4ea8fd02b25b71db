"""The cursor of a list: it goes from row to row by key and by mouse, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from nano_widgets.line_painter import MARK_WIDTH

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
    list: RowCursor
    index: int
    """The row's index."""

    @property
    def control(self) -> RowCursor:
        """The list it happened in."""
        return self.list


class RowCursor(ScrollView, can_focus=True):
    """The moving half of a list, whatever its rows look like."""

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS

    cursor: reactive[int] = reactive(0, init=False, repaint=False)
    """Index of the row under the cursor; 0 when there are no rows."""

    class Highlighted(_RowMessage, namespace="line_list"):
        """The cursor went to another row."""

    class Selected(_RowMessage, namespace="line_list"):
        """A row was chosen with Enter or a double click."""

    @dataclass
    class HeaderClicked(Message, namespace="line_list"):
        """The header was clicked."""

        list: RowCursor
        x: int
        """The cell that was clicked, in `render_header`'s own count."""

        @property
        def control(self) -> RowCursor:
            """The list it happened in."""
            return self.list

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def _page(self) -> int:
        """How many rows can be seen at once."""
        raise NotImplementedError

    @property
    def _header_height(self) -> int:
        """Lines above the rows."""
        raise NotImplementedError

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, self.row_count - 1))

    def _follow_cursor(self) -> None:
        top, page = round(self.scroll_y), self._page
        wanted = min(max(top, self.cursor - page + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True)

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
        self.cursor = self.row_count - 1

    def action_select(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.post_message(self.Selected(self, self.cursor))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Opening only what is there."""
        return action != "select" or self.row_count > 0

    def row_under(self, event: events.MouseEvent) -> int | None:
        """The row that the mouse is on; -1 for the header, `None` where there is nothing."""
        offset = event.get_content_offset(self)
        if offset is None:
            return None
        y = offset.y - self._header_height
        index = y + self.scroll_offset.y
        return -1 if y < 0 else index if index < self.row_count else None

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
