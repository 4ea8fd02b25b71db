"""Where drafts are put in the order of the history: in memory, or, of a large file, as places in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nano_agent.formats.draft import Draft, aside, first_time
from nano_agent.formats.placed import Placed, PlacedRecords
from nano_agent.formats.source import Source
from nano_agent.formats.spans import Span
from nano_agent.formats.stored import HeldMessages, StoredMessages
from nano_agent.trajectory import Message, total_usage

_ASIDE = 2**32 - 1
_OPEN = 24
"""So many drafts may still change without being read again."""

Replay = Callable[[Iterable[dict[str, Any]]], Sequence[Draft]]
"""The drafts that a format makes of some records when there are no others before them."""


class Shelf:
    """Drafts in the order of the history, known by their numbers. All are in memory."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self.drafts: list[Draft] = []
        """Those that are in memory."""

    def __len__(self) -> int:
        return len(self.drafts)

    def append(self, draft: Draft) -> int:
        """Add a draft; returns its number."""
        self.drafts.append(draft)
        return len(self.drafts) - 1

    def at(self, number: int) -> Draft:
        """A draft, to be changed before the next is asked for or added."""
        return self.drafts[number]

    def fold(self, start: int, note: str) -> None:
        """Tell all from a draft on as one message beside the history."""
        gone = [draft.message() for draft in self.drafts[start:]]
        raws = _raws(self.drafts[start:])
        folded = aside(note, _messages(self._replay(raws)), raws)
        folded.usage, folded.timestamp = total_usage(gone), first_time(gone)
        self.drafts[start:] = [folded]

    def put_aside(self, note: str, told: HeldMessages | StoredMessages, raws: Iterable[Any] | None = None) -> None:
        """Add the messages of another shelf, which lie beside the history, as one message; `raws` led to them."""
        self.append(aside(note, told, _raws(told) if raws is None else raws))

    def messages(self) -> HeldMessages | StoredMessages:
        """The messages, when there will be no more drafts."""
        return HeldMessages(_messages(self.drafts))


class StoredShelf(Shelf):
    """The same of a large file: what is some way back takes little, and is read again when it changes after all."""

    def __init__(self, source: Source, records: PlacedRecords, replay: Replay, *, watched: bool) -> None:
        super().__init__(replay)
        watch = source.watch if watched else None
        self._stored = StoredMessages(source.file, self._rebuilt, watch, records.decode)
        self._open: deque[Draft] = deque()
        self._reopened: tuple[int, Draft] | None = None
        self._last = (-1, 0)

    def __len__(self) -> int:
        return len(self._stored) + len(self._open)

    def append(self, draft: Draft) -> int:
        """Add a draft; returns its number."""
        self._open.append(draft)
        if len(self._open) > _OPEN:
            self._put(self._open.popleft())
        return len(self._stored) + len(self._open) - 1

    def at(self, number: int) -> Draft:
        """A draft, to be changed before the next is asked for or added."""
        self._close()
        if (ago := number - len(self._stored)) >= 0:
            return self._open[ago]
        known, records = self._stored.glance(number), self._stored.records(number)
        draft = self._replay(records)[self._stored.part(number)] if records else Draft(known.role)
        draft.usage, draft.timestamp, draft.seconds = known.usage, known.timestamp, known.seconds
        draft.exit_code, draft.failed, draft.note = known.exit_code, known.failed, known.note
        self._reopened = (number, draft)
        return draft

    def fold(self, start: int, note: str) -> None:
        """Tell all from a draft on as one message beside the history."""
        self._put_all()
        before = self._stored
        self._stored = before.first(start)  # a copy: whoever watches still looks at what is folded
        _put_beside(self._stored, note, before, range(start, len(before)))

    def put_aside(self, note: str, told: HeldMessages | StoredMessages, raws: Iterable[Any] | None = None) -> None:
        """Add the messages of another shelf, which lie beside the history, as one message; `raws` led to them."""
        assert isinstance(told, StoredMessages)
        self._put_all()
        _put_beside(self._stored, note, told, range(len(told)))

    def messages(self) -> StoredMessages:
        """The messages, when there will be no more drafts."""
        self._put_all()
        return self._stored

    def _put_all(self) -> None:
        self._close()
        while self._open:
            self._put(self._open.popleft())

    def _put(self, draft: Draft) -> None:
        span: Span = draft.raws[0].span
        offset, part = self._last
        self._last = (span.offset, part + 1 if span.offset == offset else 0)
        more = [raw.span.place for raw in (*draft.raws[1:], *draft.also)]
        part = self._last[1] if draft.part is None else draft.part
        if draft.known or self._stored.watched:
            message = draft.message()
            self._stored.put(message, span, part, more, **{name: getattr(message, name) for name in draft.known})
        else:
            self._stored.put(draft, span, part, more)

    def _close(self) -> None:
        """Keep what has become of a draft that was read again."""
        if self._reopened is None:
            return
        (number, draft), self._reopened = self._reopened, None
        fields = ("usage", "timestamp", "seconds", "exit_code", "failed", "note", "tool_calls", "name")
        message = draft.message()
        self._stored.change(number, **{name: getattr(message, name) for name in fields})
        self._stored.add(number, [raw.span.place for raw in (*draft.raws, *draft.also) if isinstance(raw, Placed)])

    def _rebuilt(self, records: Sequence[dict[str, Any]], part: int) -> Message:
        drafts = self._replay(records)
        if part < len(drafts):
            return drafts[part].message()
        return aside("", _messages(drafts), records).message()


