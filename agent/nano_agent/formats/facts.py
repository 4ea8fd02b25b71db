"""What can be told of many messages without reading any of them again: some 80 bytes of each, column by column."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from math import isnan, nan
from typing import Any, get_args

from nano_agent.trajectory import CALLED, CALLED_IN_TEXT, Message, Role, Usage

_ROLES: tuple[Role, ...] = get_args(Role)
_COLUMNS = "BBHHLLqdddqqqq"
_SECONDS = 8
_UNKNOWN = -(2**63)
_LARGEST = 2**62
_ANSWERS, _FAILED_KNOWN, _FAILED, _ESTIMATED, _HAS_USAGE = 1, 2, 4, 8, 16


class Facts:
    """Roles, times, usages, exit codes, notes and the like; no texts, records, ids and nothing of what calls say."""

    def __init__(self) -> None:
        self._columns: list[Any] = [array(code) for code in _COLUMNS]
        self._words: dict[str | None, int] = {None: 0}
        self._word_list: list[str | None] = [None]
        self._large: dict[int, dict[str, Any]] = {}

    def append(self, message: Message) -> None:
        """Keep what can be told of the next message."""
        if large := _too_large(message):
            self._large[len(self._columns[0])] = large
        for column, value in zip(self._columns, self._row(message), strict=True):
            column.append(value)

    def change(self, index: int, message: Message) -> None:
        """Keep what can be told of a message as it is now."""
        self._large.pop(index, None)
        if large := _too_large(message):
            self._large[index] = large
        for column, value in zip(self._columns, self._row(message), strict=True):
            column[index] = value

    def first(self, count: int) -> Facts:
        """Those of the first messages alone."""
        found = Facts()
        found._columns = [column[:count] for column in self._columns]
        found._words, found._word_list = dict(self._words), list(self._word_list)
        found._large = {index: large for index, large in self._large.items() if index < count}
        return found

    def set_seconds(self, index: int, seconds: float | None) -> None:
        """The one fact that is found out for many messages when all are there."""
        self._columns[_SECONDS][index] = nan if seconds is None else seconds

    def glance(self, index: int) -> Message:
        """The message without texts, with as many calls as it has."""
        return self._glance(index, tuple([column[index] for column in self._columns]))

    def glances(self, start: int, stop: int) -> Iterator[Message]:
        """The messages from one on up to another."""
        return map(self._glance, range(start, stop), islice(zip(*self._columns, strict=False), start, stop))

    def role(self, index: int) -> Role:
        """Whose message it is."""
        number: int = self._columns[0][index]
        return _ROLES[number]

    def fields(self, index: int) -> dict[str, Any]:
        """The fields of a message that are known here."""
        return self._fields(index, tuple([column[index] for column in self._columns]))

    def _glance(self, index: int, row: tuple[Any, ...]) -> Message:
        calls, text_calls = row[2], row[3]
        called = (CALLED,) * calls + (CALLED_IN_TEXT,) * text_calls if calls or text_calls else ()
        return Message(_ROLES[row[0]], tool_calls=called, **self._fields(index, row))

    def _fields(self, index: int, row: tuple[Any, ...]) -> dict[str, Any]:
        _, flags, _, _, name, note, code, time, seconds, dollars, *tokens = row
        known = {
            "answers": bool(flags & _ANSWERS),
            "name": self._word_list[name],
            "usage": _usage(flags, tokens, dollars) if flags & _HAS_USAGE else None,
            "timestamp": _known(time),
            "seconds": _known(seconds),
            "exit_code": None if code == _UNKNOWN else code,
            "failed": bool(flags & _FAILED) if flags & _FAILED_KNOWN else None,
            "note": self._word_list[note] or "",
        }
        return known | self._large[index] if index in self._large else known

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
    return Usage(prompt, completion, cached, reasoning, _known(dollars), bool(flags & _ESTIMATED))


def _known(number: float) -> float | None:
    return None if isnan(number) else number
