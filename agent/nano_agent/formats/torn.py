"""What is whole of a JSON document whose end is missing: its writer was killed, or is writing it just now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from nano_agent.formats.source import Source

CUT_OFF = "the file is cut off: it is being written just now, or its writer was killed"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[\[\]{},]', re.DOTALL)
_CLOSER = {ord("{"): ord("}"), ord("["): ord("]")}
_DEEPEST = 500


def present(source: Source) -> Any:
    """The document in a file, or what is whole of it when its end is missing; `None` when it is no JSON document."""
    if source.document is not None:
        return source.document
    return source.documents[0] if source.documents else source.torn_document


def recognisable(source: Source) -> Any:
    """The same for telling its format by: of the long lists in a large document only the first items."""
    return present(source) if source.outline is None else source.outline


def warning(source: Source) -> str | None:
    """What to say when the document is not all of the file, or the file not all of the document."""
    if source.document is not None:
        return None
    behind = len(source.documents) - 1
    if behind > 0:
        return f"{behind} more document{'s' * (behind > 1)} behind the first one: not shown"
    return CUT_OFF if behind else "what stands behind the document is no JSON: not shown"


def whole_part(data: bytes) -> Any:
    """The document without the value in which it breaks off; `None` when it is no cut-off object or list.

    One pass over the text: the cut is made behind the last value that a comma or a bracket ends.
    """
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if data[:1] not in (b"{", b"["):
        return None
    open_, cut, depth = bytearray(), 0, 0
    for token in _TOKEN.finditer(data):
        start = data[token.start()]
        if start in _CLOSER:
            open_.append(_CLOSER[start])
            if len(open_) > _DEEPEST:
                return None
        elif start == ord(","):
            cut, depth = token.start(), len(open_)
        elif start != ord('"'):
            if open_.pop() != start or not open_:
                return None  # wrong brackets, or a whole document with something behind it
            cut, depth = token.end(), len(open_)
    if not cut:
        return None
    try:
        return orjson.loads(data[:cut] + bytes(reversed(open_[:depth])))
    except orjson.JSONDecodeError:
        return None
