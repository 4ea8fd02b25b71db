"""Over everything else: how to go on from a step of a run, or with the run itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from nano_tui.bridge import in_background
from nano_widgets.go_on_form import GoOnForm, GoOnValues
from nano_widgets.text import content

if TYPE_CHECKING:
    from nano_agent.spec import RunSpec

Prepare = Callable[[GoOnValues], "Sequence[RunSpec]"]
"""From what was typed to the runs to start; called in a thread, raises `CannotStart`."""


class GoOnScreen(ModalScreen[list[Path] | None]):
    """Gives the folders of what was started; `None` when the person thought better of it."""

    BINDINGS = [
        Binding("escape", "dismiss", "Close", tooltip="Start nothing", id="goon.close"),
    ]
    DEFAULT_CSS = """
    GoOnScreen {
        align: center middle;
        #goon { width: 84; max-width: 96%; height: auto; border: round $accent; padding: 0 1; background: $surface; }
        #goon-about { height: auto; margin: 0 0 1 0; color: $foreground 70%; }
    }
    """

    def __init__(self, title: str, about: str, form: GoOnForm, prepare: Prepare) -> None:
        """`about` says what will happen, in a sentence or two."""
        super().__init__()
        self._title, self._about, self.form, self._prepare = title, about, form, prepare
        self._busy = False

    def compose(self) -> ComposeResult:
        """What will happen, and the form."""
        with Vertical(id="goon") as box:
            box.border_title = self._title
            box.border_subtitle = "Tab next field · Ctrl+R starts · Esc closes"
            yield Static(content(self._about), id="goon-about", markup=False)
            yield self.form

    def on_mount(self) -> None:
        """Begin with what there is to say."""
        self.form.say.focus()

    def on_go_on_form_submitted(self, event: GoOnForm.Submitted) -> None:
        """Start it, unless it is being started."""
        event.stop()
        if not self._busy:
            self._busy = True
            self.form.note("Starting …")
            in_background(self, "go-on", lambda: self._start(event.values))

    async def _start(self, values: GoOnValues) -> None:
        try:
            folders, trouble = await asyncio.to_thread(_started, self._prepare, values)
        finally:
            self._busy = False
        if folders:
            if trouble:
                self.app.notify(trouble, severity="warning", timeout=15, markup=False)
            self.dismiss(folders)
        else:
            self.form.note(trouble)


def _started(prepare: Prepare, values: GoOnValues) -> tuple[list[Path], str]:
    """Start the runs: their folders, and a sentence on what did not start."""
    from nano_agent.checks import CannotStart
    from nano_agent.launch import LaunchError, launch
    from nano_agent.several import launch_all

    try:
        answers = launch_all(prepare(values), launch)
    except CannotStart as error:
        return [], str(error)
    failed = [str(answer) for answer in answers if isinstance(answer, LaunchError)]
    return [answer for answer in answers if isinstance(answer, Path)], next(iter(failed), "")
