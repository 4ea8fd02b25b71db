"""Large trajectories of SWE-agent: history and steps stay in the file, where most of it are prompts told again."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from nano_agent.formats.placed import ListRecords, items_of, span_of
from nano_agent.formats.source import Source
from nano_agent.formats.spans import NotApart
from nano_agent.formats.stored import StoredMessages
from nano_agent.formats.swe_agent_history import Told, alone, tell
from nano_agent.trajectory import Message

_HELD = 16
"""Steps in memory: some more than are looked at for one reply."""
_LISTS = ("trajectory", "history")


def read(source: Source) -> tuple[dict[str, Any], Told] | None:
    """The document without its two lists, and the messages; `None` for what must be read as a whole."""
    if (records := items_of(source, *_LISTS)) is None:
        return None
    numbers = {key: array("Q") for key in _LISTS}
    try:
        for number, _ in enumerate(records):
            numbers[records.key].append(number)
    except (NotApart, KeyError):
        return None
    if records.rest.get("attempts"):
        return None
    messages = StoredMessages(source.file, alone, source.watch)

    def put(message: Message, made_of: Sequence[Any], how: int) -> None:
        span, *more = map(span_of, made_of)
        messages.put(message, span, how, [each.place for each in more])

    in_history, unmatched = tell(map(records.at, numbers["history"]), _Steps(records, numbers["trajectory"]), put)
    return records.rest, Told(messages, len(messages) if in_history is None else in_history, unmatched)


class _Steps(Sequence[Mapping[str, Any]]):
    """The steps in the file, each read when it is asked for."""

    def __init__(self, records: ListRecords, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._at = lru_cache(_HELD)(records.at)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: Any) -> Any:
        return self._at(self._numbers[index])
