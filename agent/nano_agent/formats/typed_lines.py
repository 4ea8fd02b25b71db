"""Lines of JSON of which only the fields that a type names are decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from nano_agent.formats.quick_count import Unusual

_T = TypeVar("_T")
_BLOCK = 1 << 20


def typed_lines(path: Path, decode: Callable[[bytes], _T]) -> Iterator[tuple[_T, int]]:
    """The records of a file, and how many bytes of it end with each; raises `Unusual` for one of another shape.

    `decode` is that of a `msgspec.json.Decoder`.
    """
    end = 0
    try:
        with path.open("rb", buffering=_BLOCK) as file:
            for line in file:
                end += len(line)
                yield decode(line), end
    except msgspec.MsgspecError as error:
        raise Unusual from error
