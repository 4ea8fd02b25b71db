"""A flow with a search in it: `/`, then `n` and `N`; the last line is where one types."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.timer import Timer

from nano_widgets.flow.flow_view import FlowView
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.search import Hit, Search, compiled
from nano_widgets.prompt import Prompt
from nano_widgets.search_line import search_line

LOOK_EVERY = 0.03
"""Seconds between two looks at what the thread that searches has found."""
AT_ONCE = 0.004
"""Seconds that are searched at once."""
SEARCH_KEYS: list[BindingType] = [
    Binding("slash", "search", "Search", tooltip="Search here, with a regular expression", id="search.begin"),
    Binding("n", "next_hit(1)", "Next hit", show=False, tooltip="Go to the next hit", id="search.next"),
    Binding("N", "next_hit(-1)", "Last hit", show=False, tooltip="Go to the hit before", id="search.previous"),
]


class Searching(FlowView):
    """Searches while one types and goes to the hits; a subclass says what is searched and how a hit is shown."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.search: Search | None = None
        """The search that is on, if any."""
        self._prompt = Prompt()
        self._search_timer: Timer | None = None
        self._wants_first = False
        self._number: int | None = None
        self._hit_shown: Hit | None = None
        self._begun_at = (0, 0)

    # What a subclass says

    def search_count(self) -> int:
        """How many sources of text there are."""
        raise NotImplementedError

    def search_texts(self, source: int) -> Iterable[tuple[str, str]]:
        """The texts of one source, with names."""
        raise NotImplementedError

    def search_place(self) -> Hit:
        """Where the reader is: the hit that was gone to, or the source at the top of the view with an empty name."""
        raise NotImplementedError

    def search_changed(self, pattern: Pattern | None) -> None:
        """Called when a search begins or ends: what is painted must be marked anew, and no hit is gone to yet."""
        raise NotImplementedError

    def show_hit(self, hit: Hit) -> None:
        """Bring a hit into sight."""
        raise NotImplementedError

    def search_finished(self, hits: Iterable[Hit]) -> None:
        """Called when all hits are known, or with none when the search ends."""

    # How it works

    def start_search(self, query: str) -> None:
        """Search for a query from where the reader is, and go to the first hit; an empty one ends the search."""
        self.stop_search()
        pattern = compiled(query) if query else None
        self.search_changed(pattern)
        if pattern is None:
            self.search_finished(())
            self.refresh()
            return
        self.search = Search(pattern, self.search_count(), self.search_texts, self.search_place()[0])
        self._wants_first = True
        # What is short is found before anything is painted.
        if self.search.work(AT_ONCE):
            self._search_timer = self.set_interval(LOOK_EVERY, self._see_hits)
            self.run_worker(self.search.run, thread=True, group="search", exclusive=True, exit_on_error=False)
        self._see_hits()

    def stop_search(self) -> None:
        """Forget the search; for when there is something else to be shown."""
        if self._search_timer is not None:
            self._search_timer.stop()
        if self.search is not None:
            self.search.stop()
        self.search = self._search_timer = self._number = self._hit_shown = None

    def _see_hits(self) -> None:
        search = self.search
        if search is None:
            return
        finished = search.finished
        if self._wants_first and search.hits:
            self.action_next_hit(1)
            self._wants_first = self._hit_shown is None and not finished
        if self._hit_shown is not None:
            self._number = search.number(self._hit_shown)
        if finished:
            if self._search_timer is not None:
                self._search_timer.stop()
                self._search_timer = None
            self.search_finished(search.hits)
            self.refresh()
        self._refresh_prompt()

    def go_to_hit(self, number: int) -> None:
        """Go to a hit by its number."""
        if self.search is not None and number < len(self.search.hits):
            self._number, self._hit_shown = number, self.search.hits[number]
            self.show_hit(self._hit_shown)
            self._refresh_prompt()

    def _refresh_prompt(self) -> None:
        self.refresh_lines(self.scroll_offset.y + self.height - 1)

    def action_search(self) -> None:
        """Ask what to search for."""
        self._begun_at = self.top
        self._prompt.begin()
        self._refresh_prompt()

    def action_next_hit(self, direction: int) -> None:
        """Go to the next or the previous hit."""
        if self.search is not None:
            source, name, offset = self.search_place()
            number = self.search.next((source, name), offset if name else -1, direction)
            if number is not None:
                self.go_to_hit(number)

    async def on_key(self, event: events.Key) -> None:
        """Type into the prompt while it is open; Esc ends a search."""
        if not self._prompt.open and not (event.key == "escape" and self.search is not None):
            return
        event.stop()
        event.prevent_default()
        done = self._prompt.key(event) if self._prompt.open else "ended"
        if done == "typed":
            self.go(self._begun_at)
            self.start_search(self._prompt.text)
        elif done in ("left", "ended"):
            self.start_search("")
        if done == "left":
            self.go(self._begun_at)
        self._refresh_prompt()

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the prompt."""
        if self._prompt.open:
            event.stop()
            self._prompt.paste(event.text)
            self.start_search(self._prompt.text)

    def render_line(self, y: int) -> Strip:
        """Paint one line; the last one is the prompt, or says which hit this is."""
        if y != self.extent.height - 1 or not (self._prompt.open or self.search is not None):
            return super().render_line(y)
        count = self.search.said if self.search is not None else ""
        if self._number is not None:
            count = f"{self._number + 1:,} of {count}"
        return search_line(self.palette, self._prompt, count, self.extent.width)
