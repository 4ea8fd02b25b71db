"""A file of which perhaps only some lines are known, and what edits make of it.

A version of a file is a list of lines. A line is its text, or the number of the line of the file at the start that
stands there unchanged, whose text may not be known (yet): what a later read shows of it is then known of every version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

Line = str | int
"""The text of a line that was written, or the number (from 0) of a line of the file at the start."""
_COMPARED_EXACTLY = 1500


@dataclass(slots=True)
class Base:
    """What is known of a file as it was at the start."""

    known: dict[int, str] = field(default_factory=dict)
    total: int | None = None
    """How many lines it has."""
    newline: bool = True
    """Whether its last line ends; taken so unless it is known otherwise."""
    existed: bool | None = None

    def learn_whole(self, lines: Sequence[str]) -> None:
        """Its whole content was shown."""
        self.known = dict(enumerate(lines))
        self.total = len(lines)
        self.existed = True


@dataclass(frozen=True, slots=True)
class Version:
    """A file as of some step."""

    lines: tuple[Line, ...] = ()
    rest: int | None = None
    """The start's lines from this number on follow, however many there are; `None` where the end is among `lines`."""
    newline: bool = True
    loose: tuple[tuple[str, str], ...] = ()
    """Texts that were replaced somewhere in what is not known: old and new."""

    def spelled(self, base: Base, upto: int = 0) -> list[Line]:
        """Its lines, known ones as text, those of the rest up to line `upto` of the start among them."""
        known = base.known
        found = [known.get(line, line) if isinstance(line, int) else line for line in self.lines]
        if self.rest is not None:
            end = base.total if base.total is not None else max(upto, max(known, default=-1) + 1)
            found += [known.get(number, number) for number in range(self.rest, end)]
        return found

    def numbered(self, base: Base, upto: int = 0) -> list[Line]:
        """The same, with unchanged lines as numbers."""
        end = 0 if self.rest is None else base.total if base.total is not None else upto
        return [*self.lines, *range(self.rest or 0, end)]

    def is_open(self, base: Base) -> bool:
        """Whether it goes on beyond what is known."""
        return self.rest is not None and base.total is None

    def ends(self, base: Base) -> bool:
        """Whether its last line ends with a line end."""
        return base.newline if self.rest is not None else self.newline

    def text(self, base: Base) -> str | None:
        """Its whole text; `None` when any of it is not known."""
        spelled = self.spelled(base)
        if self.loose or self.is_open(base) or any(isinstance(line, int) for line in spelled):
            return None
        return "\n".join(map(str, spelled)) + ("\n" if spelled and self.ends(base) else "")


WHOLE_BASE = Version((), 0)
"""The file as it was at the start."""


def split(text: str) -> tuple[list[str], bool]:
    """The lines of a text, and whether the last one ends."""
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1], True
    return lines, False


def write(version: Version | None, base: Base, text: str) -> Version:
    """The file has a new content; lines that it had before stay what they were."""
    lines, newline = split(text)
    if version is None:
        return Version(tuple(lines), None, newline or not lines)
    old, numbers = version.spelled(base), version.numbered(base, max(base.known, default=-1) + 1)
    found = list[Line]()
    for equal, a, b, c, d in aligned(old, lines):
        found += numbers[a:b] if equal else lines[c:d]
    return Version(tuple(found), None, newline or not lines)


def replace(version: Version, base: Base, old: str, new: str, *, everywhere: bool = False) -> Version | None:
    """Replace a text once, or wherever it is known to stand; `None` when it stands nowhere that is known."""
    for index, (before, after) in enumerate(version.loose):
        if old and old in after:
            pairs = [*version.loose]
            pairs[index] = (before, after.replace(old, new) if everywhere else after.replace(old, new, 1))
            return Version(version.lines, version.rest, version.newline, tuple(pairs))
    found, done = version, 0
    for start, run, whole in _known_runs(version, base):
        joined = "\n".join(run)
        count = joined.count(old) if old else not joined
        if not count:
            continue
        changed = joined.replace(old, new) if everywhere and old else joined.replace(old, new, 1) if old else new
        if not whole and changed[-1:] != "\n" and changed:
            return None  # the last line would melt into one that is not known
        spliced = _spliced(found, base, start + done, run, changed, whole)
        done += len(changed.split("\n")) - len(run)
        found = spliced
        if not everywhere:
            return found
    return found if found is not version else None


def _known_runs(version: Version, base: Base) -> Iterator[tuple[int, list[str], bool]]:
    """Stretches of known lines: the start, the lines with an empty one for the end, and whether the file ends there."""
    spelled = version.spelled(base)
    closed = not version.is_open(base)
    start = 0
    while start < len(spelled):
        if isinstance(spelled[start], int):
            start += 1
            continue
        end = start
        while end < len(spelled) and isinstance(spelled[end], str):
            end += 1
        last = end == len(spelled) and closed
        run = [str(line) for line in spelled[start:end]]
        yield start, [*run, *([""] if not last or version.ends(base) else [])], last
        start = end
    if not spelled and closed:
        yield 0, [""], True


