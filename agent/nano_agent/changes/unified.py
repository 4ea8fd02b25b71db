"""Unified diffs between two versions of a file; where lines are not known, a hunk ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nano_agent.changes.lines import Base, Line, Version, aligned

CONTEXT = 3
NO_PLACE = "@@ somewhere in the file @@"
"""Stands above lines of which it is not known where they are."""
_NO_END = "\\ No newline at end of file"
Stretch = tuple[bool, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two files."""

    path: str
    version: Version | None
    """`None`: there is no such file."""
    base: Base


def file_diff(old: Side, new: Side) -> str:
    """The diff of one file, empty when nothing changed."""
    body = "".join(f"{line}\n" for line in _body(old, new))
    renamed = old.path != new.path and old.version is not None and new.version is not None
    created, deleted = old.version is None, new.version is None
    if not body and not renamed and created == deleted:
        return ""
    head = [f"diff --git {_quoted('a/' + old.path)} {_quoted('b/' + new.path)}"]
    if renamed:
        head += [f"rename from {_quoted(old.path)}", f"rename to {_quoted(new.path)}"]
    elif created:
        head.append("new file mode 100644")
    elif deleted:
        head.append("deleted file mode 100644")
    if body:
        head.append("--- " + ("/dev/null" if created else _quoted("a/" + old.path)))
        head.append("+++ " + ("/dev/null" if deleted else _quoted("b/" + new.path)))
    return "".join(f"{line}\n" for line in head) + body


def _quoted(path: str) -> str:
    """As git quotes names that have more than plain characters in them."""
    if not any(c in path for c in '"\\\n\t\r'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


def _body(old: Side, new: Side) -> Iterator[str]:
    upto = max((line + 1 for side in (old, new) for line in _numbers(side)), default=0)
    a, b = _lines(old, upto), _lines(new, upto)
    ends = tuple(
        side.version is None or not lines or side.version.ends(side.base) for side, lines in ((old, a), (new, b))
    )
    # A last line without a line end is another one than the same with it.
    a, b = _marked(a, ends[0]), _marked(b, ends[1])
    for group in _hunks(list(aligned(a, b)), a):
        yield from _hunk(group, a, b, ends)
    yield from _loose(old.version, new.version)


def _numbers(side: Side) -> Iterator[int]:
    version = side.version
    if version is not None:
        yield from (line for line in version.lines if isinstance(line, int))
        if version.rest is not None:
            yield max(version.rest, max(side.base.known, default=-1) + 1) - 1


def _lines(side: Side, upto: int) -> list[Line]:
    return side.version.spelled(side.base, upto) if side.version is not None else []


def _marked(lines: list[Line], ends: bool) -> list[Line]:
    if ends or not lines or isinstance(last := lines[-1], int):
        return lines
    return [*lines[:-1], last + "\n"]


def _hunks(stretches: Sequence[Stretch], old: Sequence[Line]) -> Iterator[list[Stretch]]:
    """Changes with up to three known lines around them; changes that are near each other together."""
    hunk = list[Stretch]()
    for index, (equal, a, b, c, d) in enumerate(stretches):
        if not equal:
            hunk.append((False, a, b, c, d))
            continue
        after = 0
        while after < min(b - a, CONTEXT) and isinstance(old[a + after], str):
            after += 1
        before = 0
        while before < min(b - a, CONTEXT) and isinstance(old[b - 1 - before], str):
            before += 1
        last = index == len(stretches) - 1
        if hunk and not last and after + before >= b - a:
            hunk.append((True, a, b, c, d))
            continue
        if hunk:
            yield [*hunk, (True, a, a + after, c, c + after)]
        hunk = [] if last else [(True, b - before, b, d - before, d)]
    if hunk:
        yield hunk


def _hunk(group: Sequence[Stretch], a: Sequence[Line], b: Sequence[Line], ends: tuple[bool, ...]) -> Iterator[str]:
    start_a, start_b, end_a, end_b = group[0][1], group[0][3], group[-1][2], group[-1][4]
    yield f"@@ -{_range(start_a, end_a)} +{_range(start_b, end_b)} @@"
    for equal, i, j, k, m in group:
        if equal:
            yield from _signed(" ", a, i, j, ends[0])
        else:
            yield from _signed("-", a, i, j, ends[0])
            yield from _signed("+", b, k, m, ends[1])


def _signed(sign: str, lines: Sequence[Line], start: int, end: int, ends: bool) -> Iterator[str]:
    for index in range(start, end):
        line = lines[index]
        yield sign + (
            f"[line {line + 1} of the file at the start; not known]" if isinstance(line, int) else line.rstrip("\n")
        )
        if index == len(lines) - 1 and not ends:
            yield _NO_END


def _range(start: int, end: int) -> str:
    length = end - start
    first = start + 1 if length else start
    return f"{first}" if length == 1 else f"{first},{length}"


def _loose(old: Version | None, new: Version | None) -> Iterator[str]:
    """Replacements whose place is not known, those that are in the one and not in the other."""
    before = list(old.loose) if old is not None else []
    for index, (removed, added) in enumerate(new.loose if new is not None else ()):
        if index < len(before):
            if before[index] == (removed, added):
                continue
            removed = before[index][1]
        yield NO_PLACE
        yield from (f"-{line}" for line in removed.removesuffix("\n").split("\n") if removed)
        yield from (f"+{line}" for line in added.removesuffix("\n").split("\n") if added)
