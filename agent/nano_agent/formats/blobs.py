"""Base64 in records: images and encrypted reasoning are named by their size, never carried along."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

SMALL = 1024
"""Strings up to this many characters stay; a shorter line cannot hold a blob worth leaving out."""
_DEEPEST = 60
_DATA_URL = re.compile(r"data:(?P<kind>[\w.+-]+/[\w.+-]+)?[^,]{0,100};base64,")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\r\n-]+={0,2}\s*")
# Where formats put blobs. Elsewhere base64 is text that the model was shown, and stays.
_KEYS = frozenset(
    ("data", "blob", "bytes", "b64_json", "file_data", "result", "encrypted_content", "signature", "thoughtSignature")
)


def slim(record: Any, line: bytes) -> Any:
    """The record of a line without its blobs; short lines cannot hold any and are not gone through."""
    return without_blobs(record) if len(line) > SMALL else record


def without_blobs(record: Any) -> Any:
    """The record with its base64 blobs replaced by a few words; what holds none is returned as it is."""
    return _slim(record, "", _DEEPEST)


def _slim(node: Any, key: str, depth: int) -> Any:
    if isinstance(node, str):
        return _described(node, key) if len(node) > SMALL else node
    if not depth:
        return node
    if isinstance(node, dict):
        changed = _changed(node.items(), None, depth - 1)
        return {**node, **changed} if changed else node
    if isinstance(node, list):
        changed = _changed(enumerate(node), key, depth - 1)
        return [changed.get(i, child) for i, child in enumerate(node)] if changed else node
    return node


def _changed(children: Iterable[tuple[Any, Any]], key: str | None, depth: int) -> dict[Any, Any]:
    """What becomes of those that hold a blob; each is under its own key, or all are under this one."""
    changed: dict[Any, Any] = {}
    for place, child in children:
        kind = type(child)
        if kind is str:
            if len(child) <= SMALL:
                continue
        elif kind is not dict and kind is not list:
            continue
        new = _slim(child, place if key is None else key, depth)
        if new is not child:
            changed[place] = new
    return changed


def _described(string: str, key: str) -> str:
    if match := _DATA_URL.match(string):
        return f"[{match['kind'] or 'data'}, {_size(string)}, left in the file]"
    if key in _KEYS and _BASE64.fullmatch(string):
        return f"[{key}, {_size(string)}, left in the file]"
    return string


def _size(string: str) -> str:
    """How much the base64 stands for."""
    size = len(string) * 3 / 4
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
