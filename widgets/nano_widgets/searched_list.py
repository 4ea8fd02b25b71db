"""A list with a search in it: `/`, then `n` and `N`; a thread looks, the last line says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from textual import events
from textual.binding import BindingType
from textual.strip import Strip
from textual.timer import Timer
from textual.worker import Worker

from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.search import compiled
from nano_widgets.flow.searching import SEARCH_KEYS
from nano_widgets.line_list import LineList
from nano_widgets.palette import Palette
from nano_widgets.prompt import Prompt
from nano_widgets.row_cursor import LIST_KEYS
from nano_widgets.search_line import search_line

_LOOK_EVERY = 0.05


class Hunt(Protocol):
    """A search that runs in a thread."""

    ways: list[Any]
    """What was found so far, in the order of the list; whatever the list can go to."""
    finished: bool
    """Whether that is all; stays false when there was too much."""

    def run(self) -> None:
        """Look through everything."""


class SearchedList(LineList):
    """A list that is searched; a subclass says how, and how a hit is gone to."""

    BINDINGS: ClassVar[list[BindingType]] = [*LIST_KEYS, *SEARCH_KEYS]

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.palette = Palette(self)
        self._prompt = Prompt()
        self._hunt: Hunt | None = None
        self._stop = threading.Event()
        self._timer: Timer | None = None
        self._hit: int | None = None

    # What a subclass says

    def hunt(self, pattern: Pattern, cancelled: Callable[[], bool]) -> Hunt:
        """Make the search for a pattern; it has to ask often whether it was cancelled."""
        raise NotImplementedError

    def first_hit(self, ways: Sequence[Any]) -> int:
        """The number of the first hit from the cursor on."""
        raise NotImplementedError

    def show_hit(self, way: Any) -> None:
        """Put the cursor on a hit."""
        raise NotImplementedError

    # How it works

    @property
    def is_searching(self) -> bool:
        """Whether the last line is for a search."""
        return self._prompt.open or self._hunt is not None

    def start_search(self, query: str) -> None:
        """Look for a regular expression, in a thread, and go to the first hit; an empty one ends the search."""
        self.stop_search()
        if query:
            stop = self._stop = threading.Event()
            self._hunt = self.hunt(compiled(query), stop.is_set)
            run = self._hunt.run
            _: Worker[None] = self.run_worker(run, group="hunt", exclusive=True, thread=True, exit_on_error=False)
            self._timer = self.set_interval(_LOOK_EVERY, self._look)
        self.refresh()

    def stop_search(self) -> None:
        """Forget the search; for when there is something else to be shown."""
        self._stop.set()
        if self._timer is not None:
            self._timer.stop()
        self._hunt, self._timer, self._hit = None, None, None

    def on_unmount(self) -> None:
        """Nobody waits for hits any more."""
        self._stop.set()

    def _look(self) -> None:
        hunt = self._hunt
        if hunt is None:
            return
        if self._hit is None and hunt.ways:
            self.action_next_hit(1)
        if self._timer is not None and hunt.finished:
            self._timer.stop()
        self._refresh_last()

    def _refresh_last(self) -> None:
        self.refresh_lines(self.scroll_offset.y + self.size.height - 1)

    def action_next_hit(self, direction: int) -> None:
        """Go to the next or the previous hit."""
        hunt = self._hunt
        if hunt is not None and hunt.ways:
            if self._hit is None:
                self._hit = self.first_hit(hunt.ways)
            else:
                self._hit = (self._hit + direction) % len(hunt.ways)
            self.show_hit(hunt.ways[self._hit])
            self._refresh_last()

    def action_search(self) -> None:
        """Ask what to search for."""
        self._prompt.begin()
        self._follow_cursor()
        self.refresh()

    async def on_key(self, event: events.Key) -> None:
        """Type into the prompt while it is open; Esc ends a search."""
        if not self._prompt.open and not (event.key == "escape" and self._hunt is not None):
            return
        event.stop()
        event.prevent_default()
        done = self._prompt.key(event) if self._prompt.open else "ended"
        if done == "typed":
            self.start_search(self._prompt.text)
        elif done in ("left", "ended"):
            self.start_search("")
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the prompt."""
        if self._prompt.open:
            event.stop()
            self._prompt.paste(event.text)
            self.start_search(self._prompt.text)

    def notify_style_update(self) -> None:
        """Forget colours: they changed."""
        super().notify_style_update()
        self.palette.clear()

    @property
    def _page(self) -> int:
        return max(1, super()._page - self.is_searching)

    def render_line(self, y: int) -> Strip:
        """Paint one line; the last one is for the search, while there is one."""
        if y != self.size.height - 1 or not self.is_searching:
            return super().render_line(y)
        said = ""
        if self._hunt is not None:
            said = f"{len(self._hunt.ways):,}{'' if self._hunt.finished else '+'}"
            said = f"{self._hit + 1:,} of {said}" if self._hit is not None else said
        return search_line(self.palette, self._prompt, said, self.size.width)
