"""A run that asks a person anyway does not end on a limit unasked: it waits for a higher one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Literal

from nano_agent.budget import LIMITED, Budget, RunEnds
from nano_agent.control.commands import Command
from nano_agent.history import History

_NAP = 0.05


def reached(check: Callable[[], None]) -> RunEnds | None:
    """The end that a limit would be now."""
    try:
        check()
    except RunEnds as end:
        return end
    return None


class Raising:
    """The question for a higher limit, while it is open."""

    def __init__(self, history: History, budget: Budget) -> None:
        self._history = history
        self._budget = budget
        self._open = ""
        self._denied = False

    def take(self, command: Command) -> str | None:
        """Take an answer to the question; returns why it cannot be taken, or nothing, and `None` when none is open."""
        if not self._open:
            return None
        if command.ask not in ("", self._open):
            return "that call does not wait any more"
        self._denied = command.do == "deny"
        return "" if self._denied else "the run waits for a higher limit; say which: tool_limit=+20"

    def wait(self, end: RunEnds, check: Callable[[], None], over: Callable[[], bool]) -> None:
        """Wait until this limit is none any more; raises the end when it was denied, or when waiting is `over`.

        The run's clock stands still: a person who thinks must not use up its time.
        """
        if end.exit_status not in LIMITED or over():
            raise end
        self._open, self._denied = secrets.token_hex(3), False
        self._history.asked_for_more(self._open, end.exit_status, end.reason)
        began = counted = time.monotonic()
        decision: Literal["approved", "denied", "withdrawn"] = "approved"
        while (still := reached(check)) is not None and still.exit_status == end.exit_status:
            if self._denied or over():
                decision = "denied" if self._denied else "withdrawn"
                break
            time.sleep(_NAP)
            self._budget.pause(time.monotonic() - counted)
            counted = time.monotonic()
        self._history.decided(self._open, "", decision, seconds=round(counted - began, 3))
        self._open = ""
        if decision != "approved":
            raise end
