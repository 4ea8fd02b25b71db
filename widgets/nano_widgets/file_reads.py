"""Calls that read one file: which, from which line on, and how the answer's lines are to be numbered and coloured.

Pure derivation from the call's name and arguments and from the answer's text. What cannot be told surely (several
files, a pipe through something else, an answer that was cut) is not numbered.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, pairwise

from nano_agent.trajectory import ToolCall
from nano_widgets import calls
from nano_widgets.flow.page import Mark, Marker
from nano_widgets.flow.row import Piece
from nano_widgets.markdown_marks import code_marks_by_line
from nano_widgets.syntax import is_loaded, language_of

_LEAVING = re.compile(r"^\s*cd\s+[^\s;&|]+\s*&&\s*")
_SILENT = re.compile(r"\s+2>\s*(?:/dev/null|&1)\s*$")
_RANGE = re.compile(r"(\d+)(?:,(?:\d+|\$|\+\d+))?p;?")
_SIGNS = frozenset("();<>|&")
_COUNT = re.compile(r"\d+")
_START_KEYS = ("start_line", "line_start", "from_line", "start")
_OWN = re.compile(r"\s*(\d+)(?:\t|→|(?: ?\| ?)|:[ ]?)")
_OPENING = re.compile(r"\A(?:OBSERVATION:\n|(?:[^\n]*\n){0,6}?(?:<output>|Output:|stdout:)[ \t]*\n)")
_CLOSING = re.compile(r"\n(?:</output>|stderr:[ \t]*(?:\n|$)|\(Open file: |[\w.-]+@[\w.-]+:\S* [#$] ?\Z)")
_CUT = re.compile(
    r"(?i)^\W{0,8}(?:\.\.\.|…)|^\W*(?:output|response|file)\b.*\b(?:cut|truncated|elided|clipped)"
    r"|\b(?:truncated|omitted|elided|not shown|more lines|warning:)\b"
)
_NO_FILE = re.compile(
    r"(?i)\[File: |<(?:system|error|tool|response|returncode|exit)|(?:cat|sed|nl|head|tail): |command failed"
    r"|error\b|Here's the "
)
"""How the first line begins where a tool answers with something else than the file."""
_LOOKED_AT = 30
_LARGEST_HEAD = 4_000
_LARGEST_WRAPPED = 1_000_000
"""Characters of an answer from which on it is not looked for what was cut out of it."""
_ENDLESS = 1 << 60


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file, and what of it an answer shows."""

    path: str
    first: int | None = 1
    """The number of the first line; `None` when that cannot be told."""

    @property
    def language(self) -> str:
        """The file's language; empty when it is not known."""
        return language_of(self.path)


def file_read(call: ToolCall) -> FileRead | None:
    """The file that a call reads; `None` for one that does anything else."""
    view = calls.view(call)
    if view.kind == "read" and "." in view.path.rsplit("/", 1)[-1]:
        return FileRead(view.path, _start(call.arguments))
    return _command(view.subject) if view.kind == "command" else None


def _start(arguments: object) -> int | None:
    if not isinstance(arguments, Mapping):
        return 1
    bounds = arguments.get("view_range")
    if isinstance(bounds, list) and bounds and isinstance(bounds[0], int):
        return int(bounds[0])
    # Some tools count an offset from 0, others from 1.
    if arguments.get("offset") is not None:
        return None
    start = next((arguments[key] for key in _START_KEYS if arguments.get(key) is not None), 1)
    return start if isinstance(start, int) and start > 0 else None


def _command(command: str) -> FileRead | None:
    while found := _LEAVING.match(command):
        command = command[found.end() :]
    command = _SILENT.sub("", command.strip())
    if len(command) > _LARGEST_HEAD or any(sign in command for sign in ("\n", "$(", "`")):
        return None
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return None
    read: FileRead | None = None
    for number, (bar, stage) in enumerate(groupby(words, "|".__eq__)):
        if not bar:
            read = None if number and read is None else _stage(list(stage), read)
    return read


def _stage(words: list[str], read: FileRead | None) -> FileRead | None:
    """What is left of a file behind one program of a pipe; the first one names the file."""
    if words[0] not in _PROGRAMS or any(set(word) <= _SIGNS for word in words):
        return None
    flags = [word for word in words[1:] if word.startswith("-") and word != "-"]
    others = [word for word in words[1:] if word not in flags]
    taken = _PROGRAMS[words[0]](flags, others)
    if taken is None:
        return None
    skipped, files = taken
    if read is None:
        read = FileRead(files[0]) if len(files) == 1 and not set(files[0]) & set("*?[") else None
    elif files:
        return None
    if read is None or skipped is None or read.first is None:
        return None if read is None else replace(read, first=None)
    return replace(read, first=read.first + skipped)


_Taken = tuple[int | None, list[str]] | None
"""How many lines are left out before the first one, and the files that are named; `None` for a use not known here."""