def _raws(told: Iterable[Draft | Message]) -> list[Any]:
    """The records that led to drafts or messages, each once."""
    found: dict[int, Any] = {}
    for one in told:
        if isinstance(one, Draft):
            raws = [*one.raws, *one.also]
        else:
            raws = one.raw if isinstance(one.raw, list) else [one.raw]
        found.update((id(raw), raw) for raw in raws)
    return list(found.values())


def _messages(drafts: Iterable[Draft]) -> list[Message]:
    return [draft.message() for draft in drafts]


def folded(
    messages: HeldMessages | StoredMessages, branches: Mapping[int, Sequence[int]], notes: Mapping[int, str]
) -> HeldMessages | StoredMessages:
    """The messages with each branch told as one beside the history, in the place of its first; all keyed by that."""
    if not branches:
        return messages
    found = HeldMessages() if isinstance(messages, HeldMessages) else messages.first(0)
    beside = {number for members in branches.values() for number in members}
    for number in range(len(messages)):
        if number in branches:
            _fold(messages, branches[number], notes[number], found)
        elif number not in beside:
            found.take_over(messages, number)
    return found


def _fold(messages: Sequence[Message], numbers: Sequence[int], note: str, into: HeldMessages | StoredMessages) -> None:
    if isinstance(messages, StoredMessages) and isinstance(into, StoredMessages):
        _put_beside(into, note, messages, numbers)
    elif isinstance(into, HeldMessages):
        told = [messages[number] for number in numbers]
        into.append(aside(note, told, _raws(told)).message())


def _put_beside(into: StoredMessages, note: str, messages: StoredMessages, numbers: Sequence[int]) -> None:
    """Add some messages of the same file as one that tells of them."""
    told = [messages.glance(number) for number in numbers]
    message = Message("other", note=note, usage=total_usage(told), timestamp=first_time(told))
    first, *more = dict.fromkeys(place for number in numbers for place in messages.places(number))
    into.put(message, Span(first.offset, first.length, None, None, first.mark), _ASIDE, more)


def shelf(source: Source, records: Iterable[Any], replay: Replay, *, watched: bool = True) -> Shelf:
    """A shelf for what these records lead to."""
    if isinstance(records, PlacedRecords):
        return StoredShelf(source, records, replay, watched=watched)
    return Shelf(replay)
