"""ZIP archives as they are found: with Zstandard members, or cut off before their table of contents.

Python's `zipfile` knows Zstandard only from 3.14 on, and refuses what an interrupted copy leaves.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STORED, DEFLATED, ZSTANDARD = 0, 8, 93
BIGGEST = 1 << 30
"""Members that unpack to more bytes than this are not read."""
_MOST_PACKED = 400
_PIECE = 1 << 18
_SMALL = 64 << 20
_LOCAL = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_ZIP64 = 0xFFFFFFFF
_MOST_MEMBERS = 1_000_000
_DAMAGED = "its data is damaged or cut off"


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive."""

    name: str
    method: int
    packed: int
    size: int
    checksum: int
    offset: int
    """Where its local header starts."""


class BadMember(ValueError):
    """A member cannot be read; the message says why, without the member's name."""


def members(path: Path) -> tuple[dict[str, Member], bool]:
    """The members by name, a later one over an earlier, and whether the archive is whole.

    An archive without its table of contents gives the members up to where it was cut. Nothing for what is no ZIP.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, RuntimeError):
        return {member.name: member for member in _walk(path)}, False
    return {
        info.filename: Member(
            info.filename, info.compress_type, info.compress_size, info.file_size, info.CRC, info.header_offset
        )
        for info in listed
    }, True


def read_member(path: Path, member: Member) -> bytes:
    """The member's content; raises `BadMember` when it is damaged, too big, or packed in a way unknown here."""
    content = _unpacked(_packed(path, member), member)
    if zlib.crc32(content) != member.checksum:
        raise BadMember(_DAMAGED)
    return content


def read_pieces(path: Path, member: Member) -> Iterator[bytes]:
    """The content piece by piece, for those who need no more than its start; the same errors, but for the checksum."""
    packed = _packed(path, member)
    if member.method == STORED:
        yield packed[: member.size]
    elif member.method == DEFLATED:
        unpacker, left = zlib.decompressobj(-zlib.MAX_WBITS), packed
        try:
            while piece := unpacker.decompress(left, _PIECE):
                left = unpacker.unconsumed_tail
                yield piece
        except zlib.error:
            raise BadMember(_DAMAGED) from None
    else:
        yield _unpacked(packed, member)


def _packed(path: Path, member: Member) -> bytes:
    if member.size > BIGGEST or (member.size > _SMALL and member.size > member.packed * _MOST_PACKED):
        raise BadMember(f"it unpacks to {member.size:,} bytes, which is more than is read here")
    try:
        with path.open("rb") as file:
            file.seek(member.offset)
            header = file.read(_LOCAL.size)
            if len(header) < _LOCAL.size or header[:4] != _SIGNATURE:
                raise BadMember("there is no file at its place in the archive")
            _, _, flags, *_, name, extra = _LOCAL.unpack(header)
            if flags & 1:
                raise BadMember("it is encrypted")
            file.seek(name + extra, 1)
            # A forged size would have the whole of it set aside before a byte is read.
            return file.read(min(member.packed, os.fstat(file.fileno()).st_size))
    except (OSError, ValueError, OverflowError) as error:
        raise error if isinstance(error, BadMember) else BadMember("it cannot be read from disk") from None


def _unpacked(packed: bytes, member: Member) -> bytes:
    if member.method == STORED:
        return packed[: member.size]
    if member.method == DEFLATED:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size or 1)
        except zlib.error:
            raise BadMember(_DAMAGED) from None
    if member.method == ZSTANDARD:
        return _unpacked_zstandard(packed, member.size)
    raise BadMember(f"it is compressed with ZIP method {member.method}, which is not known here")


def _unpacked_zstandard(packed: bytes, size: int) -> bytes:
    """Zstandard data, which may be of several frames."""
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    try:
        return reader.read(size)
    except zstandard.ZstdError:
        raise BadMember(_DAMAGED) from None


def _walk(path: Path) -> Iterator[Member]:
    """The members of an archive that has no table of contents, by following their own headers."""
    try:
        with path.open("rb") as file:
            for _ in range(_MOST_MEMBERS):
                offset = file.tell()
                header = file.read(_LOCAL.size)
                if len(header) < _LOCAL.size or header[:4] != _SIGNATURE:
                    return
                _, _, flags, method, _, _, checksum, packed, size, name_size, extra_size = _LOCAL.unpack(header)
                name, extra = file.read(name_size), file.read(extra_size)
                if _ZIP64 in (packed, size):
                    size, packed = _zip64(extra)
                if flags & 8 and not packed:
                    return  # its size stands after its data: nothing beyond it can be found
                yield Member(name.decode("utf-8", "replace"), method, packed, size, checksum, offset)
                file.seek(packed, 1)
    except (OSError, ValueError, OverflowError):
        return


def _zip64(extra: bytes) -> tuple[int, int]:
    """Size and packed size of a member beyond 4 GiB, from its extra fields."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        if kind == 1 and size >= 16 and len(extra) >= 20:
            unpacked, packed = struct.unpack_from("<2Q", extra, 4)
            return int(unpacked), int(packed)
        extra = extra[4 + size :]
    raise ValueError("no ZIP64 sizes")
