"""A stretch of a diff as rows: numbers, signs, syntax colours, the words that changed; in order or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nano_widgets import syntax
from nano_widgets.diff_layout import Chunk, pairs, sides
from nano_widgets.diff_text import ADD, CONTEXT, DEL, FILE, HUNK, META, Diff, FileDiff, word_marks
from nano_widgets.flow.page import Mark, marked_pieces
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.row import Piece, Row
from nano_widgets.flow.wrap import breaks, expand_tabs
from nano_widgets.markdown_marks import code_marks_by_line
from nano_widgets.safe import cells, fit, one_line, safe
from nano_widgets.units import count

NUMBERS_FROM = 60
"""Cells of width from which on lines have their numbers."""
_SHOWN_OF_A_LINE, _WRAPPED_OF_A_LINE = 20_000, 2_000
_SAID_ALREADY = ("index ", "--- ", "+++ ")
"""Headers that say no more than the file's own line does."""
_INKS = {ADD: "add", DEL: "del", HUNK: "hunk", META: "muted", CONTEXT: ""}
_FILLS = {ADD: "on-add", DEL: "on-del"}
_SIGNS = {ADD: "+", DEL: "-"}


@dataclass(slots=True)
class Look:
    """How a diff is shown."""

    wraps: bool = True
    x: int = 0
    """So many cells at the start of lines are out of sight."""
    context: bool = True
    """Unchanged lines are shown."""
    search: Pattern | None = None
    hit: tuple[int, int] | None = None
    """The hit that was gone to: its line, and where in it."""


def counts(added: int, removed: int) -> tuple[Piece, ...]:
    """How many lines were added and removed; nothing where none were, as in a file that is only read."""
    return ((f"+{added}", "add"), (" ", ""), (f"-{removed}", "del")) if added or removed else ()


