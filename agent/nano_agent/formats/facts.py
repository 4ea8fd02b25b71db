"""What can be told of many messages without reading any of them again: some 80 bytes of each, in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from math import nan
from struct import Struct
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from nano_agent.formats.quickly import message_quickly, usage_quickly
from nano_agent.trajectory import CALLED, CALLED_IN_TEXT, Message, Role, ToolCall, Usage

if TYPE_CHECKING:
    from nano_agent.formats.draft import Draft

_FIELDS = ("answers", "name", "usage", "timestamp", "seconds", "exit_code", "failed", "note")
_ROLES: tuple[Role, ...] = get_args(Role)
_ROW = Struct("<BBHHLLqdddqqqq")
_SECONDS_AT = Struct("<BBHHLLqd").size
_SECONDS = Struct("<d")
_AT_ONCE = 1000
_UNKNOWN = -(2**63)
_LARGEST = 2**62
_ANSWERS, _FAILED_KNOWN, _FAILED, _ESTIMATED, _HAS_USAGE = 1, 2, 4, 8, 16
_NONE: tuple[ToolCall, ...] = ()
_NO_FIGURES = (-1, -1, -1, -1)
_ROLE_NUMBERS = {role: number for number, role in enumerate(_ROLES)}

Told: TypeAlias = "Message | Draft"
"""What is told of: a message, or one whose records are still being read."""


class Facts:
    """Roles, times, usages, exit codes, notes and the like; no texts, records, ids and nothing of what calls say."""

    def __init__(self) -> None:
        self._rows = bytearray()
        self._words: dict[str | None, int] = {None: 0}
        self._word_list: list[str | None] = [None]
        self._large: dict[int, dict[str, Any]] = {}

    def append(self, told: Told) -> None:
        """Keep what can be told of the next message."""
        figures = _figures(told.usage)
        if figures is None or _is_too_large(told.exit_code):
            self._large[len(self._rows) // _ROW.size] = _too_large(told)
        self._rows += _ROW.pack(*self._row(told), *(figures or _NO_FIGURES))

    def change(self, index: int, message: Message) -> None:
        """Keep what can be told of a message as it is now."""
        self._large.pop(index, None)
        figures = _figures(message.usage)
        if figures is None or _is_too_large(message.exit_code):
            self._large[index] = _too_large(message)
        _ROW.pack_into(self._rows, index * _ROW.size, *self._row(message), *(figures or _NO_FIGURES))

    def first(self, count: int) -> Facts:
        """Those of the first messages alone."""
        found = Facts()
        found._rows = self._rows[: count * _ROW.size]
        found._words, found._word_list = dict(self._words), list(self._word_list)
        found._large = {index: large for index, large in self._large.items() if index < count}
        return found

    def set_seconds(self, index: int, seconds: float | None) -> None:
        """The one fact that is found out for many messages when all are there."""
        _SECONDS.pack_into(self._rows, index * _ROW.size + _SECONDS_AT, nan if seconds is None else seconds)

    def glance(self, index: int) -> Message:
        """The message without texts, with as many calls as it has."""
        return self._glance(index, _ROW.unpack_from(self._rows, index * _ROW.size))

    def glances(self, start: int, stop: int) -> Iterator[Message]:
        """The messages from one on up to another."""
        for begin in range(start, stop, _AT_ONCE):
            # A copy: what is looked at could not grow meanwhile, in another thread.
            rows = bytes(self._rows[begin * _ROW.size : min(begin + _AT_ONCE, stop) * _ROW.size])
            yield from map(self._glance, count(begin), _ROW.iter_unpack(rows))

    def role(self, index: int) -> Role:
        """Whose message it is."""
        return _ROLES[self._rows[index * _ROW.size]]

    def fields(self, index: int) -> dict[str, Any]:
        """The fields of a message that are known here."""
        known = self.glance(index)
        return {name: getattr(known, name) for name in _FIELDS}

    def _glance(self, index: int, row: tuple[Any, ...]) -> Message:
        role, flags, calls, text_calls, name, note, code, time, seconds, dollars, *tokens = row
        message = message_quickly(
            _ROLES[role],
            tool_calls=(CALLED,) * calls + (CALLED_IN_TEXT,) * text_calls if calls or text_calls else _NONE,
            answers=bool(flags & _ANSWERS),
            name=self._word_list[name],
            usage=_usage(flags, tokens, dollars) if flags & _HAS_USAGE else None,
            timestamp=time if time == time else None,  # not a number stands for none
            seconds=seconds if seconds == seconds else None,
            exit_code=None if code == _UNKNOWN else code,
            failed=bool(flags & _FAILED) if flags & _FAILED_KNOWN else None,
            note=self._word_list[note] or "",
        )
        return replace(message, **self._large[index]) if self._large and index in self._large else message

    def _row(self, told: Told) -> tuple[Any, ...]:
        """A value for each column but the last four."""
        usage, code, calls = told.usage, told.exit_code, told.tool_calls
        from_text = sum(call.from_text for call in calls) if calls else 0
        return (
            _ROLE_NUMBERS[told.role],
            _flags(told),
            min(len(calls) - from_text, 0xFFFF),
            min(from_text, 0xFFFF),
            self._word(told.name) if told.name is not None else 0,
            self._word(told.note) if told.note else 0,
            _UNKNOWN if code is None or _is_too_large(code) else code,
            nan if told.timestamp is None else told.timestamp,
            nan if told.seconds is None else told.seconds,
            nan if usage is None or usage.cost_usd is None else usage.cost_usd,
        )

    def _word(self, word: str | None) -> int:
        number = self._words.get(word)
        if number is None:
            number = self._words[word] = len(self._word_list)
            self._word_list.append(word)
        return number


def _is_too_large(code: int | None) -> bool:
    return code is not None and abs(code) >= _LARGEST


def _too_large(told: Told) -> dict[str, Any]:
    """Figures that no column holds."""
    found: dict[str, Any] = {"exit_code": told.exit_code} if _is_too_large(told.exit_code) else {}
    if _figures(told.usage) is None:
        found["usage"] = told.usage
    return found


def _flags(told: Told) -> int:
    flags = _ANSWERS if told.answers else 0
    if told.failed is not None:
        flags |= _FAILED_KNOWN | _FAILED * told.failed
    if told.usage is not None:
        flags |= _HAS_USAGE | _ESTIMATED * told.usage.cost_estimated
    return flags


def _figures(usage: Usage | None) -> Sequence[int] | None:
    """The tokens, -1 for those that are unknown; `None` when no column holds them."""
    if usage is None:
        return _NO_FIGURES
    tokens = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens)
    figures = [-1 if n is None else n for n in tokens]
    return None if -1 in tokens or min(figures) < -1 or max(figures) >= _LARGEST else figures


def _usage(flags: int, tokens: list[int], dollars: float) -> Usage:
    prompt, completion, cached, reasoning = [None if n < 0 else n for n in tokens]
    cost = dollars if dollars == dollars else None
    return usage_quickly(prompt, completion, cached, reasoning, cost, bool(flags & _ESTIMATED))
