"""What a tool call does to files, said the same way for every tool of every scaffold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Replace:
    """A text in a file becomes another one."""

    path: str
    old: str
    new: str
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """A file gets a content, whatever it had before."""

    path: str
    text: str
    new: bool = False
    """The tool refuses to do this to a file that exists."""


@dataclass(frozen=True, slots=True)
class Append:
    """A text is added at the end of a file."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class PutLines:
    """Lines `first` up to but not with `last`, from 0, become others."""

    path: str
    first: int
    last: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines in a file become others."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    start: int | None = None
    """The number (from 0) of the first old line, where the patch says it."""
    anchors: tuple[str, ...] = ()
    """Lines that come somewhere before, one after the other."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Hunks applied to a file, which may have another name afterwards."""

    path: str
    hunks: tuple[Hunk, ...]
    to: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """A file (or a folder with all in it) is removed."""

    path: str


@dataclass(frozen=True, slots=True)
class Move:
    """A file or folder gets another name, or is copied to it."""

    path: str
    to: str
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Sed:
    """A sed script changes a file in place."""

    path: str
    script: str
    extended: bool


@dataclass(frozen=True, slots=True)
class Restore:
    """A file becomes what it was at the start; all of them where the path is empty."""

    path: str


@dataclass(frozen=True, slots=True)
class Undo:
    """The last edit of a file is taken back."""

    path: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer shows lines of a file, as it is after the step."""

    path: str
    lines: tuple[str, ...]
    first: int = 0
    """The number (from 0) of the first one."""
    whole: bool = False
    total: int | None = None
    """How many lines the file has, where that is said."""
    newline: bool = True


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """Something that changes files in a way that is not followed."""

    what: str
    path: str = ""


Operation = Replace | Write | Append | PutLines | Patch | Delete | Move | Sed | Restore | Undo | Shown | Unfollowed
Operations = Sequence[Operation]
