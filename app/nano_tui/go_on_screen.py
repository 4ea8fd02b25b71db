"""Over everything else: how to go on from a step of a run, or with the run itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from nano_tui.bridge import in_background
from nano_tui.key_bar import KeyBar
from nano_tui.ready import Ready, ready_for
from nano_widgets.go_on_form import GoOnForm, GoOnValues
from nano_widgets.text import content

if TYPE_CHECKING:
    from nano_agent.events import Redoing
    from nano_agent.starting import Told
    from nano_tui.going_on import Plan

LOOK_AFTER = 0.4
"""Seconds of quiet in the form after which it is said what will not be exact."""


class GoOnScreen(ModalScreen[list[Path] | None]):
    """Gives the folders of what was started; `None` when the person thought better of it."""

    BINDINGS = [
        Binding("escape", "dismiss", "Close", tooltip="Start nothing", id="goon.close"),
    ]
    DEFAULT_CSS = """
    GoOnScreen {
        align: center middle;
        #goon {
            width: 84; max-width: 96%; height: auto; max-height: 100%; border: round $accent; padding: 0 1;
            background: $surface; scrollbar-size-vertical: 1;
        }
        #goon-about { height: auto; margin: 0 0 1 0; color: $foreground 70%; }
    }
    """

    def __init__(self, title: str, about: str, verb: str, plan: Plan) -> None:
        """`about` says what will happen, in a sentence or two; `verb` starts it."""
        super().__init__()
        self._title, self._about, self._plan = title, about, plan
        self.form = GoOnForm(plan.values(), verb, plan.fields)
        self._busy = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """What will happen, and the form."""
        with VerticalScroll(id="goon", can_focus=False) as box:
            box.border_title = self._title
            box.border_subtitle = "Tab next field · Ctrl+R starts · Esc closes"
            yield Static(content(self._about), id="goon-about", markup=False)
            yield self.form
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with what there is to say; meanwhile what starts runs is made ready."""
        self.form.say.focus()
        in_background(self, "go-on-offer", self._offer)
        in_background(self, "go-on-warm", self._make_ready)
        self.on_go_on_form_edited()

    async def _offer(self) -> None:
        self.form.offer(await asyncio.to_thread(_scaffolds))

    async def _make_ready(self) -> None:
        values = self.form.values
        await asyncio.to_thread(ready_for(self.app).warm_up_model, values.model, values.api_base or None)

    def on_go_on_form_edited(self) -> None:
        """Look at what it would come to once the form has been left alone for a moment."""
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(LOOK_AFTER, lambda: in_background(self, "go-on-look", self._look))

    async def _look(self) -> None:
        await self._make_ready()
        sentences, trouble = await asyncio.to_thread(_inexact, self._plan, self.form.values)
        self.form.say_inexact(sentences)
        if not self._busy:
            self.form.note(trouble)

    def on_go_on_form_last_wanted(self) -> None:
        """Fetch the last message."""
        in_background(self, "go-on-last", self._fetch_last)

    async def _fetch_last(self) -> None:
        text, trouble = await asyncio.to_thread(_last, self._plan)
        if trouble:
            self.form.keep_last()
        else:
            self.form.put_last(text)
        self.form.note(trouble)

    def on_go_on_form_submitted(self, event: GoOnForm.Submitted) -> None:
        """Start it, unless it is being started."""
        event.stop()
        if not self._busy:
            self._busy = True
            self.form.note("Starting …")
            in_background(self, "go-on", lambda: self._start(event.values))

    async def _start(self, values: GoOnValues) -> None:
        loop = asyncio.get_running_loop()

        def told(event: Redoing) -> None:
            loop.call_soon_threadsafe(self._say_what_is_done_again, event)

        try:
            folders, trouble = await asyncio.to_thread(_started, ready_for(self.app), self._plan, values, told)
        finally:
            self._busy = False
        if folders:
            if trouble:
                self.app.notify(trouble, severity="warning", timeout=15, markup=False)
            self.dismiss(folders)
        else:
            self.form.note(trouble)

    def _say_what_is_done_again(self, event: Redoing) -> None:
        if self._busy:
            self.form.note(f"Doing {event.number} of {event.of} again: {event.action}")


def _scaffolds() -> list[str]:
    from nano_agent.scaffolds import scaffold_names

    return scaffold_names()


def _inexact(plan: Plan, values: GoOnValues) -> tuple[list[str], str]:
    """What will not be exact, or why it cannot be started as it is."""
    from nano_agent.checks import CannotStart

    try:
        return [*plan.inexact(values)], ""
    except CannotStart as error:
        return [], str(error)


def _last(plan: Plan) -> tuple[str, str]:
    """The last message, or why it cannot be edited."""
    from nano_agent.checks import CannotStart

    try:
        return plan.last(), ""
    except CannotStart as error:
        return "", str(error)


def _started(ready: Ready, plan: Plan, values: GoOnValues, told: Told) -> tuple[list[Path], str]:
    """Start the runs: their folders, and a sentence on what did not start."""
    from nano_agent.checks import CannotStart

    try:
        return ready.launch_all(plan.specs(values), told)
    except CannotStart as error:
        return [], str(error)
