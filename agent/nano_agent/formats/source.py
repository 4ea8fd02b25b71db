"""A file or folder that may hold a trajectory, looked at once by many readers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import orjson

from nano_agent.absent import FORBIDDEN, why_absent
from nano_agent.formats import packed

if TYPE_CHECKING:
    from nano_agent.formats.known_spans import Places
    from nano_agent.formats.stored import Watch

HEAD_BYTES = 65536
_BOM = b"\xef\xbb\xbf"
LARGEST = 2 << 30
"""Bytes of one line or one document that are looked at; parsed, they take several times as much memory."""
_LARGEST_OF_MANY = 64 << 20
_BUFFER = 1 << 17
_NOT_SPACE = re.compile(r"\S")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)


class Begin(NamedTuple):
    """Which of several records of a file is wanted alone."""

    number: int
    """Its 1-based number among the records that count; 0 where they have names."""
    place: int | None = None
    """Where it stands, as `Source.at` said when the file was gone through; `None` when that is not known."""


class Source:
    """A path and the little that every reader asks of it, each read at most once.

    All JSON that reaches a reader comes through here, so that invalid UTF-8, NaN, lone surrogates and absurd nesting
    are dealt with in one place.
    """

    def __init__(self, path: Path, watch: Watch | None = None, begin: Begin | None = None) -> None:
        self.path = path
        self.begin = begin
        """Set when a reader may leave out all records but this one."""
        self.at: int | None = None
        """Where the record stands whose trajectories are being read: a byte of the file, or a number of the reader's.
        `None` when the reader cannot begin there."""
        self.places: Places | None = None
        """Where the items of a large document are, once its outline is known."""
        self.watch = watch
        """Who is told of the messages of a large file while it is gone through."""

    @cached_property
    def is_folder(self) -> bool:
        """Whether the path is a folder."""
        return os.path.isdir(self.path)  # noqa: PTH112 - one that may not be looked at is none

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in the folder; empty for a file or an unreadable folder."""
        try:
            return frozenset(os.listdir(self.path))  # noqa: PTH208 - the names are wanted, not paths
        except OSError:
            return frozenset()

    @cached_property
    def is_file(self) -> bool:
        """Whether the path is a regular file: a pipe or a device could keep its reader waiting for ever."""
        try:
            return self.path.is_file()
        except (OSError, ValueError):
            return False

    @cached_property
    def size(self) -> int:
        """Bytes of the file, of a packed one those in it; 0 for anything else or when it cannot be read."""
        try:
            return self.file.stat().st_size if self.is_file else 0
        except OSError:
            return 0

    @cached_property
    def file(self) -> Path:
        """The file to read: the path itself, or what is in it when it is packed, in a temporary place."""
        if not self._start.startswith(packed.MAGIC):
            return self.path
        self._unpacked = packed.unpacked(self.path)  # it is there as long as this is
        return Path(self._unpacked.name)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB of the file, without a mark of its byte order; empty when it cannot be read."""
        start = self._start if self.file is self.path else _first_bytes(self.file)
        return start.removeprefix(_BOM)

    @cached_property
    def _start(self) -> bytes:
        return _first_bytes(self.path) if self.is_file else b""

    @cached_property
    def first_line(self) -> Any:
        """The first non-empty line parsed as JSON, whatever its length; `None` when it does not parse."""
        for _, line in self.lines():
            return parse(line)
        return None

    @cached_property
    def document(self) -> Any:
        """The whole file parsed as one JSON document; `None` when it is none."""
        # A large file of JSON lines is never read as a whole, and a document on one line is parsed only once.
        if not self._has_more_lines:
            return self.first_line
        if self.first_line is not None:
            return None
        try:
            return parse(self.file.read_bytes().removeprefix(_BOM)) if self.size <= LARGEST else None
        except (OSError, MemoryError):
            return None

    @cached_property
    def outline(self) -> Any:
        """A large document with no more of its long lists than their start; `None` for what is read as a whole."""
        from nano_agent.formats.outline import outline_of

        return outline_of(self)

    @property
    def gist(self) -> Any:
        """The document, or the outline of a large one: for telling what it is."""
        return self.document if self.outline is None else self.outline

    @cached_property
    def torn_document(self) -> Any:
        """What is whole of a document whose end is missing; `None` when it is whole, or no document at all."""
        if self.head.lstrip()[:1] not in (b"{", b"[") or self.first_line is not None or self.size > LARGEST:
            return None
        if self.document is not None:
            return None
        from nano_agent.formats.torn import whole_part

        try:
            return whole_part(self.file.read_bytes())
        except (OSError, MemoryError):
            return None

    @cached_property
    def documents(self) -> Sequence[Any]:
        """The JSON documents that stand one behind the other in a file that is neither one document nor JSON lines."""
        if self.head.lstrip()[:1] not in (b"{", b"[") or self.first_line is not None or self.size > _LARGEST_OF_MANY:
            return ()
        if self.document is not None:
            return ()
        try:
            return documents_in(self.file.read_bytes().removeprefix(_BOM))
        except OSError:
            return ()

    @property
    def _has_more_lines(self) -> bool:
        return next(islice(self.lines(), 1, None), None) is not None

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every non-empty line with its byte offset, without the line end; nothing when the file cannot be read."""
        if not self.is_file:
            return
        try:
            with self.file.open("rb", buffering=min(_BUFFER, max(self.size, 4096))) as file:
                offset = 0
                for line in file if self.size <= LARGEST else _bounded(file):
                    if stripped := (line if offset else line.removeprefix(_BOM)).strip():
                        yield offset, stripped
                    offset += len(line)
        except (OSError, MemoryError):
            return

    def why_not(self) -> str:
        """One line on why no reader took this source."""
        if why := why_absent(self.path):
            return why
        if not os.access(self.path, os.R_OK):
            return FORBIDDEN
        if self.is_folder:
            return "this folder is not a run; give a run folder, a trajectory file, or list it with `nano-tui ls`"
        if not self.is_file:
            return "this is no regular file; give a run folder or a trajectory file"
        if not self.size:
            return "the file is empty"
        if self.size > LARGEST and self.first_line is None:
            return f"a file of {self.size / 1e9:.1f} GB that is not made of JSON lines"
        if self.torn_document is not None:
            return "a JSON document that is cut off before anything says what it is"
        return "not a trajectory in any format known here"


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def parse(data: bytes) -> Any:
    """Parse JSON leniently: broken UTF-8 is replaced, NaN is allowed, and what cannot be parsed is `None`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(_readable(data).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def is_object(data: bytes) -> bool:
    """Whether this is surely a JSON object, found out in half the time that it takes to parse it."""
    from msgspec import DecodeError

    try:
        _object_decoder().decode(data)
    except (DecodeError, ValueError, RecursionError):
        return False
    return True


@cache
def _object_decoder() -> Any:
    from msgspec import defstruct
    from msgspec.json import Decoder

    return Decoder(defstruct("Anything", ()))


def documents_in(data: bytes) -> list[Any]:
    """The JSON documents in a text, however they are set apart, up to the first that cannot be read.

    Several stand in a file where two runs wrote into it, or where somebody put files together.
    """
    text = _readable(data)
    decoder, found, at = json.JSONDecoder(), list[Any](), 0
    try:
        while start := _NOT_SPACE.search(text, at):
            document, at = decoder.raw_decode(text, start.start())
            found.append(document)
    except (ValueError, RecursionError):
        pass  # the rest is cut off, or something else: what came before it counts
    return found


def _readable(data: bytes) -> str:
    """The text of broken JSON, with the replacement character for what no encoder would take."""
    text = data.decode("utf-8", "replace")
    return _ESCAPE.sub(_no_surrogate, text) if "\\ud" in text or "\\uD" in text else text


def _no_surrogate(escape: re.Match[str]) -> str:
    """The escape itself, or the replacement character's where it is half of a pair, which no encoder would take."""
    return "\\ufffd" if escape["lone"] else escape[0]


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """The lines, those beyond all bounds cut into pieces, which no parser takes."""
    while line := file.readline(LARGEST):
        yield line
