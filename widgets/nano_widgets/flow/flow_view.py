"""A widget that shows a flow: it scrolls by rows over items of any height and paints only what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from nano_widgets.flow.grip import Grip
from nano_widgets.flow.layouts import Layouts, Position
from nano_widgets.flow.row import Piece, Row
from nano_widgets.flow.row_painter import RowPainter
from nano_widgets.palette import Palette
from nano_widgets.safe import notice_lines

FLOW_KEYS: list[BindingType] = [
    Binding("j,down", "scroll_rows(1)", "Down", show=False, tooltip="Scroll one line down", id="flow.down"),
    Binding("k,up", "scroll_rows(-1)", "Up", show=False, tooltip="Scroll one line up", id="flow.up"),
    Binding(
        "pagedown,ctrl+f", "scroll_pages(1)", "Page down", show=False, tooltip="One page down", id="flow.page_down"
    ),
    Binding("pageup,ctrl+b", "scroll_pages(-1)", "Page up", show=False, tooltip="One page up", id="flow.page_up"),
    Binding("ctrl+d", "scroll_pages(0.5)", "Half down", show=False, tooltip="Half a page down", id="flow.half_down"),
    Binding("ctrl+u", "scroll_pages(-0.5)", "Half up", show=False, tooltip="Half a page up", id="flow.half_up"),
    Binding("g,home", "go_start", "Start", show=False, tooltip="Go to the start", id="flow.start"),
    Binding("G,end", "go_end", "End", show=False, tooltip="Go to the end", id="flow.end"),
]


class FlowView(Grip, can_focus=True):
    """Lays out and paints what is visible of a flow of items; a subclass says what an item's rows are.

    The place of the first visible row is the truth, not a number of lines: so nothing jumps when an item above turns
    out higher than it was estimated. The last column shows where one is.
    """

    BINDINGS: ClassVar[list[BindingType]] = FLOW_KEYS
    DEFAULT_CSS = """
    FlowView { background: $surface; color: $foreground; overflow: hidden hidden; }
    """
    GUTTER = 1
    """Cells before the text of each row."""

    notice: reactive[str] = reactive("Nothing here.")
    """What is said while there is nothing to show: that it is loading, empty, or why it cannot be shown."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.palette = Palette(self)
        self._painter = RowPainter(self.palette)
        self.layouts = Layouts(self.lay_out)
        self._top: Position = (0, 0)
        self._shown: list[Position] = []
        self._told: list[Position] = []
        self.extent = Size(0, 0)
        """The size that the rows are laid out for. A widget's own `size` takes Textual a walk over the screen."""
        self._rows: list[Row] = []
        self._thumb = range(0)

    # What a subclass says

    def lay_out(self, item: int, width: int) -> Sequence[Row]:
        """The rows of an item at a width; called when it is first seen, and again after `changed`."""
        raise NotImplementedError

    def before(self, item: int, row: int) -> Piece:
        """What stands before a row: `GUTTER` cells, asked for at every paint."""
        return (" " * self.GUTTER, "")

    def map_mark(self, y: int) -> Piece:
        """What stands in the last column beside the line `y` of the widget: a sign, or a line to slide along."""
        return ("│", "rule") if self._thumb else (" ", "")

    def moved(self) -> None:
        """Called when other rows are visible than before."""

    def place_kept(self, row: Row | None) -> Position:
        """What is at the top after the view took another size: what was there, its row's text in `row`."""
        return self.layouts.same_place(self._top, row)

    def scrolled(self) -> None:
        """Called after a person moved the view."""

    # What a user of it does

    @property
    def top(self) -> Position:
        """The item and row at the top of the view."""
        return self._top

    @property
    def shown(self) -> Sequence[Position]:
        """The places of the visible rows, from the top down."""
        return self._shown

    @property
    def at_end(self) -> bool:
        """Whether the last row there is can be seen."""
        return not self.layouts.count or self.layouts.last() in self._shown[-1:]

    def show_items(self, count: int) -> None:
        """Begin anew with that many items."""
        self.layouts.reset(count)
        self.go((0, 0))

    def changed(self, item: int | None = None) -> None:
        """Lay an item (or all of them) out anew; what is at the top of the view stays there."""
        row = self._row_at(self._top)
        self.layouts.forget(item)
        self.go(self.layouts.same_place(self._top, row))

    def go(self, top: Position) -> None:
        """Put a place at the top of the view, or as near to it as the end allows."""
        if not self.is_attached or not self.size.height:
            # Its rows are found when it is seen again, whatever size it has then.
            self._top, self.extent = top, Size(0, 0)
            self.refresh()
            return
        old_rows, old_thumb = self._rows, self._thumb
        self._settle(top)
        self._repaint_changed(old_rows if self._thumb == old_thumb else [])
        self._tell_moved()

    def _settle(self, top: Position) -> None:
        self._top = self.layouts.settle(top, self.height)
        self._shown = self.layouts.visible(self._top, self.height)
        self._rows = [self.layouts.rows(item)[row] for item, row in self._shown]
        self._thumb = self.layouts.thumb(self._top, self.height)

    def _tell_moved(self) -> None:
        if self._told != self._shown:
            self._told = self._shown
            self.moved()

    def _repaint_changed(self, old_rows: Sequence[Row]) -> None:
        """Paint the lines that show another row than before; a stream changes only its last ones."""
        kept = _same_from_the_start(old_rows, self._rows)
        if kept < max(len(old_rows), len(self._rows)) or not kept:
            self.refresh(Region(0, kept, self.size.width, self.height - kept))

    def repaint(self, items: Sequence[int]) -> None:
        """Paint the gutter beside the visible rows of some items anew."""
        ys = [y for y, (item, _) in enumerate(self._shown) if item in items]
        if ys:
            self.refresh(Region(0, ys[0], self.size.width, ys[-1] - ys[0] + 1))

    def is_visible(self, item: int) -> bool:
        """Whether any row of an item can be seen."""
        return any(shown == item for shown, _ in self._shown)

    def position_at(self, y: int) -> Position | None:
        """The place that the line `y` of the widget shows, if any."""
        return self._shown[y] if 0 <= y < len(self._shown) else None

    # How it works

    def _row_at(self, place: Position) -> Row | None:
        if place[0] >= self.layouts.count:
            return None
        rows = self.layouts.rows(place[0])
        return rows[place[1]] if place[1] < len(rows) else None

    def on_resize(self) -> None:
        """Say what can be seen at the new size."""
        self._fit()
        self._tell_moved()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint some lines. A new size is seen here before its event comes: no picture is made for the old one."""
        self._fit()
        return super().render_lines(crop)

    def _fit(self) -> None:
        """Wrap at the present width, and stay at the same text."""
        if self.size == self.extent or not self.size.height:
            return
        self.extent = self.size
        width = max(1, self.size.width - self.GUTTER - 2)
        row = self._row_at(self._top) if self._shown else None
        if width != self.layouts.width:
            self.layouts.width = width
            self.layouts.forget()
        self._settle(self.place_kept(row))

    def notify_style_update(self) -> None:
        """Forget painted rows: colours changed."""
        super().notify_style_update()
        self.palette.clear()

    def render_line(self, y: int) -> Strip:
        """Paint one line of the widget, in its own coordinates."""
        if y >= len(self._shown):
            return self._paint_notice(y)
        before, mark = self.before(*self._shown[y]), self.map_mark(y)
        if y in self._thumb and mark[0] == "│":
            mark = ("┃", "muted")
        return self._painter.line(self._rows[y], before, mark, self.layouts.width, self.extent.width)

    def _paint_notice(self, y: int) -> Strip:
        width = self.extent.width
        words = [] if self.layouts.count else notice_lines(self.notice, width - 2)
        return self._painter.words(words[y] if y < len(words) else "", width)

    def go_to_line(self, y: int) -> None:
        """Go where a line of the last column points to."""
        y = max(0, min(y, self.height - 1))
        self.go(self.layouts.heights.find(y * self.layouts.heights.total // self.height))
        self.scrolled()

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self.go(self.layouts.walk(self._top, rows))
        self.scrolled()

    def action_go_start(self) -> None:
        """Go to the very first row."""
        self.go((0, 0))
        self.scrolled()

    def action_go_end(self) -> None:
        """Go to the very last row."""
        self.go(self.layouts.last())
        self.scrolled()


def _same_from_the_start(old: Sequence[Row], new: Sequence[Row]) -> int:
    """How many rows are still the same ones."""
    pairs = zip(old, new, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one is not other), min(len(old), len(new)))
