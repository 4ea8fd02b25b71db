"""Scrolling a view by more than a row: pages, the wheel, and the last column as something to take hold of."""

from __future__ import annotations

from textual import events
from textual.scroll_view import ScrollView

WHEEL_ROWS = 3


class Grip(ScrollView):
    """How one gets about in a view whose last column shows where one is."""

    @property
    def height(self) -> int:
        """Visible rows."""
        return max(1, self.size.height)

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        raise NotImplementedError

    def go_to_line(self, y: int) -> None:
        """Go where a line of the last column points to."""
        raise NotImplementedError

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by pages, one row less so that the eye finds its place."""
        rows = max(1, int(abs(pages) * (self.height - 1)))
        self.action_scroll_rows(rows if pages > 0 else -rows)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.action_scroll_rows(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.action_scroll_rows(-WHEEL_ROWS)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the last column: the view goes where the mouse is."""
        if event.x == self.size.width - 1:
            self.capture_mouse()
            self.go_to_line(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while it holds the last column."""
        if self.app.mouse_captured is self:
            self.go_to_line(event.y)

    def on_mouse_up(self) -> None:
        """Let go."""
        self.release_mouse()
