"""Keys are handled one after the other, however fast they come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode

ROUNDS = 2
"""Ways from the focus up to the app that the widgets go before a key counts as done: one for the key and what it does,
one for what that has sent, such as moving the focus."""
PATIENCE = 0.5
"""Seconds after which the next key is handled anyhow; a widget that went away answers no more."""


class KeyOrder:
    """Gives a key to the app when the one before has done its work, so that it meets the focus which that one has set.

    Textual hands every key to what has the focus at that moment, and looks for a binding only when the key has come
    back up to the app. Of keys that come in one burst (`/needle` and Enter, typed fast or sent by a script), all would
    go to the view below before `/` had opened anything, and each letter would do there what it is bound to.
    """

    def __init__(self, app: App[Any], handle: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._handle = handle
        self._waiting = deque[events.Event]()
        self._busy = False
        self._number = 0
        self._guard: asyncio.TimerHandle | None = None

    async def take(self, event: events.Event) -> None:
        """Handle the key, or what was pasted, now or when it is its turn."""
        self._waiting.append(event)
        if not self._busy:
            await self._next()

    async def _next(self) -> None:
        self._number += 1
        self._busy = bool(self._waiting)
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None
        if self._busy:
            await self._handle(self._waiting.popleft())
            self._guard = asyncio.get_running_loop().call_later(PATIENCE, self._go_on, self._number)
            self._go_up(self._number, ROUNDS)

    def _go_up(self, number: int, rounds: int) -> None:
        """Ask the focus and all above it to come by once they have done what they have to do already."""
        if rounds:
            start = self._app.focused or self._app.screen
            self._pass_on(start.ancestors_with_self, number, rounds)
        else:
            self._go_on(number)

    def _pass_on(self, nodes: Sequence[DOMNode], number: int, rounds: int) -> None:
        for index, node in enumerate(nodes):
            if node.call_later(self._pass_on, nodes[index + 1 :], number, rounds):
                return
        self._go_up(number, rounds - 1)

    def _go_on(self, number: int) -> None:
        if number == self._number:
            self._app.call_later(self._next)
