"""What a run is shown in: the lines above it, the outline, the transcript or the step in its place."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.events import Resize
from textual.reactive import reactive
from textual.widget import Widget

from nano_tui.bridge import in_background
from nano_tui.line import Line
from nano_widgets.outline import Outline
from nano_widgets.status_line import StatusLine
from nano_widgets.transcript.transcript import Transcript

if TYPE_CHECKING:
    from nano_widgets.inspector import Inspector

BESIDE_FROM = 72
"""Cells of width from which on the outline stands beside the transcript; below, it takes its place when asked for."""
INSPECTOR_AFTER = 1.0
"""Seconds after which the inspector is made: what is read first is the transcript."""


class RunPlaces(Vertical):
    """How a run stands, its outline, its transcript, and the step that is looked at closely: each in its place."""

    DEFAULT_CSS = """
    RunPlaces {
        height: 1fr;
        #about { background: $panel; }
        #outline { width: 1fr; }
        #outline.-beside { width: 30%; min-width: 24; max-width: 64; border-right: vkey $foreground 20%; }
        #parts { width: 1fr; height: 1fr; }
    }
    """

    inspecting: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether a step is looked at closely, in the place of the transcript."""
    outlined: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether the outline stands in the place of everything else."""
    beside: reactive[bool] = reactive(True, init=False)
    """Whether there is room for the outline beside the rest."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.status = StatusLine()
        self.about = Line(id="about")
        self.outline = Outline(id="outline")
        self._parts = Container(id="parts")
        self.transcript = Transcript()
        self._inspector: Inspector | None = None

    def compose(self) -> ComposeResult:
        """What is always there."""
        yield self.status
        yield self.about
        with Horizontal():
            yield self.outline
            with self._parts:
                yield self.transcript

    def on_mount(self) -> None:
        """Begin with the transcript."""
        self._place()
        self.set_timer(INSPECTOR_AFTER, lambda: in_background(self, "inspector", self._ready_inspector))

    @property
    def inspector(self) -> Inspector:
        """What looks at a step closely; made when it is first needed, or when there is time for it."""
        if self._inspector is None:
            from nano_widgets.inspector import Inspector

            self._inspector = Inspector()
            self._inspector.display = self.inspecting
            self._parts.mount(self._inspector)
        return self._inspector

    async def _ready_inspector(self) -> None:
        await asyncio.to_thread(import_module, "nano_widgets.inspector")
        self.inspector.display = self.inspecting

    def on_resize(self, event: Resize) -> None:
        """The outline stands beside the transcript where there is room for both."""
        self.beside = event.size.width >= BESIDE_FROM

    def watch_beside(self, beside: bool) -> None:
        """Put the outline to its place."""
        self.outlined = self.outlined and not beside
        self._place()

    def watch_outlined(self) -> None:
        """Show the outline, or what it stood in the place of."""
        self._place()

    def watch_inspecting(self) -> None:
        """Show the step, or the transcript."""
        self._place()

    def _place(self) -> None:
        # Not by classes: for those, Textual would style everything in here anew.
        self.outline.set_class(self.beside, "-beside")
        self.outline.display = self.beside or self.outlined
        self._parts.display = not self.outlined
        self.transcript.display = not self.inspecting
        if self.inspecting or self._inspector is not None:
            self.inspector.display = self.inspecting

    @property
    def main(self) -> Widget:
        """What gets the focus."""
        if self.outlined:
            return self.outline
        return self.inspector.view if self.inspecting else self.transcript