def _spliced(version: Version, base: Base, start: int, run: Sequence[str], changed: str, whole: bool) -> Version:
    """The version with a run of lines changed; lines that are as before keep their numbers."""
    lines = changed.split("\n")
    first = 0
    while first < min(len(run), len(lines)) - 1 and run[first] == lines[first]:
        first += 1
    last = 0
    while last < min(len(run), len(lines)) - first and run[-1 - last] == lines[-1 - last]:
        last += 1
    middle = lines[first : len(lines) - last]
    newline, length = version.ends(base), len(run) - last
    if whole and not last:  # the end of the file is in what changed
        newline = middle[-1:] == [""]
        middle = middle[:-1] if newline else middle
        length -= run[-1] == ""
    spread = _spread(version, base, start + length)
    found = [*spread.lines[: start + first], *middle, *spread.lines[start + length :]]
    return Version(tuple(found), spread.rest, newline, version.loose)


def _spread(version: Version, base: Base, upto: int) -> Version:
    """The version with at least so many lines of its own, the rest beginning after them."""
    if version.rest is None:
        return version
    if base.total is not None:
        tail = range(version.rest, base.total)
        return Version((*version.lines, *tail), None, base.newline, version.loose)
    missing = max(0, upto - len(version.lines))
    tail = range(version.rest, version.rest + missing)
    return Version((*version.lines, *tail), version.rest + missing, version.newline, version.loose)


def put_lines(version: Version, base: Base, first: int, last: int, lines: Sequence[str]) -> Version | None:
    """Lines `first` up to but not with `last` (from 0) become others; `None` when the file has not so many."""
    spread = _spread(version, base, last)
    if last > len(spread.lines) or first > last or first < 0:
        return None
    found = (*spread.lines[:first], *lines, *spread.lines[last:])
    return Version(found, spread.rest, spread.newline, version.loose)


def learn(version: Version, base: Base, first: int, lines: Sequence[str]) -> bool:
    """Lines of the file were shown, from number `first` (from 0) on; whether that fits what was known."""
    spread = _spread(version, base, first + len(lines))
    fits = first + len(lines) <= len(spread.lines)
    for line, shown in zip(spread.lines[first:], lines, strict=False):
        known = base.known.get(line) if isinstance(line, int) else line
        if known is None and isinstance(line, int):
            base.known[line] = shown
            base.existed = True
        elif known != shown:
            fits = False
    return fits


def place_of(version: Version, base: Base, old: Sequence[str], near: int | None, after: int = 0) -> int | None:
    """Where lines stand: at line `near` if they can stand there, else where they are known to; `None` if nowhere."""
    spelled = version.spelled(base, (near or 0) + len(old))
    if near is not None and _can_stand(version, base, spelled, near, old):
        return near
    wanted = list(old)
    starts = range(after, len(spelled) - len(wanted) + 1)
    places = [start for start in starts if spelled[start : start + len(wanted)] == wanted]
    if not places:
        return None
    return places[0] if near is None else min(places, key=lambda place: abs(place - near))


def _can_stand(version: Version, base: Base, spelled: Sequence[Line], near: int, old: Sequence[str]) -> bool:
    if near < 0 or (near + len(old) > len(spelled) and not version.is_open(base)):
        return False
    there = spelled[near : near + len(old)]
    return all(isinstance(line, int) or line == wanted for line, wanted in zip(there, old, strict=False))


def aligned(old: Sequence[Line], new: Sequence[Line]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Stretches that are equal and that are not, in order, as `(equal, a, b, c, d)`: `old[a:b]` against `new[c:d]`.

    Lines that are numbers in both are the same line; between those, texts are compared.
    """
    first, end_a, end_b = 0, len(old), len(new)
    while first < min(end_a, end_b) and old[first] == new[first]:
        first += 1
    while end_a > first and end_b > first and old[end_a - 1] == new[end_b - 1]:
        end_a, end_b = end_a - 1, end_b - 1
    if first:
        yield True, 0, first, 0, first
    a, b = list(old[first:end_a]), list(new[first:end_b])
    if a and b:
        matcher = SequenceMatcher(None, a, b, autojunk=max(len(a), len(b)) > _COMPARED_EXACTLY)
        for tag, i, j, k, m in matcher.get_opcodes():
            yield tag == "equal", first + i, first + j, first + k, first + m
    elif a or b:
        yield False, first, end_a, first, end_b
    if end_a < len(old):
        yield True, end_a, len(old), end_b, len(new)
