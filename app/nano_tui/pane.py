"""What the three panes have in common."""

from __future__ import annotations

from typing import ClassVar

from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget


class Pane(Vertical, can_focus=True):
    """One third of the screen: a frame with a number and a title, help, and one widget that gets the focus.

    A pane is empty at first, so that the first picture is there at once; it is filled when it is first seen.
    """

    # A click on what takes no focus (a tab, a line that says how things stand) leaves it where it is in the pane.
    FOCUS_ON_CLICK = False
    NUMBER: ClassVar[int]
    NAME: ClassVar[str]
    HELP: ClassVar[str | None] = None
    """What the pane is for, in a few plain sentences; shown above its keys by `?`."""

    _filled = False

    def on_mount(self) -> None:
        """Put the title into the frame."""
        self.say()

    def frame(self, shown: bool, current: bool) -> None:
        """Put a frame around the pane: a heavy one in the accent's colour when the focus is in it.

        Set here and not by `:focus-within`, for which Textual styles everything in the pane anew at each change.
        """
        variables = self.app.theme_variables
        colour = Color.parse(variables["accent"])
        if not current:
            colour = Color.parse(variables["surface"]).blend(Color.parse(variables["foreground"]), 0.3)
        self.styles.border = ("none" if not shown else "heavy" if current else "round", colour)
        # Text needs more contrast than a frame: an accent may be as light as a light theme's ground.
        self.styles.border_title_color = Color.parse(variables["text-accent" if current else "foreground"])

    def say(self, detail: Content | None = None) -> None:
        """Show the pane's name in its frame, and how things stand behind it."""
        title = Content.assemble(f"{self.NUMBER} ", (self.NAME, "bold"))
        self.border_title = Content.assemble(title, "  ", detail) if detail else title

    @property
    def main(self) -> Widget | None:
        """The widget that gets the focus when the pane is gone to; `None` while the pane itself does."""
        return None

    def go_to(self) -> None:
        """Move the focus here, unless it is here already."""
        if not self.has_focus_within or self.has_focus:
            (self.main or self).focus()

    def on_mouse_down(self) -> None:
        """Come here from another pane, wherever in this one was clicked."""
        self.go_to()

    async def ensure_filled(self) -> None:
        """Fill the pane if that has not been done yet."""
        if not self._filled:
            self._filled = True
            await self.fill()
            if self.has_focus and self.main:
                self.main.focus()

    async def fill(self) -> None:
        """Make what the pane shows."""
