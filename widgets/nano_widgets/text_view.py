"""Long texts under headings, shown from wherever one looks: 50 MB open like a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType

from nano_widgets import syntax
from nano_widgets.chords import Chords
from nano_widgets.clipboard import copy
from nano_widgets.flow.flow_view import FLOW_KEYS
from nano_widgets.flow.layouts import Position
from nano_widgets.flow.page import Look, Mark, Marker, Page
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.row import Piece, Row
from nano_widgets.flow.search import Hit
from nano_widgets.flow.searching import SEARCH_KEYS, Searching
from nano_widgets.markdown_marks import code_marks_by_line
from nano_widgets.safe import cells, one_line

_CHUNK = 8_000
_LONGEST_CHUNK = 24_000


@dataclass(frozen=True, slots=True)
class Section:
    """A text and what stands above it. The text, the title and the notes are foreign."""

    title: str = ""
    text: str = ""
    note: str = ""
    """A sentence of our own below the title."""
    right: tuple[Piece, ...] = ()
    """Stands at the right end of the title."""
    ink: str = ""
    words: bool = False
    colours: bool = False
    """SGR colours are honoured."""
    marker: Callable[[], Marker] = Marker
    """Makes what marks the lines; a new one for each stretch of the text."""
    call: int | None = None
    """The number of the call it belongs to, from 0, where there are several."""


class CodeLines(Marker):
    """Source code in colours, as far as they are loaded."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._marks: list[tuple[syntax.Mark, ...]] | None = None

    def marks(self, line: str, following: Callable[[], list[str]]) -> Iterable[Mark]:
        """The marks of a line."""
        if self._marks is None:
            lines = [line, *following()]
            loaded = bool(self._language) and syntax.is_loaded()
            self._marks = list(code_marks_by_line(lines, self._language))[::-1] if loaded else []
        return self._marks.pop() if self._marks else ()