class DiffRows:
    """Makes the rows of one stretch at one width."""

    def __init__(self, diff: Diff, chunk: Chunk, look: Look, width: int) -> None:
        self._diff, self._chunk, self._look, self._width = diff, chunk, look, width
        old, new = sides(diff, chunk)
        self._texts = {line: _shown(diff.lines[line], look.wraps) for line in {*old, *new}}
        self._marks: dict[int, list[Mark]] = {line: [] for line in self._texts}
        self._colour(old, new)
        self._mark_words()

    # What lines look like

    def _colour(self, old: Sequence[int], new: Sequence[int]) -> None:
        """Syntax colours: each side is read as a piece of its file."""
        file = self._diff.file_of(self._chunk[0] if self._chunk[0] < self._chunk[1] else self._chunk[2])
        language = syntax.language_of(file.path) if file is not None else ""
        if not language or not syntax.is_loaded():
            return
        for lines, wanted in ((old, (DEL,)), (new, (ADD, CONTEXT))):
            if any(self._diff.kinds[line] in wanted for line in lines):
                found = code_marks_by_line([self._texts[line] for line in lines], language)
                for line, marks in zip(lines, found, strict=True):
                    if self._diff.kinds[line] in wanted:
                        self._marks[line] += marks

    def _mark_words(self) -> None:
        """What changed in a line that has a counterpart, once for both."""
        diff = self._diff
        for line, text in self._texts.items():
            if diff.kinds[line] not in (ADD, DEL) or (partner := diff.partner(line)) is None:
                continue
            if diff.kinds[line] == ADD and partner in self._texts:
                continue  # done with its counterpart
            other = self._texts.get(partner) or _shown(diff.lines[partner], self._look.wraps)
            first, second = (line, partner) if diff.kinds[line] == DEL else (partner, line)
            found = word_marks(*((text, other) if first == line else (other, text)))
            for one, stretches, ink in ((first, found[0], "del-word"), (second, found[1], "add-word")):
                if one in self._marks:
                    self._marks[one] += [(a, b, ink) for a, b in stretches]

    def _marked(self, line: int, text: str) -> list[Mark]:
        search, hit = self._look.search, self._look.hit
        marks = self._marks.get(line, [])
        if search is None:
            return marks
        at = hit[1] - 1 if hit is not None and hit[0] == line else None
        found = [match.span() for match in search.finditer(text) if match.end() > match.start()]
        # Tabs are wider here than in the line itself, so the hit gone to is the first one that begins no earlier.
        on = next((i for i, (start, _) in enumerate(found) if at is not None and start >= at), -1)
        return [*marks, *((a, b, "hit-on" if i == on else "hit") for i, (a, b) in enumerate(found))]

    def _body(self, line: int, room: int) -> list[tuple[Piece, ...]]:
        """A line's text in pieces: one row, or several where it is wrapped."""
        kind, text = self._diff.kinds[line], self._texts[line]
        marks = self._marked(line, text)
        ink = "" if any(mark[2].startswith("code-") for mark in marks if isinstance(mark[2], str)) else _INKS[kind]
        if not self._look.wraps:
            shown, shift = _cut(text, self._look.x, room)
            moved = [(max(0, a - shift), max(0, b - shift), look) for a, b, look in marks]
            return [tuple(marked_pieces(shown, 0, len(shown), ink, moved))]
        starts = breaks(text, room)
        return [
            tuple(marked_pieces(text, a, b, ink, marks)) for a, b in zip(starts, [*starts[1:], len(text)], strict=True)
        ]

    # Rows

    def in_order(self) -> Iterator[Row]:
        """The lines one below the other."""
        for line in range(self._chunk[0], self._chunk[1]):
            kind = self._diff.kinds[line]
            if kind not in (ADD, DEL, CONTEXT):
                yield from self._across(line)
            elif kind == CONTEXT and not self._look.context:
                yield from self._left_out(line)
            else:
                yield from self._unified(line, kind)

    def _unified(self, line: int, kind: int) -> Iterator[Row]:
        numbers: tuple[Piece, ...] = ()
        if self._width >= NUMBERS_FROM:
            old, new = self._diff.numbers(line)
            numbers = ((f"{old if old is not None else '':>5} {new if new is not None else '':>5} ", "number"),)
        head: tuple[Piece, ...] = (*numbers, (_SIGNS.get(kind, " "), _INKS[kind]))
        taken = sum(cells(text) for text, _ in head)
        for number, pieces in enumerate(self._body(line, max(1, self._width - taken))):
            yield Row((*head, *pieces), _FILLS.get(kind, ""), (), line, number, number)
            head = ((" " * taken, "number"),)

    def beside(self) -> Iterator[Row]:
        """The old lines left, the new ones right."""
        half = (self._width - 1) // 2
        for left, right in pairs(self._diff, self._chunk):
            line = left if left is not None else right
            kind = self._diff.kinds[line] if line is not None else META
            if line is None or (left == right and kind not in (ADD, DEL, CONTEXT)):
                yield from self._across(line or 0)
            elif kind == CONTEXT and not self._look.context:
                yield from self._left_out(line)
            else:
                a, b = self._half(left, half, 0), self._half(right, half, 1)
                for number in range(max(len(a), len(b))):
                    first = a[number] if number < len(a) else ((" " * half, ""),)
                    second = b[number] if number < len(b) else ()
                    yield Row((*first, ("│", "rule"), *second), "", (), line, number, number)

    def _half(self, line: int | None, width: int, side: int) -> list[tuple[Piece, ...]]:
        if line is None:
            return [((" " * width, "faint"),)]
        kind = self._diff.kinds[line]
        number, fill = self._diff.numbers(line)[side], _FILLS.get(kind, "")
        head, sign = f"{number if number is not None else '':>5} ", _SIGNS.get(kind, " ")
        rows = list[tuple[Piece, ...]]()
        for pieces in self._body(line, max(1, width - 7)):
            row: list[Piece] = [(head, f"number|{fill}"), (sign, f"{_INKS[kind]}|{fill}")]
            row += [
                (text, f"{ink}|{fill}" if isinstance(ink, str) and not ink.startswith("hit") else ink)
                for text, ink in pieces
            ]
            rest = width - sum(cells(text) for text, _ in row)
            rows.append((*row, (" " * rest, f"|{fill}")))
            head, sign = " " * 6, " "
        return rows

    def _left_out(self, line: int) -> Iterator[Row]:
        """One row for a run of unchanged lines that are not shown."""
        kinds = self._diff.kinds
        if line and kinds[line - 1] == CONTEXT and line > self._chunk[0]:
            return
        end = line
        while end < len(kinds) and kinds[end] == CONTEXT:
            end += 1
        yield Row(((f"  ⋯ {count(end - line, 'unchanged line')}", "fold"),), "", (), line)

    def _across(self, line: int) -> Iterator[Row]:
        """A line that is for both sides: a file's name, a hunk's place, what else a diff says."""
        kind, source = self._diff.kinds[line], self._diff.lines[line]
        file = self._diff.file_of(line)
        if kind == FILE and file is not None and file.path:
            yield file_row(file, self._width, False)
        elif kind != META or not source.startswith(_SAID_ALREADY):
            text = safe(expand_tabs(source[:_SHOWN_OF_A_LINE]), keep_newlines=False)
            yield Row(((fit(text, self._width), _INKS.get(kind, "muted")),), "", (), line)


def file_row(file: FileDiff, width: int, folded: bool) -> Row:
    """The line above a file's changes; a click on it folds them."""
    numbers = counts(file.added, file.removed)
    path = one_line(file.path, width - 4 - sum(cells(text) for text, _ in numbers))
    mark = "▸ " if folded else "▾ "
    return Row(
        ((mark, "muted"), (path, "file")), "on-file", ((" ", ""), *numbers), file.start, 0, 0, ("fold", file.start)
    )


def _shown(line: str, wraps: bool) -> str:
    """A line without its sign, made harmless; its tabs are those of the file."""
    most = _WRAPPED_OF_A_LINE if wraps else _SHOWN_OF_A_LINE
    return safe(expand_tabs(line[1:most] + ("…" if len(line) > most else "")), keep_newlines=False)


def _cut(text: str, x: int, room: int) -> tuple[str, int]:
    """What is in sight of a line that is not wrapped, and how much was left out before it."""
    shift = breaks(text, x)[1] if x and cells(text) > x else len(text) if x else 0
    return fit(text[shift:], room), shift
