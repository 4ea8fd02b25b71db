"""Diffs as data: a unified diff (or an `apply_patch` envelope) as lines of known kinds, and diffs made of two texts.

Nothing here fails, whatever the text is: what is not understood is a line of kind `NOTE`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice

NOTE, FILE, META, HUNK, CONTEXT, ADD, DEL = range(7)
"""Kinds of lines: not part of a diff; start of a file; other header; `@@`; unchanged; added; removed."""

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_GIT = re.compile(r'diff --git (?:"?a/(.*?)"?) (?:"?b/(.*?)"?)$')
_ENVELOPE = re.compile(r"\*\*\* (?:Add|Update|Delete) File: (.*)")
_META_STARTS = (
    "index ", "old mode ", "new mode ", "deleted file", "new file", "similarity ", "dissimilarity ", "rename ",
    "copy ", "Binary files", "GIT binary", "*** Begin Patch", "*** End Patch", "*** Move to: ", "*** End of File",
)  # fmt: skip
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST_MARKED = 600
_MOST_COMPARED = 600


@dataclass(slots=True)
class FileDiff:
    """One file of a diff: its lines are those from `start` on up to the next file."""

    path: str
    start: int
    added: int = 0
    removed: int = 0


@dataclass(slots=True)
class Diff:
    """A diff as lines with their kinds."""

    lines: list[str]
    kinds: bytearray
    files: list[FileDiff] = field(default_factory=list)
    hunks: list[int] = field(default_factory=list)
    """Indexes of the lines that start a hunk."""

    @property
    def added(self) -> int:
        """Lines added in all files."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines removed in all files."""
        return sum(file.removed for file in self.files)

    def file_number(self, line: int) -> int:
        """The number (from 0) of the file that a line belongs to; -1 for lines before the first one."""
        return bisect_right(self.files, line, key=lambda file: file.start) - 1

    def file_of(self, line: int) -> FileDiff | None:
        """The file that a line belongs to."""
        number = self.file_number(line)
        return self.files[number] if number >= 0 else None

    def numbers(self, line: int) -> tuple[int | None, int | None]:
        """The line's number in the old and in the new file, where the diff says so."""
        index = bisect_right(self.hunks, line) - 1
        kind = self.kinds[line] if 0 <= line < len(self.kinds) else NOTE
        if index < 0 or kind not in (CONTEXT, ADD, DEL):
            return (None, None)
        start = self.hunks[index]
        head = _HUNK.match(self.lines[start])
        if head is None:
            return (None, None)
        between = self.kinds[start + 1 : line]
        old = int(head[1]) + between.count(CONTEXT) + between.count(DEL)
        new = int(head[3]) + between.count(CONTEXT) + between.count(ADD)
        return (None if kind == ADD else old, None if kind == DEL else new)

    def partner(self, line: int) -> int | None:
        """The line that replaces this one or is replaced by it: the n-th removed and the n-th added one of a block."""
        kind = self.kinds[line]
        if kind not in (ADD, DEL):
            return None
        first = line
        while first > 0 and self.kinds[first - 1] == kind and line - first < _MOST_COMPARED:
            first -= 1
        if kind == DEL:
            adds = line
            while adds < len(self.kinds) and self.kinds[adds] == DEL and adds - line < _MOST_COMPARED:
                adds += 1
            other = adds + line - first
            return other if other < len(self.kinds) and set(self.kinds[adds : other + 1]) == {ADD} else None
        dels = first
        while dels > 0 and self.kinds[dels - 1] == DEL and first - dels < _MOST_COMPARED:
            dels -= 1
        other = dels + line - first
        return other if other < first else None