class TextView(Searching, Chords):
    """Shows sections below each other; wraps, never folds, and lays out only what is in sight."""

    HELP = (
        "A text of any length. `j` and `k` scroll, PgUp and PgDn turn pages, `g` and `G` go to the ends, `/` searches, "
        "`]c` and `[c` go from call to call where a step has several, `y` copies what is on top."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *FLOW_KEYS,
        *SEARCH_KEYS,
        Binding("]c", "go_call(1)", "Next call", show=False, tooltip="Go to the next call", id="text.next_call"),
        Binding("[c", "go_call(-1)", "Last call", show=False, tooltip="Go to the call before", id="text.last_call"),
        Binding("y", "copy", "Copy", tooltip="Copy the text that is on top of the view", id="text.copy"),
    ]
    GUTTER = 1

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._sections: Sequence[Section] = ()
        self._chunks: list[tuple[int, int, int]] = []
        self._firsts: list[int] = []
        self._pattern: Pattern | None = None
        self._hit: Hit | None = None
        self._gone_to: tuple[Position, int] | None = None

    def show(self, sections: Sequence[Section]) -> None:
        """Show these sections from their start. Costs about 1 ms for 10 MB."""
        self.stop_search()
        self._sections, self._pattern, self._hit, self._gone_to = sections, None, None, None
        self._chunks, self._firsts = [], []
        for number, section in enumerate(sections):
            self._firsts.append(len(self._chunks))
            self._chunks += [(number, start, end) for start, end in chunks(section.text)]
        self.show_items(len(self._chunks))

    @property
    def sections(self) -> Sequence[Section]:
        """What is shown."""
        return self._sections

    def section_at_top(self) -> Section | None:
        """The section that the first visible row belongs to."""
        return self._sections[self._number_at_top()] if self._sections else None

    def _number_at_top(self) -> int:
        return max(0, bisect_right(self._firsts, self.top[0]) - 1)

    @property
    def call(self) -> int | None:
        """The number of the call that was gone to or is on top, from 0; `None` where there are not several."""
        if self._gone_to is not None and self._gone_to[0] == self.top:
            return self._sections[self._gone_to[1]].call
        section = self.section_at_top()
        return section.call if section is not None else None

    def go_to_call(self, call: int) -> None:
        """Put the first section of a call on top, or as near to it as the end allows, and mark it."""
        number = next((n for n, section in enumerate(self._sections) if section.call == call), None)
        if number is not None:
            self.go((self._firsts[number], 0))
            self._gone_to = (self.top, number)
            self.refresh()

    def before(self, item: int, row: int) -> Piece:
        """A mark before the title of the call that was gone to."""
        gone_to = self._gone_to
        if gone_to is not None and gone_to[0] == self.top and (item, row) == (self._firsts[gone_to[1]], 0):
            return ("›", "cursor")
        return super().before(item, row)

    def action_go_call(self, direction: int) -> None:
        """Go to the next call of the step, or the one before."""
        at, sections = self._number_at_top(), self._sections
        if self._gone_to is not None and self._gone_to[0] == self.top:
            at = self._gone_to[1]
        for number in range(at + 1, len(sections)) if direction > 0 else range(at - 1, -1, -1):
            call = sections[number].call
            if call is not None and call != sections[at].call:
                self.go_to_call(call)
                return

    def lay_out(self, item: int, width: int) -> list[Row]:
        """The rows of one stretch; the first of a section has its title above it."""
        number, start, end = self._chunks[item]
        section = self._sections[number]
        hit = (number, start + self._hit[2]) if self._hit is not None and self._hit[0] == item else None
        page = Page(width, self._pattern, hit)
        if self._firsts[number] == item:
            self._title(page, section)
        if section.text:
            marker = section.marker()
            page.stretch(
                section.text,
                start,
                end,
                number,
                Look(section.ink, words=section.words, colours=section.colours),
                marker,
            )
        if item + 1 == len(self._chunks) or self._chunks[item + 1][0] != number:
            page.blank()
        return page.rows

    def _title(self, page: Page, section: Section) -> None:
        if section.title:
            room = page.width - sum(cells(text) for text, _ in section.right) - 4
            title = one_line(section.title, max(room, 4))
            rule = " " + "─" * max(0, room - cells(title))
            page.line(((title, "heading"), (rule, "rule")), section.right)
        if section.note:
            page.text(section.note, None, Look("note", words=True))

    def search_count(self) -> int:
        """How many stretches of text there are."""
        return len(self._chunks)

    def search_texts(self, source: int) -> Iterable[tuple[str, str]]:
        """The text of a stretch."""
        number, start, end = self._chunks[source]
        return (("text", self._sections[number].text[start:end]),)

    def search_place(self) -> Hit:
        """The current hit, else what is just above the view."""
        if self._hit is not None or not self._chunks:
            return self._hit or (0, "", 0)
        item, row = self.top
        rows = self.layouts.rows(item)
        start = rows[row].start if row < len(rows) else 0
        return (item, "text", start - self._chunks[item][1] - 1)

    def search_changed(self, pattern: Pattern | None) -> None:
        """Mark hits in what is shown."""
        self._pattern, self._hit = pattern, None
        self.changed()

    def show_hit(self, hit: Hit) -> None:
        """Bring a hit into sight."""
        stale, self._hit = self._hit, hit
        for item in {hit[0], stale[0] if stale else hit[0]}:
            self.layouts.forget(item)
        number, start, _ = self._chunks[hit[0]]
        rows = self.layouts.rows(hit[0])
        before = (r for r, row in enumerate(rows) if row.part == number and row.start <= start + hit[2])
        place = (hit[0], max(before, default=0))
        in_sight = place in self.shown[1:-2]
        self.go(self.top if in_sight else self.layouts.walk(place, -self.height // 3))

    def action_copy(self) -> None:
        """Copy the text of the section at the top of the view, as it is."""
        section = self.section_at_top()
        if section is not None:
            copy(self, section.text, one_line(section.title, 60) or "the text")


def chunks(text: str) -> list[tuple[int, int]]:
    """Stretches of a text that are laid out one at a time: whole lines, but for very long ones."""
    found, start, length = list[tuple[int, int]](), 0, len(text)
    while length - start > _CHUNK:
        end = text.find("\n", start + _CHUNK, start + _LONGEST_CHUNK)
        if end < 0:
            end = start + _LONGEST_CHUNK
            if end >= length:
                break
            found.append((start, end))
            start = end
        else:
            found.append((start, end))
            start = end + 1
    if start < length or not found:
        found.append((start, length - (text.endswith("\n") and start < length)))
    return found
