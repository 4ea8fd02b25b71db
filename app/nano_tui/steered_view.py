"""What can be done to a run that goes on while it is looked at: said, approved, interrupted, limited, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nano_tui.run_body import RunBody
from nano_tui.steering import Steerer

if TYPE_CHECKING:
    from nano_agent.record import Ask, Update
    from nano_agent.trajectory import Trajectory
    from nano_widgets.approval import Approval
    from nano_widgets.composer import Composer

STEERING_KEYS: list[BindingType] = [
    Binding("a", "approve('once')", "Approve", tooltip="Let the call that waits run", id="steer.approve"),
    Binding("x", "deny", "Deny", tooltip="Do not let it run, and say why", id="steer.deny"),
    Binding("E", "edit", "Edit", tooltip="Change the call that waits, then let it run", id="steer.edit"),
    Binding(
        "A", "approve('command')", "Always", show=False, tooltip="Let exactly this run from now on", id="steer.always"
    ),
    Binding("T", "approve('tool')", "All of it", show=False, tooltip="Let this tool do anything", id="steer.tool"),
    Binding("i", "interrupt", "Interrupt", tooltip="End the reply or command; the run goes on", id="steer.interrupt"),
    Binding("I", "interrupt_saying", "Interrupt, say", show=False, tooltip="The same with a word", id="steer.tell"),
    Binding("L", "limits", "Limits", show=False, tooltip="Raise or lower this run's limits", id="steer.limits"),
    Binding("S", "stop", "Stop", tooltip="Stop this run; press it twice", id="steer.stop"),
]
NO_COMMANDS: Mapping[str, str] = MappingProxyType({})
_LIMITS = "Limits: tool_limit=+20 time_limit=10m cost_limit=none"
ASKED = ("approve", "deny", "edit")
GOING = ("interrupt", "interrupt_saying", "limits", "stop")


class SteeredView(RunBody):
    """A run that goes on can be steered; what waits for approval stands below it."""

    BINDINGS = STEERING_KEYS

    asking: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether a call waits for approval."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._steerer = Steerer(self)
        self._approval: Approval | None = None
        self._composer: Composer | None = None
        self._ask: Ask | None = None
        self._changed: Mapping[str, float | None] = {}

    @property
    def _folder(self) -> Path | None:
        return self.trajectory.path if self.trajectory is not None and self.going else None

    @property
    def _ended(self) -> Path | None:
        """A run of ours that has ended, and can be given a new task."""
        run = self.trajectory
        return run.path if run is not None and run.format == "nano-run" and not self.going else None

    # What waits

    def go_on(self, update: Update) -> None:
        """See `Watcher.go_on`."""
        super().go_on(update)
        self._changed = update.state.limits
        self._show_ask(update.state.ask)

    def end(self, trajectory: Trajectory) -> None:
        """See `Watcher.end`."""
        super().end(trajectory)
        self._show_ask(None)

    def gone(self) -> None:
        """See `Watcher.gone`."""
        super().gone()
        self._show_ask(None)

    def _clear(self, notice: str) -> None:
        super()._clear(notice)
        self._show_ask(None)
        if self._composer is not None and self._composer.purpose:
            self._composer.close()

    def _show_ask(self, ask: Ask | None) -> None:
        if ask == self._ask:
            return
        self._ask, self.asking = ask, ask is not None
        if self._composer is not None and "/" in self._composer.purpose.partition(" ")[0]:
            # What is being written is about a call that does not wait any more.
            self._composer.close()
        if self._approval is None and ask is not None:
            from nano_widgets.approval import Approval

            self._approval = Approval(id="approval")
            self.mount(self._approval, before=self._composer)
        if self._approval is not None:
            self._approval.show(ask)

    async def on_approval_chosen(self, event: Approval.Chosen) -> None:
        """A choice was clicked."""
        event.stop()
        if event.choice == "edit":
            await self.action_edit()
        elif event.choice == "deny":
            await self.action_deny()
        else:
            await self.action_approve(event.choice)

    # Writing

    async def _write(self, purpose: str, label: str, text: str = "", commands: Mapping[str, str] = NO_COMMANDS) -> None:
        if (folder := self._folder or self._ended) is None:
            return
        if self._composer is None:
            from nano_widgets.composer import Composer

            self._composer = Composer(id="composer")
            # Only what is mounted can take the focus, and keys must not go elsewhere meanwhile.
            await self.mount(self._composer)
        # Drafts are of one run: another one has its own.
        self._composer.open(f"{purpose} {folder}", label, text, commands)

    def on_composer_left(self) -> None:
        """Back to what was read."""
        self.main.focus()

    def on_composer_sent(self, event: Composer.Sent) -> None:
        """Send what was written; what was said is for those who know what to do with it."""
        purpose, _, folder = event.purpose.partition(" ")
        verb, _, ask = purpose.partition("/")
        text = event.text
        if Path(folder) != self._folder:
            if verb in (*ASKED, *GOING):
                self.notify("The run has ended meanwhile: nothing was sent.", severity="warning", markup=False)
        elif verb == "limits":
            self._change_limits(Path(folder), text)
        elif verb == "interrupt":
            self._steerer.send(Path(folder), "interrupt", "Interrupted.", text=text)
        elif verb == "deny":
            self._steerer.send(Path(folder), "deny", "Denied.", ask=ask, reason=text)
        elif verb == "edit" and not text.strip():
            self.notify("Nothing was sent: nothing was written.", timeout=3, markup=False)
        elif verb == "edit":
            self._steerer.send(Path(folder), "approve", "Approved as edited.", ask=ask, edit=text)

    def _change_limits(self, folder: Path, text: str) -> None:
        from nano_agent.limit_words import limits_of

        try:
            limits = limits_of(text.split(), self._limits_now())
        except ValueError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if limits:
            self._steerer.send(folder, "limits", "The limits are sent.", set=limits)

    # Keys

    async def action_approve(self, scope: str) -> None:
        """Approve what waits and was seen."""
        ask, folder = self._ask, self._folder
        if ask is None or folder is None or self._approval is None:
            return
        if ask.edits in ("action", "limits"):
            await self.action_edit()
        elif not self._approval.looked_at:
            self.notify("Another call has just come: look at it first.", timeout=2, markup=False)
        else:
            self._steerer.send(folder, "approve", ask=ask.id, scope=scope)

    async def action_deny(self) -> None:
        """Deny what waits, after asking why; a higher limit at once, since the run can be resumed."""
        ask, folder = self._ask, self._folder
        if ask is not None and ask.edits == "limits" and folder is not None and self._approval is not None:
            if self._approval.looked_at:
                self._steerer.send(folder, "deny", "The run ends.", ask=ask.id)
        elif ask is not None:
            await self._write(f"deny/{ask.id}", "Why not? The model is told.")

    async def action_edit(self) -> None:
        """Change what waits."""
        if self._ask is not None and self._ask.edits == "limits":
            await self._write(f"limits/{self._ask.id}", _LIMITS, f"{self._ask.name}=+20")
        elif self._ask is not None:
            words = {"action": "What is to run?", "command": "Run this instead:"}
            label = words.get(self._ask.edits, "Run it with these arguments instead:")
            await self._write(f"edit/{self._ask.id}", label, self._ask.text)

    def action_interrupt(self) -> None:
        """End what is going on."""
        if self._folder is not None:
            self._steerer.send(self._folder, "interrupt", "Interrupted.")

    async def action_interrupt_saying(self) -> None:
        """End what is going on, with a word to the model."""
        await self._write("interrupt", "Interrupt, and say:")

    async def action_limits(self) -> None:
        """Change the limits."""
        from nano_widgets.limits import in_words

        await self._write("limits", _LIMITS, in_words(self._limits_now()))

    def _limits_now(self) -> dict[str, float | None]:
        metadata = self.trajectory.metadata if self.trajectory is not None else {}
        return {**(metadata.get("limits") or {}), **self._changed}

    def action_stop(self) -> None:
        """Stop the run, at the second press."""
        if self._folder is not None:
            self._steerer.press_stop(self._folder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now."""
        if action in ASKED:
            return self.asking
        return self.going if action in GOING else True
