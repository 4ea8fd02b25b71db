"""What sort of end a run came to, told from the status words of all writers."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from nano_agent.library.query.fields import STATUSES

Kind = Literal["unknown", "live", "good", "limit", "bad"]
KINDS: tuple[Kind, ...] = ("unknown", "live", "good", "limit", "bad")
"""The index keeps a kind as its place in here. When the words of a kind change, so must `schema.VERSION`."""


def kind_of(exit_status: str | None, live: bool) -> Kind:
    """live: it goes on; good: it ended as it should; limit: a limit ended it; unknown: nothing is recorded."""
    if live:
        return "live"
    return _kind(exit_status.lower()) if exit_status else "unknown"


@lru_cache(maxsize=1000)
def _kind(status: str) -> Kind:
    # The words of a query like status:done, so that table and query never disagree.
    if _is_one_of(status, STATUSES["done"]):
        return "good"
    return "limit" if _is_one_of(status, STATUSES["limit"]) else "bad"


def _is_one_of(status: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(status, pattern.replace("_", "?").replace("%", "*")) for pattern in patterns)
