"""The transcript with a search in it."""

from __future__ import annotations

from collections.abc import Iterable

from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.search import Hit
from nano_widgets.flow.searching import Searching
from nano_widgets.seen import was_cut
from nano_widgets.transcript.core import TranscriptCore
from nano_widgets.transcript.texts import texts
from nano_widgets.transcript.whole import whole_output


class SearchingTranscript(Searching, TranscriptCore):
    """Searches all messages of a history, and unfolds what hides a hit."""

    def forget_search(self) -> None:
        """A search is over when another history is shown."""
        self.stop_search()

    def search_count(self) -> int:
        """How many messages there are."""
        return len(self.view.messages)

    def search_texts(self, source: int) -> Iterable[tuple[str, str]]:
        """The texts of a message as they are shown."""
        message = self.view.messages[source]
        found = texts(message)
        if not self.view.whole or not was_cut(message):
            return found
        return [*(one for one in found if one[0] != "text"), *(part[1:] for part in whole_output(message))]

    def search_place(self) -> Hit:
        """The current hit, else the first message of the item at the top."""
        if self.view.hit is not None:
            (message, name), offset = self.view.hit
            return (message, name, offset)
        return (self.view.items.messages(self.top[0])[0] if len(self.view.items) else 0, "", 0)

    def search_changed(self, pattern: Pattern | None) -> None:
        """Mark hits in what is shown."""
        self.view.search, self.view.hit = pattern, None
        self.changed()

    def search_finished(self, hits: Iterable[Hit]) -> None:
        """Mark hits in the map."""
        self.marks.hits({self.view.items.of_message(message) for message, _, _ in hits})

    def show_hit(self, hit: Hit) -> None:
        """Unfold what hides a hit, and bring it into sight."""
        message, name, offset = hit
        items = self.view.items
        if self.view.hit is not None:
            self.layouts.forget(items.of_message(self.view.hit[0][0]))
        item = items.of_message(message)
        self.view.hit, self.follow = ((message, name), offset), False
        self.layouts.forget(item)
        rows = self.layouts.rows(item)
        mine = [
            r for r, row in enumerate(rows) if row.part == (message, name) and row.start <= offset and not row.folds
        ]
        place = (item, mine[-1] if mine else 0)
        in_sight = place in self.shown[1:-2]
        self.go(self.top if in_sight else self.layouts.walk(place, -self.height // 3))
        self.cursor = item
