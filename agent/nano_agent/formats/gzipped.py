"""Files packed with gzip: unpacked once into a temporary place, within bounds, as far as they are whole."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path
from typing import IO

MAGIC = b"\x1f\x8b"
MOST = 4 << 30
"""Bytes that are unpacked at most; what comes after is left out, as if the file were cut off there."""
_SMALL, _MOST_PACKED = 64 << 20, 400
_BLOCK = 1 << 20


def unpacked(path: Path) -> IO[bytes]:
    """A temporary file with what is in a packed one; it is gone when this is closed or forgotten.

    A file that is damaged or cut off gives what comes before, and one that unpacks to absurdly much its beginning.
    """
    found = tempfile.NamedTemporaryFile(prefix="nano-tui-", suffix=".unpacked")  # noqa: SIM115 - it outlives this
    try:
        with path.open("rb") as packed:
            _unpack(packed, found, path.stat().st_size)
    except (OSError, zlib.error):
        pass  # what was unpacked so far counts
    found.flush()
    return found


def _unpack(packed: IO[bytes], into: IO[bytes], size: int) -> None:
    """Unpack member after member; a block at a time, however much one of them holds."""
    most = min(MOST, max(_SMALL, size * _MOST_PACKED))
    unpacker, waiting = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
    while (waiting := waiting or packed.read(_BLOCK)) and into.tell() < most:
        into.write(unpacker.decompress(waiting, _BLOCK))
        waiting = unpacker.unconsumed_tail
        if unpacker.eof:
            waiting = unpacker.unused_data or packed.read(_BLOCK)
            unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
