"""Keys are handled one after the other, however fast they come."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

from textual import events
from textual.app import App

TICK, TICKS = 0.05, 10
"""Seconds, and how many times that, after which the next key is handled anyhow: a widget that has gone away answers no
more. They are counted one by one, for what keeps the whole app busy is no answer that stays out."""
UNPAINTED = 0.04
"""Seconds for which nothing is painted while more keys wait; painting takes longer than handling them."""


class KeyOrder:
    """Gives a key to the app when the one before has done its work, so that it meets the focus which that one has set.

    Textual hands every key to what has the focus at that moment, and looks for a binding only when the key has come
    back up to the app. Of keys that come in one burst (`/needle` and Enter, typed fast or sent by a script), all would
    go to the view below before `/` had opened anything, and each letter would do there what it is bound to.

    A key has done its work when the widget with the focus has kept it for itself, or when it has come back to the app
    and everything between has done what it was sent by then.
    """

    def __init__(self, app: App[Any], handle: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._handle = handle
        self._waiting = deque[events.Event]()
        self._busy = False
        self._current: events.Event | None = None
        self._guard: asyncio.TimerHandle | None = None
        self._way_up = list[Any]()
        self._unpainted = ExitStack()
        self._painting = True
        self._painted_at = 0.0

    async def take(self, event: events.Event) -> None:
        """Handle the key, or what was pasted, now or when it is its turn."""
        self._waiting.append(event)
        if not self._busy:
            await self._next()

    def came_back(self, event: events.Event) -> None:
        """Called when a key has come up to the app, and what it is bound to was done."""
        if event is self._current:
            self._way_up = list(reversed((self._app.focused or self._app.screen).ancestors_with_self))
            self._go_up()

    async def _next(self) -> None:
        self._busy = bool(self._waiting)
        if not self._busy:
            return
        self._current = event = self._waiting.popleft()
        self._paint_or_not()
        self._wait(event, TICKS)
        receiver = self._app.focused or self._app.screen
        await self._handle(event)
        if not event.is_forwarded:
            self.came_back(event)
        elif receiver is not self._app.screen:
            receiver.call_later(self._was_met, event)

    def _wait(self, event: events.Event, ticks: int) -> None:
        if ticks:
            self._guard = asyncio.get_running_loop().call_later(TICK, self._wait, event, ticks - 1)
        else:
            self._go_on(event)

    def _was_met(self, event: events.Event) -> None:
        """The widget with the focus has met the key: go on if it kept it, else wait until it comes back."""
        if event._stop_propagation:
            self._go_on(event)

    def _go_up(self) -> None:
        """Ask the focus and all above it, one after the other, to come by when they have done what they were sent."""
        while self._way_up:
            if self._way_up.pop().post_message(events.Callback(callback=self._go_up)):
                return
        if self._current is not None:
            self._go_on(self._current)

    def _go_on(self, event: events.Event) -> None:
        """Handle the next key after this one, unless that has been done already."""
        if event is self._current:
            self._current = None
            self._way_up.clear()
            if self._guard is not None:
                self._guard.cancel()
            self._app.call_later(self._next)

    def _paint_or_not(self) -> None:
        """Of many keys that wait, not every one is painted."""
        now = time.monotonic()
        if not self._waiting or now - self._painted_at >= UNPAINTED:
            self._unpainted.close()
            self._painting, self._painted_at = True, now
        elif self._painting:
            self._painting = False
            # What was painted meanwhile was thrown away.
            self._unpainted.callback(self._app.screen.refresh)
            self._unpainted.enter_context(self._app.batch_update())