def parse(text: str) -> Diff:
    """Cut a text into lines of known kinds. Linear in the text's length; a megabyte takes about 15 ms."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    diff = Diff(lines, bytearray(len(lines)))
    _Parser(diff).run()
    return diff


class _Parser:
    """Goes through the lines once, and knows inside a hunk how many lines are still to come."""

    def __init__(self, diff: Diff) -> None:
        self.diff = diff
        self.file = FileDiff("", 0)
        self.line = 0
        # Lines that the hunk still has; -1 in an envelope, whose hunks do not say how long they are.
        self.old = self.new = 0

    def run(self) -> None:
        kinds = self.diff.kinds
        for i, text in enumerate(self.diff.lines):
            self.line = i
            kind = self._inside(text) if self.old or self.new else None
            kinds[i] = self._outside(text) if kind is None else kind

    def _inside(self, text: str) -> int | None:
        """The kind of a line in a hunk; `None` when the hunk is over, whatever it said."""
        first = text[:1]
        if first == "+" and self.new:
            self.new -= self.new > 0
            self.file.added += 1
            return ADD
        if first == "-" and self.old:
            self.old -= self.old > 0
            self.file.removed += 1
            return DEL
        if first in (" ", "") and self.old and self.new:
            self.old -= self.old > 0
            self.new -= self.new > 0
            return CONTEXT
        if first == "\\":
            return META
        envelope = self.old < 0
        self.old = self.new = 0
        return self._expect(-1, -1) if envelope and first == "@" else None

    def _outside(self, text: str) -> int:
        if text.startswith("@@") and (head := _HUNK.match(text)):
            return self._expect(int(head[2] or 1), int(head[4] or 1))
        if text.startswith("@@ ") and text.endswith(" @@") and self.diff.files:
            return self._expect(-1, -1)  # lines of which it is not known where in the file they are
        if git := _GIT.match(text):
            return self._begin(git[2])
        if text.startswith("--- ") and self._next().startswith("+++ "):
            new = _path(self._next())
            path = _path(text) if new == "/dev/null" else new
            if not self._in_header():
                return self._begin(path)
            self.file.path = path
            return META
        if text.startswith("+++ ") and self._in_header():
            return META
        if envelope := _ENVELOPE.match(text):
            self.old = self.new = -1
            return self._begin(envelope[1])
        known = text.startswith(_META_STARTS) or text.startswith("\\ No newline")
        return META if known else NOTE

    def _expect(self, old: int, new: int) -> int:
        if not self.diff.files:
            self._begin("")
        self.old, self.new = old, new
        self.diff.hunks.append(self.line)
        return HUNK

    def _begin(self, path: str) -> int:
        self.file = FileDiff(path, self.line)
        self.diff.files.append(self.file)
        return FILE

    def _in_header(self) -> bool:
        """Whether this line still belongs to the header that the last file began with."""
        between = self.diff.kinds[self.file.start + 1 : self.line]
        return bool(self.diff.files) and self.line > self.file.start and not between.strip(bytes((META,)))

    def _next(self) -> str:
        lines = self.diff.lines
        return lines[self.line + 1] if self.line + 1 < len(lines) else ""


def _path(header: str) -> str:
    """The path in a `---` or `+++` line, without its prefix, quotes and time stamp."""
    path = header[4:].split("\t")[0].strip().strip('"')
    return path[2:] if path[:2] in ("a/", "b/") else path


def made(old: str, new: str) -> list[str]:
    """The lines of a diff from one text to another, all of both, without headers: ` same`, `-old`, `+new`."""
    before, after = _lines(old), _lines(new)
    if len(before) > _MOST_COMPARED or len(after) > _MOST_COMPARED:
        return [*("-" + line for line in before), *("+" + line for line in after)]
    found = list[str]()
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [" " + line for line in before[a:b]]
        else:
            found += ["-" + line for line in before[a:b]] + ["+" + line for line in after[c:d]]
    return found


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def word_marks(old: str, new: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """What differs between two lines, as stretches of each; nothing when they have little in common or are long."""
    if len(old) > _LONGEST_MARKED or len(new) > _LONGEST_MARKED:
        return [], []
    a, b = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.quick_ratio() < 0.5 or matcher.ratio() < 0.5:
        return [], []
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return _stretches(a, [(c[1], c[2]) for c in changes]), _stretches(b, [(c[3], c[4]) for c in changes])


def _stretches(words: Sequence[str], ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(s, e) for s, e in _offsets(words, ranges) if e > s]


def _offsets(words: Sequence[str], ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for first, last in ranges:
        start = sum(map(len, islice(words, first)))
        yield start, start + sum(map(len, words[first:last]))
