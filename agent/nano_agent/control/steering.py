"""What is asked of a run while it goes on, and what becomes of it: the loop's side of the inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Any

from nano_agent.budget import Budget, RunEnds
from nano_agent.control.approval import Approvals
from nano_agent.control.commands import Command
from nano_agent.control.inbox import Inbox
from nano_agent.control.raising import Raising, reached
from nano_agent.history import History, without_surrogates

TIME_IS_OVER = "the time limit of the whole run was reached"
INTERRUPTED = "the user interrupted"


class Steering:
    """Takes commands as they come and keeps those that must wait for their moment."""

    def __init__(
        self,
        inbox: Inbox,
        history: History,
        budget: Budget,
        approvals: Approvals,
        on_change: Callable[[Mapping[str, Any]], None] = lambda _: None,
        *,
        waits: bool = True,
    ) -> None:
        """`on_change` is told of `limits` and of the `approval` mode when they were changed.

        A run that `waits` asks for a higher limit at one, where a person is asked anyway.
        """
        self.approvals = approvals
        self._inbox = inbox
        self._history = history
        self._budget = budget
        self._on_change = on_change
        self._waits = waits
        self._raising = Raising(history, budget)
        self._said: list[Command] = []
        self._interrupt: Command | None = None
        self._busy = False
        self._ended = ""

    # Looking

    def look(self) -> str:
        """Why what goes on now is to be given up, or nothing. Asked all the time by whatever waits; takes what came."""
        self._history.tick()
        for command in self._inbox.poll():
            self._take(command)
        if self._inbox.stopped:
            return self._stopped
        return INTERRUPTED if self._interrupt else ""

    def give_up(self) -> str:
        """The same for what may last no longer than the run."""
        return self.look() or (TIME_IS_OVER if self._budget.time_is_over else "")

    def check(self) -> None:
        """Raise `RunEnds` when the run is to end."""
        self.look()
        if self._inbox.stopped:
            raise RunEnds("interrupted", self._stopped)

    def within(self, check: Callable[[], None]) -> None:
        """Check a limit; before it ends the run, look whether it has just been raised.

        Where a person is asked anyway, wait until they raise it.
        """
        if reached(check) is None:
            return
        self._look_now()
        while (end := reached(check)) is not None:
            busy, self._busy = self._busy, False
            try:
                self._raising.wait(end, check, self._nobody_is_asked)
            finally:
                self._busy = busy

    def _nobody_is_asked(self) -> bool:
        self.look()
        return not self._waits or self._inbox.stopped or self.approvals.mode not in ("ask", "human")

    # Being interrupted

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While this lasts there is something to interrupt."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    @property
    def interrupted(self) -> bool:
        """Whether what goes on is to be given up, but the run is to go on."""
        return self._interrupt is not None and not self._inbox.stopped

    def settle(self, what: str) -> None:
        """What was interrupted has ended; what was said along with the interrupt comes next."""
        command, self._interrupt = self._interrupt, None
        if command is not None:
            self._taken(command, what=what)
            self._keep(command)

    # Being told

    def has_word(self) -> bool:
        """Whether something is to be said to the model, as of now, so that it cannot be done yet."""
        self._look_now()
        return bool(self._said)

    def said(self, before: str = "") -> str:
        """What is to be said to the model now, `before` first; the caller appends it as the next message."""
        said, self._said = self._said, []
        for command in said:
            self._taken(command, message=len(self._history.messages), text=command.text)
        parts = [part for part in (before, *(command.text for command in said)) if part]
        return str(without_surrogates("\n\n".join(parts)))

    def pass_over(self, known: Set[str]) -> None:
        """Pass over commands that were sent to an earlier process; those whose ids are not `known` are answered."""
        for command in self._inbox.skip():
            if command.id not in known:
                self._refused(command, "it was sent before the run was taken up again")

    def close(self, end: RunEnds) -> None:
        """The run has ended: whatever was asked of it and not done is answered."""
        self._ended = f"the run has ended: {end.reason}"
        for command in [*self._said, *([self._interrupt] if self._interrupt else [])]:
            self._refused(command, self._ended)
        self._said, self._interrupt = [], None
        self._look_now()

    # One command

    def _look_now(self) -> None:
        for command in self._inbox.poll(now=True):
            self._take(command)

    def _take(self, command: Command) -> None:
        if self._ended:
            self._refused(command, self._ended)
            return
        match command.do:
            case "stop":
                self._inbox.stop("a stop command")
                self._taken(command)
            case "say":
                self._keep(command)
            case "interrupt":
                self._take_interrupt(command)
            case "approve" | "deny":
                refusal = self._raising.take(command)
                self._done(command, self.approvals.take(command) if refusal is None else refusal)
            case "mode":
                self.approvals.mode = command.mode
                self._taken(command, mode=command.mode)
                self._on_change({"approval": command.mode})
            case "limits":
                self._change_limits(command)

    def _keep(self, command: Command) -> None:
        if command.text:
            self._said.append(command)
            self._history.steered(command, "waits")

    def _take_interrupt(self, command: Command) -> None:
        if self._busy and self._interrupt is None:
            self._interrupt = command
            return
        self._refused(command, "it is being interrupted already" if self._busy else "nothing was going on")
        self._keep(command)

    def _change_limits(self, command: Command) -> None:
        from pydantic import ValidationError

        limits = self._budget.limits
        try:
            self._budget.limits = type(limits).model_validate({**limits.model_dump(), **command.limits})
        except ValidationError as error:
            first = error.errors()[0]
            self._refused(command, f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}")
            return
        self._taken(command, limits=dict(command.limits))
        self._on_change({"limits": self._budget.limits.model_dump()})

    def _done(self, command: Command, refusal: str) -> None:
        if refusal:
            self._refused(command, refusal)
        else:
            self._taken(command)

    def _taken(self, command: Command, **facts: Any) -> None:
        self._history.steered(command, "taken", **facts)

    def _refused(self, command: Command, why: str) -> None:
        self._history.steered(command, "refused", why=why)

    @property
    def _stopped(self) -> str:
        return f"stopped by {self._inbox.stopped_by or 'request'}"
