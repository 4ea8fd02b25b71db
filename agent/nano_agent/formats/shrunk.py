"""Very long strings of a JSON text cut down to their two ends, so that a record of any size is looked at cheaply."""

from __future__ import annotations

import re
from collections.abc import Iterator

KEPT = 4096
"""Bytes up to which a string stays as it is, and half of which is kept of each end of a longer one."""
_PIECE = 1 << 18
# The inside of a string up to its closing quote, and as much of it as surely ends between two characters.
_TO_QUOTE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_WHOLE = re.compile(rb'(?:[^"\\\x80-\xff]|\\(?:u[0-9a-fA-F]{4}|[^u])|[\xc0-\xff][\x80-\xbf]+)*+', re.DOTALL)
# None of these is ever part of an escape or of a character of several bytes.
_SAFE = re.compile(rb"[ .,:;()=<>_-]")


def shrunk(data: bytes) -> bytes:
    """The JSON text with every string of more than `KEPT` bytes cut; the structure is the same.

    Works through the text in pieces, so that other threads come in between however long it is.
    """
    return b"".join(_pieces(data))


def _pieces(data: bytes) -> Iterator[bytes]:
    at = 0
    while (quote := data.find(b'"', at)) >= 0:
        end = _closing(data, quote + 1)
        if end < 0:
            break
        if end - quote <= KEPT:
            yield data[at : end + 1]
        else:
            yield data[at : quote + 1]
            yield _ends(data, quote + 1, end)
            yield b'"'
        at = end + 1
    yield data[at:]


def _closing(data: bytes, start: int) -> int:
    """Where the quote is that closes a string; -1 when there is none."""
    while start < len(data):
        stop = min(start + _PIECE, len(data))
        # An escape must not be torn apart by the end of the piece.
        while stop < len(data) and data[stop - 1] == 0x5C:
            stop += 1
        if found := _TO_QUOTE.match(data, start, stop):
            return found.end() - 1
        start = stop
    return -1


def _ends(data: bytes, start: int, end: int) -> bytes:
    head = _WHOLE.match(data, start, start + KEPT // 2)
    tail_from = _SAFE.search(data, end - KEPT // 2, end)
    tail = data[tail_from.start() : end] if tail_from else b""
    left_out = f" … {(end - start - KEPT) / 1e6:.1f} MB … ".encode()
    return (head[0] if head else b"") + left_out + tail
