"""Putting foreign text into rows: made harmless, wrapped, marked, and folded where it is long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise

from nano_widgets.ansi import NO_STYLE, sgr_spans, style_before
from nano_widgets.flow.folds import Fold, Hidden, Shown, stretches
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.row import Ink, Part, Piece, Row
from nano_widgets.flow.wrap import breaks, expand_tabs
from nano_widgets.safe import cells, fit, safe
from nano_widgets.units import count, size

Mark = tuple[int, int, Ink]
WHOLE = Fold(1 << 40, 0)
"""Nothing is hidden."""


class Marker:
    """Says how the lines of a text look. Asked for each shown line in order, and told what is left out."""

    def begin(self, text: str, start: int) -> None:
        """What is shown of the text begins at this offset."""

    def marks(self, line: str, following: Callable[[], list[str]]) -> Iterable[Mark]:
        """The marks of a line; `following` gives the lines that come after it in the same stretch."""
        return ()

    def fill(self, line: str) -> str:
        """The fill of the rows of a line; asked for before its marks."""
        return ""

    def before(self) -> tuple[Piece, ...]:
        """What stands before the line; asked for after its marks."""
        return ()

    def skip(self, hidden: str) -> None:
        """A stretch that is not shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is put on the page."""

    ink: Ink = ""
    prefix: tuple[Piece, ...] = ()
    """Stands before each row."""
    lead: tuple[Piece, ...] | None = None
    """Stands before the first row in place of the prefix, as wide as that."""
    words: bool = False
    """Rows end between words."""
    colours: bool = False
    """SGR colours in the text are honoured."""
    right: tuple[Piece, ...] = ()
    """Stands at the right end of the first row."""
    unfold: str = ""
    """What to do to see more, said where something is hidden."""


PLAIN = Look()
_NO_MARKER = Marker()


class Page:
    """Rows of one item at one width, as they are added."""

    def __init__(self, width: int, search: Pattern | None = None, hit: tuple[Part, int] | None = None) -> None:
        self.width = max(width, 8)
        self.rows: list[Row] = []
        self._search = search
        self._hit = hit

    def line(self, pieces: Sequence[Piece], right: Sequence[Piece] = (), fill: str = "", folds: Part = None) -> None:
        """Add one row of words that are our own or already harmless; what is too long is cut."""
        room = self.width - _width(right) - bool(right)
        kept = list[Piece]()
        for text, ink in pieces:
            text = fit(text, room)
            kept.append((text, ink))
            room -= cells(text)
        self.rows.append(Row(tuple(kept), fill, tuple(right), folds=folds))

    def blank(self) -> None:
        """Add an empty row."""
        self.rows.append(Row())

    def text(self, text: str, part: Part, look: Look = PLAIN, fold: Fold = WHOLE, marker: Marker = _NO_MARKER) -> None:
        """Add foreign text: what the fold shows of it, line by line."""
        first = True
        for stretch in stretches(text, fold):
            if isinstance(stretch, Hidden):
                marker.skip(text[stretch.start : stretch.end] if stretch.end - stretch.start < 1_000_000 else "")
                self._hidden(stretch, part, look)
            else:
                self._stretch(text, stretch, part, look, marker, first)
            first = False

    def stretch(self, text: str, start: int, end: int, part: Part, look: Look, marker: Marker = _NO_MARKER) -> None:
        """Add a stretch of a long foreign text, in the colours in force there; offsets are those of the text."""
        marker.begin(text, start)
        self._stretch(text, Shown(start, end), part, look, marker, True)

    def _hidden(self, hidden: Hidden, part: Part, look: Look) -> None:
        what = (
            count(hidden.lines, "more line") if hidden.lines else f"{size(hidden.end - hidden.start)} more of this line"
        )
        hint = f" · {look.unfold}" if look.unfold else ""
        self.line((*look.prefix, (f"… {what}{hint}", "fold")), folds=part)
        self.rows[-1].part, self.rows[-1].start, self.rows[-1].end = part, hidden.start, hidden.end

    def _stretch(self, text: str, shown: Shown, part: Part, look: Look, marker: Marker, first: bool) -> None:
        lines = text[shown.start : shown.end].split("\n")
        style = style_before(text, shown.start) if look.colours and shown.start else NO_STYLE
        offset = shown.start
        for i, line in enumerate(lines):
            marks = list[Mark]()
            source = line.removesuffix("\r")
            if look.colours:
                source, spans, style = sgr_spans(source, style)
                marks += spans
            shown_line = safe(expand_tabs(source))
            fill = marker.fill(shown_line)
            marks += marker.marks(shown_line, partial(list, islice(lines, i + 1, None)))
            if self._search is not None:
                marks += self._hits(shown_line, line, part, offset)
            self._line(shown_line, offset, part, look, fill, marks, first and not i, marker.before())
            offset += len(line) + 1

    def _line(
        self,
        line: str,
        offset: int,
        part: Part,
        look: Look,
        fill: str,
        marks: Sequence[Mark],
        first: bool,
        before: tuple[Piece, ...],
    ) -> None:
        later = (*look.prefix, *((" " * cells(text), ink) for text, ink in before))
        prefix = (*(look.lead if first and look.lead is not None else look.prefix), *before)
        right = look.right if first else ()
        room, first_room = self.width - _width(later), self.width - _width(prefix) - _width(right) - bool(right)
        starts = breaks(line, room, words=look.words, first=first_room)
        for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
            pieces = (*prefix, *marked_pieces(line, start, end, look.ink, marks))
            self.rows.append(Row(pieces, fill, right, part, offset + start, offset + end))
            prefix, right = later, ()

    def _hits(self, shown: str, line: str, part: Part, offset: int) -> list[Mark]:
        assert self._search is not None
        current = -1
        if self._hit is not None and self._hit[0] == part and offset <= self._hit[1] <= offset + len(line):
            # Offsets of what is shown and of the source differ where there are tabs or colours; the count does not.
            current = sum(1 for m in self._search.finditer(line) if offset + m.start() < self._hit[1])
        return [
            (m.start(), m.end(), "hit-on" if i == current else "hit")
            for i, m in enumerate(self._search.finditer(shown))
            if m.end() > m.start()
        ]


def _width(pieces: Iterable[Piece]) -> int:
    return sum(cells(text) for text, _ in pieces)


def marked_pieces(line: str, start: int, end: int, ink: Ink, marks: Sequence[Mark]) -> list[Piece]:
    """The pieces of `line[start:end]`; of marks that overlap, the later ones win."""
    while end > start and line[end - 1] == " ":
        end -= 1
    inside = [mark for mark in marks if mark[0] < end and mark[1] > start]
    if not inside:
        return [(line[start:end], ink)] if end > start else []
    cuts = sorted({start, end, *(cut for a, b, _ in inside for cut in (a, b) if start < cut < end)})
    pieces = list[Piece]()
    for a, b in pairwise(cuts):
        look = next((mark[2] for mark in reversed(inside) if mark[0] <= a and mark[1] >= b), ink)
        pieces.append((line[a:b], look))
    return pieces
