"""Which lines of which file a shell command printed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from nano_agent.changes.operations import Shown
from nano_agent.changes.shell_words import Simple, Word


def path_of(cwd: str, word: Word) -> str | None:
    """The path that a word names; `None` where the shell makes something else of it."""
    return None if word.expands or not word.text else posixpath.normpath(posixpath.join(cwd, word.text))


_NUMBERED = re.compile(r" *(\d+)\t(.*)")


def shown_by(pipeline: Sequence[Simple], cwd: str, output: str) -> Iterator[Shown]:
    """The lines of a file that a command printed."""
    first = pipeline[0]
    if first.redirects or len(pipeline) > 2:
        return
    read = _reading(first, cwd)
    if read is None:
        return
    path, numbered, start, limit = read
    if len(pipeline) == 2:
        cut = _cutting(pipeline[1])
        if cut is None or start or limit is not None:
            return
        start, limit = cut
    text = output.replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    if numbered:
        matches = [_NUMBERED.fullmatch(line) for line in lines]
        if not lines or not all(matches):
            return
        start = int(matches[0][1]) - 1 if matches[0] is not None else 0
        lines = [match[2] for match in matches if match is not None]
    elif start and not lines:
        return
    whole = start == 0 and (limit is None or len(lines) < limit)
    yield Shown(path, tuple(lines), start, whole, None, newline=text.endswith("\n") or not text)


def _reading(command: Simple, cwd: str) -> tuple[str, bool, int, int | None] | None:
    """What a command prints: the file, whether lines are numbered, from which one on, and how many."""
    words, name = command.words[1:], command.name
    files = [word for word in words if not word.text.startswith("-")]
    flags = "".join(word.text for word in words if word.text.startswith("-"))
    if name == "sed":
        if flags != "-n" or len(files) != 2 or not (cut := _range(files[0].text)):
            return None
        return _with_path(cwd, files[1], False, cut)
    if name == "head":
        number = re.search(r"\d+", flags) or (re.fullmatch(r"\d+", files[0].text) if files else None)
        if "c" in flags or not files:
            return None
        return _with_path(cwd, files[-1], False, (0, int(number[0]) if number else 10))
    if len(files) != 1 or name not in ("cat", "nl") or flags not in ("", "-n", "-ba", "-b" + "a"):
        return None
    return _with_path(cwd, files[0], bool(flags), (0, None))


def _with_path(
    cwd: str, word: Word, numbered: bool, cut: tuple[int, int | None]
) -> tuple[str, bool, int, int | None] | None:
    path = path_of(cwd, word)
    return (path, numbered, *cut) if path is not None else None


def _cutting(command: Simple) -> tuple[int, int | None] | None:
    words = [word.text for word in command.words[1:]]
    if command.name == "sed" and len(words) == 2 and words[0] == "-n":
        return _range(words[1])
    if command.name == "head" and (number := re.fullmatch(r"-n? ?(\d+)", " ".join(words))):
        return 0, int(number[1])
    return None


def _range(script: str) -> tuple[int, int | None] | None:
    match = re.fullmatch(r"(\d+),(\d+|\$)p", script.strip())
    if match is None:
        return None
    start = int(match[1]) - 1
    return start, None if match[2] == "$" else int(match[2]) - start
