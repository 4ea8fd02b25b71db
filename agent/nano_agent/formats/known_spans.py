"""The items of the lists in a large JSON document once more, where a first pass has found out where they are."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from nano_agent.formats.spans import Decode, NotApart, Span, span_at


@dataclass(slots=True)
class Places:
    """What a pass over a document found."""

    lists: dict[str, array[int]] = field(default_factory=dict)
    """Of each list, in the order of the file, offset and length of every item; under `""` when the root is the list."""
    rest: dict[str, Any] = field(default_factory=dict)
    """The document without the items."""

    def add(self, key: str, span: Span) -> None:
        """Keep where an item is."""
        self.lists.setdefault(key, array("Q")).extend((span.offset, span.length))


class KnownSpans:
    """The items, as `ListSpans` has them; raises `NotApart` where the file has changed."""

    def __init__(self, file: BinaryIO, places: Places, decode: Decode) -> None:
        self.key = ""
        """In which list the item is that came last; empty when the root is the list."""
        self.rest = places.rest
        self._file, self._lists, self._decode = file, places.lists, decode

    def __iter__(self) -> Iterator[Span]:
        for key, numbers in self._lists.items():
            self.key = key
            for offset, length in zip(numbers[::2], numbers[1::2], strict=True):
                self._file.seek(offset)
                span = span_at(offset, self._file.read(length), self._decode)
                if not isinstance(span.value, dict):
                    raise NotApart
                yield span
