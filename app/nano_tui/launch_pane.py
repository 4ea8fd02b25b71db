"""Pane 1: say what is to be done, by which model, and start it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from nano_tui import state
from nano_tui.bridge import in_background
from nano_tui.line import Line
from nano_tui.pane import Pane
from nano_tui.ready import Ready, ready_for

if TYPE_CHECKING:
    from nano_agent.spec import RunSpec
    from nano_widgets.fleet_rows import FleetRow
    from nano_widgets.fleet_table import FleetTable
    from nano_widgets.launch_form import LaunchForm, LaunchValues
    from nano_widgets.line_list import LineList

CHECK_AFTER = 0.4
"""Seconds of quiet in the form after which it is checked."""
WARM_AFTER = 1.5
"""Seconds after the first screen when what starts runs is made ready."""


class LaunchPane(Pane):
    """The form for a new run, and the list of the runs that are going."""

    NUMBER = 1
    NAME = "Launch"
    HELP = (
        "Describe the task, choose a repository and a model, and start a run. What is missing is said below the field. "
        "A run is a process of its own: it goes on when this app is closed, and is found again when it is opened. "
        "Keys for models are read from the environment and never stored. Limits: 8k tokens, 10m of time, $1.50; "
        "`none` switches one off, nothing leaves it to the scaffold."
    )
    BINDINGS = [
        Binding("ctrl+r,f5", "submit", "Run", tooltip="Start the run as the form says", id="launch.run"),
        Binding("enter", "edit", "Edit", tooltip="Put the cursor into the form", id="launch.edit"),
        Binding("escape", "leave", "Leave form", tooltip="Leave the form, so that keys are keys", id="launch.leave"),
    ]

    @dataclass
    class Started(Message):
        """A run was started, or several of the same task."""

        folders: Sequence[Path]

    @dataclass
    class Watch(Message):
        """A run that is going is to be watched."""

        folder: Path

    def __init__(self, runs_dir: Path | None, remembers: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._runs_dir = runs_dir
        self._remembers = remembers
        self._preset: LaunchValues | None = None
        self._remembered = state.Remembered()
        self._form: LaunchForm | None = None
        self._live: FleetTable | None = None
        self._live_title = Line(id="live-title")
        self._checked: LaunchValues | None = None
        self._timer: Timer | None = None
        self._starting = False
        self._asked = False
        """A run was asked for in vain: what is empty is a mistake now."""

    async def fill(self) -> None:
        """Make the form, with what stood in it the last time."""
        from nano_widgets.fleet_table import FleetTable
        from nano_widgets.launch_form import LaunchForm, LaunchValues

        self._remembered = state.load() if self._remembers else state.Remembered()
        values = self._preset or LaunchValues(**state.only_known(LaunchValues, self._remembered.form))
        if not values.model:
            values = replace(values, model=os.environ.get("NANO_MODEL", ""))
        self._form = LaunchForm(values, models=self._remembered.models, id="form")
        self._live = FleetTable(id="live-list")
        self._live.display = self._live_title.display = False
        await self.mount(self._form, self._live_title, self._live)
        self._checked = self._form.values
        in_background(self, "launch-offer", self._offer)
        self.set_timer(WARM_AFTER, self._warm_up)

    def on_descendant_focus(self) -> None:
        """Somebody may be about to start a run."""
        if self._form is not None:
            self._warm_up()

    def preset(self, spec: RunSpec) -> None:
        """Fill the form with a run that was started without it."""
        from nano_tui.launching import values_of

        self._preset = values_of(spec)
        if self._form is not None:
            self._form.put(self._preset)

    def show_live(self, rows: Sequence[FleetRow]) -> None:
        """Show which runs are going, and what they do."""
        from nano_widgets.fleet_rows import in_words

        if self._live is not None:
            self._live_title.text = in_words(rows)
            self._live.display = self._live_title.display = bool(rows)
            self._live.show(rows)

    def on_line_list_selected(self, event: LineList.Selected) -> None:
        """Watch the run that was chosen."""
        event.stop()
        folder = self._live.chosen(event.index) if self._live is not None else None
        if folder is not None:
            self.post_message(self.Watch(folder))

    @property
    def main(self) -> Widget | None:
        """The task, where one begins."""
        return self._form.task_field if self._form else None

    async def _offer(self) -> None:
        """Learn which scaffolds and sandboxes there are; what reads them takes too long for the start of the app."""
        scaffolds, sandboxes = await asyncio.to_thread(_offers)
        if self._form:
            self._form.offer(scaffolds, sandboxes)
            await self._say_best(self._form)

    async def _say_best(self, form: LaunchForm) -> None:
        repository = form.values.repo_root
        best, warning = await asyncio.to_thread(_best, repository)
        if form.values.repo_root == repository:
            form.say_best(best, warning)

    def _warm_up(self) -> None:
        in_background(self, "launch-warm", self._make_ready)

    async def _make_ready(self) -> None:
        """Load what the run in the form would need, in a process of its own; litellm only once the form is used."""
        if self._form is not None:
            values = self._form.values if self.has_focus_within else replace(self._form.values, model="")
            await asyncio.to_thread(_warm_up, ready_for(self.app), values, self._runs_dir)

    def on_launch_form_edited(self) -> None:
        """Check the form once it has been left alone for a moment."""
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_AFTER, self._look)

    def _look(self) -> None:
        if self._form and self._form.values != self._checked and not self._starting:
            self._checked = self._form.values
            in_background(self, "launch", self._check)

    async def _check(self) -> None:
        """Say what is wrong with what is there; what is still empty is no mistake before the run is asked for."""
        if (form := self._form) is None:
            return
        values = form.values
        self._warm_up()
        await self._say_best(form)
        found = await asyncio.to_thread(_problems, values, self._runs_dir)
        empty = {"task": not values.task.strip(), "model": not values.model} if not self._asked else {}
        form.show_problems({name: text for name, text in found.items() if not empty.get(name)})

    def on_launch_form_submitted(self) -> None:
        """Start the run, unless one is being started."""
        if not self._starting:
            self._starting = True
            in_background(self, "launch", self._start)

    async def _start(self) -> None:
        if (form := self._form) is None:
            return
        try:
            form.note("Checking …")
            values = form.values
            found = await asyncio.to_thread(_problems, values, self._runs_dir)
            form.show_problems(found)
            self._asked, self._checked = bool(found), values
            if found:
                form.note("Not started.")
                form.focus_field(next(iter(found)))
                return
            form.note("Starting …")
            folders, trouble = await asyncio.to_thread(_launch, ready_for(self.app), values, self._runs_dir)
            form.note(trouble)
            if folders:
                self._remember(values, folders[0])
                self.post_message(self.Started(folders))
        finally:
            self._starting = False

    def _remember(self, values: LaunchValues, folder: Path) -> None:
        if not self._remembers:
            return
        # What others of the app remembered meanwhile stays.
        self._remembered = state.load().with_run(asdict(values), values.model, str(folder.parent))
        try:
            state.save(self._remembered)
        except OSError as error:
            self.notify(f"The form is not remembered: {error}", severity="warning", markup=False)

    def action_submit(self) -> None:
        """Start the run from anywhere in the pane."""
        if self._form:
            self._form.action_submit()

    def action_edit(self) -> None:
        """Put the cursor into the form."""
        if self.main:
            self.main.focus()

    def action_leave(self) -> None:
        """Leave the fields: digits and letters are keys again."""
        self.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Editing when outside of the form, leaving when in it."""
        if action in ("edit", "leave"):
            return self.has_focus is (action == "edit")
        return True


