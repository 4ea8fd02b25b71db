"""What of a diff stands together: stretches of lines that are laid out one at a time, in order or side by side."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from nano_widgets.diff_text import ADD, CONTEXT, DEL, Diff

EACH = 40
"""Rows that are laid out at a time."""
Chunk = tuple[int, int, int, int]
"""Lines `a` to `b` of the diff; where `c` is not negative, all removed ones, with the added lines `c` to `d` beside."""
Pair = tuple[int | None, int | None]
"""The lines that stand in one row: left and right; the same line twice where it is one for both sides."""
_BLOCK = re.compile(bytes((DEL,)) + b"+" + bytes((ADD,)) + b"*|" + bytes((ADD,)) + b"+")


def chunks(diff: Diff, beside: bool, folded: Collection[int] = ()) -> list[Chunk]:
    """The stretches of a diff, each within one file; of a folded file (by its number) only the first line."""
    starts = [file.start for file in diff.files]
    found = list(_lines(0, starts[0] if starts else len(diff.lines)))
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(diff.lines)
        if number in folded:
            found.append((start, start + 1, -1, -1))
        else:
            found += _blocks(diff, start, end) if beside else _lines(start, end)
    return found


def _lines(start: int, end: int) -> Iterator[Chunk]:
    for first in range(start, end, EACH):
        yield first, min(first + EACH, end), -1, -1


def _blocks(diff: Diff, start: int, end: int) -> Iterator[Chunk]:
    """Stretches that cut no block of removed and added lines, but for long ones."""
    begun = at = start
    rows = 0
    for block in _BLOCK.finditer(diff.kinds, start, end):
        first, last = block.span()
        if first - at > EACH or rows > EACH:
            yield from ((begun, at, -1, -1),) if at > begun else ()
            begun, rows = at, 0
            if first - at > EACH:
                yield from _lines(at, first)
                begun = first
        added = diff.kinds.find(ADD, first, last)
        added = last if added < 0 else added
        size = max(added - first, last - added)
        rows += size + max(0, first - at)
        at = last
        if size > EACH:
            yield from ((begun, first, -1, -1),) if first > begun else ()
            yield from _long(first, added, last, size)
            begun, rows = last, 0
    yield from _lines(begun, end) if not at > begun else ((begun, end, -1, -1),)


def _long(first: int, added: int, last: int, size: int) -> Iterator[Chunk]:
    for offset in range(0, size, EACH):
        a, c = min(first + offset, added), min(added + offset, last)
        yield a, min(a + EACH, added), c, min(c + EACH, last)


def pairs(diff: Diff, chunk: Chunk) -> Iterator[Pair]:
    """The rows of a stretch, side by side."""
    a, b, c, d = chunk
    if c >= 0:
        yield from _side_by_side(a, b, c, d)
        return
    line = a
    while line < b:
        block = _BLOCK.match(diff.kinds, line, b)
        if block is None:
            yield line, line
            line += 1
            continue
        added = diff.kinds.find(ADD, line, block.end())
        added = block.end() if added < 0 else added
        yield from _side_by_side(line, added, added, block.end())
        line = block.end()


def _side_by_side(a: int, b: int, c: int, d: int) -> Iterator[Pair]:
    for offset in range(max(b - a, d - c)):
        yield a + offset if a + offset < b else None, c + offset if c + offset < d else None


def chunk_of(found: Sequence[Chunk], line: int) -> int:
    """The number of the stretch that a line is in; of a line that is folded away, that of its file's first line."""
    index = max(0, bisect_right(found, line, key=_first) - 1)
    while index > 0 and found[index][2] >= 0 and not _holds(found[index], line):
        index -= 1
    return index


def _holds(chunk: Chunk, line: int) -> bool:
    return chunk[0] <= line < chunk[1] or chunk[2] <= line < chunk[3]


def _first(chunk: Chunk) -> int:
    return chunk[0] if chunk[2] < 0 or chunk[0] < chunk[1] else chunk[2]


def sides(diff: Diff, chunk: Chunk) -> tuple[list[int], list[int]]:
    """The lines of a stretch that are in the old file, and those that are in the new one."""
    a, b, c, d = chunk
    lines = [*range(a, b), *range(max(c, 0), max(d, 0))]
    kinds = diff.kinds
    return [i for i in lines if kinds[i] in (CONTEXT, DEL)], [i for i in lines if kinds[i] in (CONTEXT, ADD)]
