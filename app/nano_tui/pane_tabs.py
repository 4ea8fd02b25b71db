"""The line at the top of a narrow screen: which pane is shown, and which others there are."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class PaneTabs(Widget):
    """`1 Launch  2 Live  3 Browse`; a click goes there."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    PaneTabs {
        height: 1; background: $panel;
        .pane-tabs--current { background: $accent; color: $text; text-style: bold; }
        .pane-tabs--other { color: $foreground 70%; }
    }
    """
    COMPONENT_CLASSES = {"pane-tabs--current", "pane-tabs--other"}

    current: reactive[int] = reactive(0)
    """Index of the pane that is shown."""
    words: reactive[str] = reactive("")
    """What stands at the right end, where there is room for it."""

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        index: int

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._labels = [f" {number} {name} " for number, name in enumerate(names, 1)]

    def render(self) -> Content:
        """All labels, the current one standing out."""
        current = self.get_visual_style("pane-tabs--current")
        other = self.get_visual_style("pane-tabs--other", partial=True)
        labels = [
            Content.styled(label, current if index == self.current else other)
            for index, label in enumerate(self._labels)
        ]
        room = self.size.width - sum(map(len, self._labels)) - 1
        words = self.words if len(self.words) <= room else ""
        return Content("").join([*labels, Content.styled(words.rjust(room), other)])

    def on_click(self, event: events.Click) -> None:
        """Go to the pane whose name was clicked."""
        end = 0
        for index, label in enumerate(self._labels):
            end += len(label)
            if event.x < end:
                self.post_message(self.Chosen(index))
                return