def _offers() -> tuple[dict[str, dict[str, float | None]], tuple[str, ...]]:
    """The limits of every scaffold, and the names of the sandboxes."""
    from nano_agent.sandbox import sandbox_names
    from nano_agent.scaffolds import load_scaffold, scaffold_names

    return {name: load_scaffold(name).limits.model_dump() for name in scaffold_names()}, sandbox_names()


def _best(repository: str) -> tuple[str, str | None]:
    """The best sandbox that works for a repository, and what to be warned of."""
    from nano_agent.sandbox import choose_sandbox
    from nano_agent.sandbox.base import NO_OPTIONS

    best = choose_sandbox(None, "local", Path(repository or ".").expanduser().absolute(), NO_OPTIONS)
    return best.sandbox.name, best.warning


def _spec(values: LaunchValues, runs_dir: Path | None) -> RunSpec:
    from nano_tui.launching import spec_of

    return spec_of(values, runs_dir)


def _problems(values: LaunchValues, runs_dir: Path | None) -> dict[str, str]:
    """What is in the way, by field, in the order of the form; runs git."""
    from nano_agent.launch import problems
    from nano_tui.launching import mistakes

    found: dict[str, str] = {}
    for problem in problems(_spec(values, runs_dir)):
        found.setdefault(problem.field, problem.text)
    for name, text in mistakes(values):
        found.setdefault(name, text)
    return found


def _warm_up(ready: Ready, values: LaunchValues, runs_dir: Path | None) -> None:
    ready.warm_up(_spec(values, runs_dir))


def _launch(ready: Ready, values: LaunchValues, runs_dir: Path | None) -> tuple[list[Path], str]:
    """Start the run, or as many as are wanted: their folders, and a sentence on what was not started."""
    from nano_agent.several import samples_of
    from nano_tui.launching import count_of

    return ready.launch_all(samples_of(_spec(values, runs_dir), count_of(values)))
