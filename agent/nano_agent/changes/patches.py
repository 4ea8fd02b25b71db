"""Patches as models write them: unified diffs, and the envelope of Codex' apply_patch. Nothing here fails."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from nano_agent.changes.operations import Delete, Hunk, Operation, Patch, Write

_RANGE = re.compile(r"@@+ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_ENVELOPE = re.compile(r"\*\*\* (Add|Update|Delete) File: (.*)")
_GIT = re.compile(r'diff --git (?:"?a/(.*?)"?) (?:"?b/(.*?)"?)$')
NOWHERE = "/dev/null"


def operations_of(patch: str) -> list[Operation]:
    """What a patch does, in whichever of the two languages it is written."""
    if re.search(r"^\*\*\* (Begin Patch|(Add|Update|Delete) File: )", patch, re.MULTILINE):
        return list(_envelope(patch))
    return list(unified(patch))


_SIGNS = ("\n*** Begin Patch", "\n--- ", "\ndiff --git ", "\n*** Update File: ", "\n*** Add File: ")


def looks_like_patch(text: str) -> bool:
    """Whether a text is a patch in one of the two languages."""
    head = "\n" + text[:4000]
    return any(sign in head for sign in _SIGNS)


def in_folder(operation: Operation, folder: str) -> Operation:
    """An operation of a patch whose paths begin in a folder."""

    def at(path: str) -> str:
        return posixpath.normpath(posixpath.join(folder, path)) if path else ""

    if isinstance(operation, Patch):
        return replace(operation, path=at(operation.path), to=at(operation.to))
    return replace(operation, path=at(operation.path)) if isinstance(operation, Write | Delete) else operation


def _envelope(patch: str) -> Iterator[Operation]:
    lines = patch.split("\n")
    index = 0
    while index < len(lines):
        head = _ENVELOPE.match(lines[index])
        index += 1
        if head is None:
            continue
        end = index
        while end < len(lines) and not _ENVELOPE.match(lines[end]) and not lines[end].startswith("*** End Patch"):
            end += 1
        yield _one_of_envelope(head[1], head[2].strip(), lines[index:end])
        index = end


def _one_of_envelope(what: str, path: str, body: list[str]) -> Operation:
    if what == "Delete":
        return Delete(path)
    if what == "Add":
        added = [line[1:] for line in body if line.startswith("+")]
        return Write(path, "".join(f"{line}\n" for line in added), new=True)
    to = ""
    if body and body[0].startswith("*** Move to: "):
        to, body = body[0][13:].strip(), body[1:]
    return Patch(path, tuple(_hunks_of_envelope(body)), to)


def _hunks_of_envelope(body: list[str]) -> Iterator[Hunk]:
    old, new, anchors = list[str](), list[str](), list[str]()
    for line in [*body, "@@"]:
        if line.startswith("@@"):
            if old or new:
                yield Hunk(tuple(old), tuple(new), None, tuple(anchors))
                old, new, anchors = [], [], []
            if anchor := line[2:].strip():
                anchors.append(anchor)
        elif line[:1] == "+":
            new.append(line[1:])
        elif line[:1] == "-":
            old.append(line[1:])
        elif line[:1] == " " or (not line and (old or new)):
            old.append(line[1:])
            new.append(line[1:])


def unified(diff: str) -> Iterator[Patch | Write | Delete]:
    """The files of a unified diff, as `git diff` or `diff -u` writes it."""
    lines = diff.split("\n")
    reader = _Unified(lines)
    while reader.index < len(lines):
        found = reader.file()
        if found is not None:
            yield found


class _Unified:
    """Goes through the lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.index = 0
        self.unended = False

    def file(self) -> Patch | Write | Delete | None:
        """The next file; `None` when this line begins none."""
        line = self.lines[self.index]
        git = _GIT.match(line)
        old, new = (git[1], git[2]) if git else ("", "")
        if not git and not self._named():
            self.index += 1
            return None
        deleted = created = False
        while self.index < len(self.lines) and not self.lines[self.index].startswith("@@"):
            line = self.lines[self.index]
            if self._named():
                old, new = _path(line), _path(self.lines[self.index + 1])
                self.index += 2
                break
            if git and line.startswith("diff --git ") and line != git[0]:
                break
            deleted |= line.startswith("deleted file mode")
            created |= line.startswith("new file mode")
            self.index += 1
        hunks = tuple(self._hunks())
        if new == NOWHERE or (deleted and not hunks):
            return Delete(old)
        if old == NOWHERE or created:
            return Write(new, _content(hunks, self.unended), new=True)
        return Patch(old, hunks, new if new != old else "")

    def _named(self) -> bool:
        following = self.lines[self.index + 1] if self.index + 1 < len(self.lines) else ""
        return self.lines[self.index].startswith("--- ") and following.startswith("+++ ")

    def _hunks(self) -> Iterator[Hunk]:
        while self.index < len(self.lines) and (head := _RANGE.match(self.lines[self.index])):
            self.index += 1
            left, right = int(head[2] or 1), int(head[4] or 1)
            old, new = list[str](), list[str]()
            while (left > 0 or right > 0) and self.index < len(self.lines):
                line = self.lines[self.index]
                sign = line[:1]
                if sign in ("", " ") and left and right:
                    old.append(line[1:])
                    new.append(line[1:])
                    left, right = left - 1, right - 1
                elif sign == "-" and left:
                    old.append(line[1:])
                    left -= 1
                elif sign == "+" and right:
                    new.append(line[1:])
                    right -= 1
                elif sign != "\\":
                    break
                self.index += 1
            if self.index < len(self.lines) and self.lines[self.index].startswith("\\"):
                self.unended = bool(self.lines[self.index - 1][:1] in ("+", " "))
                self.index += 1
            first = int(head[1])
            yield Hunk(tuple(old), tuple(new), first - 1 if head[2] != "0" else first)


def _content(hunks: tuple[Hunk, ...], unended: bool) -> str:
    text = "".join(f"{line}\n" for hunk in hunks for line in hunk.new)
    return text.removesuffix("\n") if unended else text


def _path(header: str) -> str:
    path = header[4:].split("\t")[0].strip().strip('"')
    return path[2:] if path[:2] in ("a/", "b/") else path
