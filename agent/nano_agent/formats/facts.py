"""What can be told of many messages without reading any of them again: some 80 bytes of each, in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from math import nan
from struct import Struct
from typing import Any, get_args

from nano_agent.trajectory import CALLED, CALLED_IN_TEXT, Message, Role, ToolCall, Usage

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


class Facts:
    """Roles, times, usages, exit codes, notes and the like; no texts, records, ids and nothing of what calls say."""

    def __init__(self) -> None:
        self._rows = bytearray()
        self._words: dict[str | None, int] = {None: 0}
        self._word_list: list[str | None] = [None]
        self._large: dict[int, dict[str, Any]] = {}

    def append(self, message: Message) -> None:
        """Keep what can be told of the next message."""
        if large := _too_large(message):
            self._large[len(self._rows) // _ROW.size] = large
        self._rows += _ROW.pack(*self._row(message))

    def change(self, index: int, message: Message) -> None:
        """Keep what can be told of a message as it is now."""
        self._large.pop(index, None)
        if large := _too_large(message):
            self._large[index] = large
        _ROW.pack_into(self._rows, index * _ROW.size, *self._row(message))

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
        message = Message(
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

    def _row(self, message: Message) -> tuple[Any, ...]:
        """A value for each column."""
        usage, code, calls = message.usage, message.exit_code, message.tool_calls
        from_text = sum(call.from_text for call in calls) if calls else 0
        return (
            _ROLES.index(message.role),
            _flags(message),
            min(len(calls) - from_text, 0xFFFF),
            min(from_text, 0xFFFF),
            self._word(message.name),
            self._word(message.note or None),
            _UNKNOWN if code is None or abs(code) >= _LARGEST else code,
            nan if message.timestamp is None else message.timestamp,
            nan if message.seconds is None else message.seconds,
            nan if usage is None or usage.cost_usd is None else usage.cost_usd,
            *_figures(usage),
        )

    def _word(self, word: str | None) -> int:
        number = self._words.get(word)
        if number is None:
            number = self._words[word] = len(self._word_list)
            self._word_list.append(word)
        return number


def _too_large(message: Message) -> dict[str, Any]:
    """Figures that no column holds."""
    found: dict[str, Any] = {}
    if message.exit_code is not None and abs(message.exit_code) >= _LARGEST:
        found["exit_code"] = message.exit_code
    if message.usage is not None and not _fits(message.usage):
        found["usage"] = message.usage
    return found


def _fits(usage: Usage) -> bool:
    return all(figure is None or 0 <= figure < _LARGEST for figure in _tokens(usage))


def _tokens(usage: Usage) -> tuple[int | None, ...]:
    return (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens)


def _flags(message: Message) -> int:
    flags = _ANSWERS * message.answers
    if message.failed is not None:
        flags |= _FAILED_KNOWN | _FAILED * message.failed
    if message.usage is not None:
        flags |= _HAS_USAGE | _ESTIMATED * message.usage.cost_estimated
    return flags


def _figures(usage: Usage | None) -> tuple[int, ...]:
    if usage is None or not _fits(usage):
        return (-1, -1, -1, -1)
    return tuple(-1 if figure is None else figure for figure in _tokens(usage))


def _usage(flags: int, tokens: list[int], dollars: float) -> Usage:
    prompt, completion, cached, reasoning = [None if n < 0 else n for n in tokens]
    cost = dollars if dollars == dollars else None
    return Usage(prompt, completion, cached, reasoning, cost, bool(flags & _ESTIMATED))
