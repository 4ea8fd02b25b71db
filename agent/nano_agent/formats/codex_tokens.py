"""What a Codex rollout counts: cumulative tokens, of which a fork or a sub-agent takes its parent's along."""

from __future__ import annotations

from typing import Any

from nano_agent.formats import values
from nano_agent.formats.codex_items import usage_of
from nano_agent.trajectory import Usage

Record = dict[str, Any]

_BIRTH = 1.0
"""Seconds after its start in which a session can have no tokens of its own: no model answers so soon."""


class Lineage:
    """Which records at the start of a file are copies of the history of another session.

    Forks and sub-agents begin with them, with the old times or all with that of the copying, and newer ones say with
    which record their own history begins (`ordinal`).
    """

    def __init__(self) -> None:
        self._is_forked = False
        self._start: int | None = None
        self._born: float | None = None

    def take(self, record: Record, meta: Record) -> None:
        """The session's own header."""
        source = values.record(meta.get("source"))
        self._is_forked = bool(meta.get("forked_from_id") or meta.get("parent_thread_id") or source.get("subagent"))
        base = values.record(meta.get("history_base")).get("end_ordinal_exclusive")
        self._start = _whole(meta.get("subagent_history_start_ordinal", base))
        self._born = values.epoch(meta.get("timestamp"))
        if self._born is None:
            self._born = values.epoch(record.get("timestamp"))

    def is_copy(self, record: Record) -> bool:
        """Whether a record stands before the session's own history, by its number."""
        ordinal = values.integer(record.get("ordinal"))
        return self._start is not None and ordinal is not None and ordinal < self._start

    def is_others_count(self, record: Record) -> bool:
        """Whether a count of tokens is of the session that this one was made of."""
        if not self._is_forked or (self._start is not None and "ordinal" in record):
            return self.is_copy(record)
        time = values.epoch(record.get("timestamp"))
        return time is not None and self._born is not None and time < self._born + _BIRTH


class Tokens:
    """The counts so far."""

    def __init__(self) -> None:
        self._total: Usage | None = None
        self._others: Usage | None = None

    @property
    def own(self) -> Usage | None:
        """What this session used, without what was used before it began; `None` when nothing was counted."""
        if self._others is None or self._total is None:
            return self._total
        own = minus(self._total, self._others)
        return self._total if own.prompt_tokens is None else own

    def take(self, total: Any, last: Any, *, is_others: bool) -> tuple[bool, Usage | None]:
        """Go on by one count: whether it is a new one, and the tokens of the call that it counts.

        The same count comes again when only the rate limits changed, and as a record and as an event.
        """
        usage, before = usage_of(last), self._total
        counted = usage_of(total) or (plus(before, usage) if usage else None)
        if counted is None or counted == before:
            return False, None
        self._total = counted
        if is_others:
            self._others = counted
            return True, None
        return True, usage or minus(counted, before)


def minus(total: Usage, before: Usage | None) -> Usage:
    """What was added from one cumulative count to the next."""
    old = before or Usage()
    return Usage(
        _added(total.prompt_tokens, old.prompt_tokens),
        _added(total.completion_tokens, old.completion_tokens),
        _added(total.cached_tokens, old.cached_tokens),
        _added(total.reasoning_tokens, old.reasoning_tokens),
    )


def plus(before: Usage | None, usage: Usage) -> Usage:
    """A cumulative count and the tokens of one more call."""
    if before is None:
        return usage
    return Usage(
        _sum(before.prompt_tokens, usage.prompt_tokens),
        _sum(before.completion_tokens, usage.completion_tokens),
        _sum(before.cached_tokens, usage.cached_tokens),
        _sum(before.reasoning_tokens, usage.reasoning_tokens),
    )


def _added(new: int | None, old: int | None) -> int | None:
    """The growth of a count; unknown when the count is, or shrinks."""
    return new - (old or 0) if new is not None and new >= (old or 0) else None


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _whole(value: Any) -> int | None:
    """A whole number, which some versions write as a string."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else values.integer(value)