def _whole(flags: list[str], others: list[str]) -> _Taken:
    return 0, others


def _sed(flags: list[str], others: list[str]) -> _Taken:
    if flags != ["-n"] or not others:
        return None
    found = _RANGE.fullmatch(others[0].replace(" ", ""))
    return (int(found[1]) - 1 if found else None), others[1:]


def _head(flags: list[str], others: list[str]) -> _Taken:
    return 0, others[1:] if flags == ["-n"] else others


def _tail(flags: list[str], others: list[str]) -> _Taken:
    amount, files = (others[0], others[1:]) if flags == ["-n"] and others else (flags[0][2:] if flags else "", others)
    return (int(amount[1:]) - 1 if amount.startswith("+") and _COUNT.fullmatch(amount[1:]) else None), files


_PROGRAMS: Mapping[str, Callable[[list[str], list[str]], _Taken]] = {
    "cat": _whole,
    "nl": _whole,
    "sed": _sed,
    "head": _head,
    "tail": _tail,
}


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which lines of an answer are the file's, and their numbers."""

    language: str
    first: int | None
    """The number of the first line of the body; `None` for no numbers of ours."""
    own: bool
    """Each line begins with its number already."""
    start: int
    """The first line of the answer that is the file's, from 0."""
    end: int
    """The first one behind it that is not, or of which the number is not known."""


def numbering(read: FileRead, text: str, skipped: int = 0, whole: bool = False) -> Numbering:
    """How the lines of an answer are to be shown; `skipped` lines of the file came before it.

    `whole` says that the text is the output itself, with no words around it and nothing cut out of it.
    """
    if whole or len(text) > _LARGEST_WRAPPED:
        lines = text[:_LARGEST_HEAD].split("\n")
        start, end, sure = 0, _ENDLESS, whole
    else:
        lines = text.split("\n")
        start, end = _body(text, len(lines))
        end = next((i for i in range(start, end) if _CUT.search(lines[i][:200])), end)
        sure = not _NO_FILE.match(lines[min(start, len(lines) - 1)])
    own = _numbers_itself(lines[start : start + _LOOKED_AT])
    first = None if own or read.first is None or not sure else read.first + skipped
    return Numbering(read.language, first, own, start, _ENDLESS if own else end)


def _body(text: str, count: int) -> tuple[int, int]:
    """From which line to which the output goes, without the words that some harnesses put around it."""
    opening = _OPENING.match(text[:_LARGEST_HEAD])
    start = text.count("\n", 0, opening.end()) if opening else 0
    closing = _CLOSING.search(text, len(text) - _LARGEST_HEAD if len(text) > _LARGEST_HEAD else 0)
    end = text.count("\n", 0, closing.start()) + 1 if closing else count
    return start, max(start, end)


def _numbers_itself(lines: Iterable[str]) -> bool:
    numbers = [int(found[1]) for line in lines if (found := _OWN.match(line)) and len(found[1]) < 8]
    steps = [b - a for a, b in pairwise(numbers)]
    return bool(steps) and all(step == 1 for step in steps)


class ReadLines(Marker):
    """The lines of a file in an answer: numbered, and in colours as far as these are loaded."""

    def __init__(self, how: Numbering) -> None:
        self._how = how
        self._line = -1
        self._marks: list[Iterable[Mark]] | None = None

    def begin(self, text: str, start: int) -> None:
        """Count the lines before."""
        self._line = text.count("\n", 0, start) - 1

    def marks(self, line: str, following: Callable[[], list[str]]) -> Iterable[Mark]:
        """The line's own number, and its colours behind that."""
        self._line += 1
        if self._marks is None:
            self._marks = list(self._coloured([line, *following()]))[::-1] if self._how.language and is_loaded() else []
        found = self._marks.pop() if self._marks else ()
        shift = self._shift(line)
        return ((0, shift, "number"), *((a + shift, b + shift, ink) for a, b, ink in found)) if shift else found

    def before(self) -> tuple[Piece, ...]:
        """The line's number, where it does not say it itself."""
        how = self._how
        if how.first is None:
            return ()
        known = how.start <= self._line < how.end
        return ((f"{how.first + self._line - how.start if known else '':>5} ", "number"),)

    def _coloured(self, lines: list[str]) -> Sequence[Iterable[Mark]]:
        how, at = self._how, self._line
        code = [
            line[self._shift(line) :] if how.start <= number < how.end else "" for number, line in enumerate(lines, at)
        ]
        return code_marks_by_line(code, how.language)

    def _shift(self, line: str) -> int:
        found = _OWN.match(line) if self._how.own else None
        return found.end() if found else 0


def marker_for(read: FileRead, text: str, skipped: int = 0, whole: bool = False) -> Callable[[], Marker]:
    """What makes the markers for an answer's text; see `numbering`."""
    return partial(ReadLines, numbering(read, text, skipped, whole))
