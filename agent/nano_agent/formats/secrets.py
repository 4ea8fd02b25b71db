"""Noticing keys and passwords that a writer left in a run's settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nano_agent.redact import looks_like_a_key

_NAME = re.compile(
    r"(?:^|[_\-.])(?:api_?key|access_?key|secret|password|passwd|token|auth|authorization|credentials?)$", re.I
)
_PLACEHOLDER = re.compile(
    r"[*x•.]+|<.*>|\$\{?\w+\}?|(?:sk-)?no[-_ ]key(?:[-_ ](?:required|needed))?|not[-_ ]?needed"
    r"|none|null|empty|dummy|fake|test|redacted|key|api[-_ ]?key|local",
    re.I,
)
_DEPTH = 12


def warnings_for(settings: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for every setting whose value looks like a secret; the value itself is not repeated."""
    for where in _places(settings, "", 0):
        yield f"{where} holds a value that looks like a secret"


def _places(node: Any, where: str, depth: int) -> Iterator[str]:
    if isinstance(node, str):
        if _is_secret(where.rpartition(".")[2], node):
            yield where
    elif depth < _DEPTH and isinstance(node, Mapping):
        for key, child in node.items():
            yield from _places(child, f"{where}.{key}" if where else str(key), depth + 1)
    elif depth < _DEPTH and isinstance(node, list) and len(node) < 100:
        for child in node:
            yield from _places(child, where, depth + 1)


def _is_secret(name: str, value: str) -> bool:
    if len(value) > 500:  # a template or a text, no key
        return False
    if looks_like_a_key(value):
        return True
    return len(value) >= 8 and _NAME.search(name) is not None and _PLACEHOLDER.fullmatch(value) is None
