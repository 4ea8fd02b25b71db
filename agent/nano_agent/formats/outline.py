"""A large JSON document as far as it takes to tell its format: all of it but most of its long lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nano_agent.formats.known_spans import Places
from nano_agent.formats.source import is_object, parse
from nano_agent.formats.spans import ListSpans, NotApart, opened
from nano_agent.formats.stored import is_large

if TYPE_CHECKING:
    from nano_agent.formats.source import Source

LISTS = ("messages", "steps", "trajectory", "history", "conversations", "conversation")
"""Under which keys formats keep what is long."""
_KEPT = 60
_BLOCK = 1 << 20


def outline_of(source: Source) -> Any:
    """The outline of a large file that is one document; `None` for all else, and where lists cannot be told apart.

    Goes through the file once (200 MB: 1 s) and holds nothing of it but where the items are, in `source.places`.
    """
    if not is_large(source.file) or not _is_one_document(source):
        return None
    first: dict[str, list[Any]] = {}
    places = Places()
    try:
        with opened(source.file) as file:
            spans = ListSpans(file, LISTS, lambda offset, data: _first_or_checked(data, first, spans))
            for span in spans:
                places.add(spans.key, span)
                if len(kept := first.setdefault(spans.key, [])) < _KEPT:
                    kept.append(span.value)
    except (NotApart, OSError, MemoryError):
        return None
    places.rest, source.places = spans.rest, places
    return first.get("", {**spans.rest, **first})


def _first_or_checked(data: bytes, first: dict[str, list[Any]], spans: ListSpans) -> Any:
    """An item of a list: one of its first ones is decoded, of a later one it is only seen that it is an object."""
    if len(first.get(spans.key, ())) >= _KEPT and is_object(data):
        return {}
    return parse(data)


def _is_one_document(source: Source) -> bool:
    """Whether this is no file of JSON lines, as far as its first line tells; it may be of any length."""
    head = source.head.lstrip()
    if head[:1] not in (b"{", b"["):
        return False
    line, end, more = head.partition(b"\n")
    if end:
        return not more.strip() or (parse(line) is None and b"\n{" not in head)
    try:
        with opened(source.file) as file:
            while block := file.read(_BLOCK):
                if b"\n" in block:
                    return not (block.partition(b"\n")[2] + file.read(_BLOCK)).strip()
    except OSError:
        return False
    return True
