"""How a line of the run table looks: a run, a group of runs, the titles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.widget import Widget

from nano_widgets.line_painter import PaintedRow
from nano_widgets.palette import Palette
from nano_widgets.run_columns import GAP, Column
from nano_widgets.run_kinds import INKS, MARKS, kind_of
from nano_widgets.safe import cells, one_line, padded, safe, take

if TYPE_CHECKING:
    from nano_agent.library.kinds import Kind
    from nano_agent.library.selection import Group, Totals
    from nano_agent.library.summary import Summary

Columns = Sequence[tuple[Column, int]]
FOLDED, UNFOLDED = "▸", "▾"
NO_KEY = "(none)"
"""What stands for a group of runs that do not say what is grouped by."""
KEY_AT_LEAST = 20
"""Cells of a group's key before there is room for how its runs ended."""
_INKS = {"started": "muted", "format": "muted", "model": "muted", "tokens": "muted"}


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where in a run the words that were searched for stand."""

    where: str
    """For example `step 9`."""
    text: str
    """One line of the text around them; foreign."""
    spans: Sequence[tuple[int, int]]
    """Where in the text the words are."""
    message: int | None = None
    """The index of the message."""


class RunPainter:
    """Paints lines in the colours of one widget."""

    def __init__(self, widget: Widget) -> None:
        self._palette = Palette(widget)

    def clear(self) -> None:
        """Forget colours."""
        self._palette.clear()

    def header(self, columns: Columns, sort: str, descending: bool) -> list[Segment]:
        """The titles, with an arrow at the one that is sorted by; behind a title at the right it stands in the gap."""
        arrow = "↓" if descending else "↑"
        parts = list[str]()
        for column, width in columns:
            sign = arrow if column.name == sort else " "
            parts.append(
                padded(column.title, width, True) + sign if column.right else padded(column.title + sign, width + GAP)
            )
        return [Segment(part) for part in parts]

    def run(self, run: Summary, columns: Columns, now: float, snippet: Snippet | None) -> PaintedRow:
        """One run; where it was searched, what was found stands in the place of the task."""
        pieces, before = list[Segment](), None
        parts = list[str]()
        for place, (column, width) in enumerate(columns):
            ink = INKS[kind_of(run.exit_status, run.live)] if column.name == "status" else _INKS.get(column.name, "")
            if ink != before and parts:
                # Columns of one colour are one piece: all that comes after, down to the terminal, goes piece by piece.
                pieces.append(Segment("".join(parts), self._palette.ink(before or "")))
                parts.clear()
            before = ink
            if snippet is not None and not column.width:
                pieces += [Segment("".join(parts), self._palette.ink(ink)), *self._snippet(snippet, width)]
                parts.clear()
                continue
            gap = GAP if place < len(columns) - 1 else 0
            parts.append(padded(column.text(run, now), width, column.right) + " " * gap)
        pieces.append(Segment("".join(parts), self._palette.ink(before or "")))
        # Measuring a task that was cut takes longer than painting all of its row.
        length = sum(width + GAP for _, width in columns) - GAP
        return PaintedRow(pieces, length if snippet is None else None)

    def group(self, group: Group, unfolded: bool, columns: Columns, now: float) -> Iterator[Segment]:
        """The head of a group."""
        for place, (column, width) in enumerate(columns):
            if place and not column.right:
                # The columns of words have nothing to say of many runs, so the key has all of their room.
                yield from self._key(group, sum(cells + GAP for _, cells in columns[place:]) - GAP)
                return
            text = column.group(group.totals, now)
            if not place:
                text = f"{UNFOLDED if unfolded else FOLDED} {text}"
            yield Segment(padded(text, width, column.right) + " " * GAP, self._palette.ink("strong"))

    def _key(self, group: Group, width: int) -> Iterator[Segment]:
        """The group's key and, where there is room, how its runs ended."""
        ends = list(_ends(group.totals))
        taken = sum(cells(text) + 1 for _, text in ends)
        ends = ends if width - taken >= KEY_AT_LEAST else []
        yield Segment(padded(group.key or NO_KEY, width - taken if ends else width), self._palette.ink("strong"))
        for kind, text in ends:
            yield Segment(f" {text}", self._palette.ink(INKS[kind]))
        yield Segment(" " * GAP)

    def _snippet(self, snippet: Snippet, width: int) -> Iterator[Segment]:
        where = one_line(snippet.where, width)
        yield Segment(f"{where}  ", self._palette.ink("muted"))
        # One character for each, so that the spans stay right in what is left of the text.
        text = take(safe(snippet.text, keep_newlines=False).replace("\t", " "), max(0, width - cells(where) - 2))
        at = 0
        for start, end in snippet.spans:
            if at <= start < len(text):
                yield Segment(text[at:start], self._palette.ink(""))
                yield Segment(text[start:end], self._palette.ink("hit"))
                at = end
        yield Segment(text[at:], self._palette.ink(""))


def _ends(totals: Totals) -> Iterator[tuple[Kind, str]]:
    """How many ended how, with the signs that the rows have."""
    unknown = totals.runs - totals.live - totals.done - totals.limit - totals.bad
    numbers: tuple[tuple[Kind, int], ...] = (
        ("live", totals.live),
        ("good", totals.done),
        ("limit", totals.limit),
        ("bad", totals.bad),
        ("unknown", unknown),
    )
    for kind, number in numbers:
        if number:
            yield kind, f"{MARKS[kind]}{number:,}"
