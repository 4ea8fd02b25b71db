"""What a person says to a run: to its model while it goes on, a new task when it has ended, commands with a slash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.message import Message

from nano_tui.bridge import in_background
from nano_tui.ready import Ready, ready_for
from nano_tui.slash import COMMANDS, FORGOTTEN, LEAVING, command_in, help_text, unknown
from nano_tui.steered_view import SteeredView

if TYPE_CHECKING:
    from nano_agent.spec import RunSpec
    from nano_agent.trajectory import Trajectory
    from nano_widgets.composer import Composer

_LABELS = {
    "say": "Say to the model:",
    "task": "A new task for this run, in the same history:",
    "fresh": "A task for a new session, set up as this one:",
}


class SessionView(SteeredView):
    """A run that one talks to, as `nano-tui chat` does."""

    BINDINGS = [
        Binding(
            "s",
            "say",
            "Say",
            tooltip="Say something to the model: at its next turn, or as a new task; /help tells more",
            id="steer.say",
        ),
    ]

    @dataclass
    class Begun(Message):
        """Runs were started from this one, or it goes on."""

        folders: Sequence[Path]

    @dataclass
    class Left(Message):
        """The person is done with this run."""

    async def action_say(self) -> None:
        """Write to the model; to one whose run has ended, a new task in the same history."""
        if self._folder is not None:
            await self._ask_for("say")
        elif self._ended is not None and (run := self.trajectory) is not None:
            in_background(self, "new-task-warm", lambda: _warm_up(ready_for(self.app), run))
            await self._ask_for("task")

    async def _ask_for(self, what: str, text: str = "") -> None:
        await self._write(what, _LABELS[what], text, COMMANDS)

    def on_composer_sent(self, event: Composer.Sent) -> None:
        """Do what was said; Textual has asked the steered view before."""
        what, _, path = event.purpose.partition(" ")
        folder, text = Path(path), event.text
        if what not in _LABELS:
            return
        event.stop()
        if not text.strip():
            self.notify("Nothing was sent: nothing was written.", timeout=3, markup=False)
        elif (command := command_in(text)) is not None:
            self._obey(command, folder, what)
        elif what == "say" and self._ended == folder:
            # Nobody reads the inbox of a run that has ended.
            self.notify("The run has ended meanwhile. Enter gives it this as a new task.", markup=False)
            self.call_later(self._ask_for, "task", text)
        elif what == "say":
            self._steerer.send(folder, "say", "The model reads it at its next turn.", text=text)
        elif what == "task":
            in_background(self, "new-task", lambda: self._go_on_with(folder, text))
        else:
            in_background(self, "new-task", lambda: self._begin_anew(folder, text))

    def _obey(self, command: str, folder: Path, what: str) -> None:
        match command:
            case "/help":
                self._read_out("Commands", f"{help_text()}\n\nAnything else is said to the model.")
            case "/memory":
                in_background(self, "memory", lambda: self._remember(folder))
            case "/session":
                self._read_out("Session", str(folder))
            case "/reset" if what == "say":
                self.notify("The run goes on; stop it first, with S.", severity="warning")
            case "/reset":
                self.notify(FORGOTTEN, timeout=3)
                self.call_later(self._ask_for, "fresh")
            case _ if command in LEAVING:
                self.post_message(self.Left())
            case _:
                self.notify(unknown(command), severity="error", markup=False)
                self.call_later(self._ask_for, what, command)

    def _read_out(self, title: str, text: str) -> None:
        from nano_tui.text_screen import TextScreen

        self.app.push_screen(TextScreen(title, text))

    async def _remember(self, folder: Path) -> None:
        self._read_out("Memory", await asyncio.to_thread(_memory, folder))

    async def _go_on_with(self, folder: Path, text: str) -> None:
        """Begin the next task and follow it here."""
        _, said = await asyncio.to_thread(_begin, ready_for(self.app), lambda: _next_task(folder, text))
        if said:
            self.notify(said, severity="error", markup=False)
        elif self._ended == folder:
            await self.open(folder, live=True)

    async def _begin_anew(self, folder: Path, text: str) -> None:
        """Begin a session that knows nothing of this one, and have it watched."""
        folders, said = await asyncio.to_thread(_begin, ready_for(self.app), lambda: _new_session(folder, text))
        if said:
            self.notify(said, severity="error", markup=False)
        else:
            self.post_message(self.Begun(folders))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Runs of ours can be talked to."""
        if action == "say":
            return self.going or self._ended is not None
        return super().check_action(action, parameters)


async def _warm_up(ready: Ready, run: Trajectory) -> None:
    """Load what another task for this run takes."""
    api_base = run.metadata.get("api_base")
    await asyncio.to_thread(ready.warm_up_model, run.model or "", api_base if isinstance(api_base, str) else None)


def _memory(folder: Path) -> str:
    from nano_agent.checks import CannotStart
    from nano_agent.session import memory_of

    try:
        return memory_of(folder)
    except (CannotStart, ValueError, KeyError) as error:
        return f"What the model remembers cannot be told: {error}"


def _begin(ready: Ready, spec: Callable[[], RunSpec]) -> tuple[Sequence[Path], str]:
    """Start a run: its folder, or a sentence on why not."""
    from nano_agent.checks import CannotStart

    try:
        return ready.launch_all([spec()])
    except CannotStart as error:
        return (), str(error)


def _next_task(folder: Path, text: str) -> RunSpec:
    from nano_agent.session import next_task

    return next_task(folder, text)


def _new_session(folder: Path, text: str) -> RunSpec:
    from nano_agent.session import new_session

    return new_session(folder, text)
