"""Files packed with gzip or zstd: unpacked once into a temporary place, within bounds, as far as they are whole."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path
from typing import IO
from weakref import finalize

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
MAGIC = (_GZIP, _ZSTD)
"""What a packed file begins with."""
MOST = 4 << 30
"""Bytes that are unpacked at most; what comes after is left out, as if the file were cut off there."""
_SMALL, _MOST_PACKED = 64 << 20, 400
_BLOCK = 1 << 20
_WINDOW = 1 << 27


def unpacked(path: Path) -> IO[bytes]:
    """A temporary file with what is in a packed one; it is gone when this is closed or forgotten.

    A file that is damaged or cut off gives what comes before, and one that unpacks to absurdly much its beginning.
    """
    found = tempfile.NamedTemporaryFile(prefix="nano-tui-", suffix=".unpacked")  # noqa: SIM115 - it outlives this
    finalize(found, found.file.close)  # the garbage collector would not close it in good order
    try:
        with path.open("rb") as packed:
            most = min(MOST, max(_SMALL, path.stat().st_size * _MOST_PACKED))
            unpack = _unzstd if packed.read(len(_ZSTD)) == _ZSTD else _gunzip
            packed.seek(0)
            unpack(packed, found, most)
    except OSError:
        pass  # what was unpacked so far counts
    found.flush()
    return found


def _gunzip(packed: IO[bytes], into: IO[bytes], most: int) -> None:
    """Unpack member after member; a block at a time, however much one of them holds."""
    unpacker, waiting = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
    try:
        while (waiting := waiting or packed.read(_BLOCK)) and into.tell() < most:
            into.write(unpacker.decompress(waiting, _BLOCK))
            waiting = unpacker.unconsumed_tail
            if unpacker.eof:
                waiting = unpacker.unused_data or packed.read(_BLOCK)
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    except zlib.error:
        return


def _unzstd(packed: IO[bytes], into: IO[bytes], most: int) -> None:
    """Unpack frame after frame in the same way."""
    import zstandard

    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    try:
        with unpacker.stream_reader(packed, read_across_frames=True, closefd=False) as stream:
            while into.tell() < most and (block := stream.read(_BLOCK)):
                into.write(block)
    except zstandard.ZstdError:
        return
