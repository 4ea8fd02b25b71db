"""Following the lines of a Gemini CLI session: records are written again as they grow, and taken back by a rewind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.gemini_records import answered_in, drafts_of
from nano_agent.formats.placed import HeldRecords, PlacedRecords
from nano_agent.formats.shelf import Shelf, shelf
from nano_agent.formats.source import Source

Record = dict[str, Any]


class _Known(NamedTuple):
    """A message's record, and what is told of it before it is looked at again."""

    kept: Any
    kind: Any
    model: str | None


class Session:
    """The messages of a session after the lines taken so far.

    `$set` with messages replaces what the model will be sent: at a start, after a compression, after a turn was undone.
    What it does not repeat was seen all the same, and stays.
    """

    def __init__(self, source: Source, records: HeldRecords | PlacedRecords) -> None:
        self.header: Record = {}
        self.replaced = 0
        self._source, self._records = source, records
        self._messages: dict[str, _Known] = {}
        self._rewound: list[tuple[int, list[_Known]]] = []

    @property
    def kinds(self) -> set[str]:
        """The types of the message records, those that were taken back included."""
        return {kind for _, kind, _ in self._known() if isinstance(kind, str)}

    @property
    def models(self) -> str | None:
        """The models that replied, joined by commas."""
        return ",".join(dict.fromkeys(model for _, kind, model in self._known() if model and kind == "gemini")) or None

    @property
    def rewinds(self) -> int:
        """How often messages were taken back."""
        return len(self._rewound)

    def take(self, line: Record) -> None:
        """Go on by one line."""
        if isinstance(line.get("$rewindTo"), str):
            self._rewind(line["$rewindTo"])
        elif isinstance(line.get("$set"), dict):
            self._set(line["$set"], self._records.inside(line, "$set", "messages"))
        elif "sessionId" in line and "type" not in line:
            self._set(line, self._records.inside(line, "messages"))
        else:
            self._messages[self._name(line)] = self._seen(line)

    def add(self, message: Record) -> None:
        """A message of the session's document, which has each once."""
        self._messages.setdefault(self._name(message), self._seen(message))

    def drafts(self) -> Shelf:
        """The history, with what was taken back told at its place; each result once, wherever it is repeated."""
        drafts, answered = shelf(self._source, self._records, replay), set[str]()
        beside = dict[int, list[list[_Known]]]()
        for place, gone in self._rewound:
            beside.setdefault(min(place, len(self._messages)), []).append(gone)
        for i, known in enumerate([*self._messages.values(), None]):
            for gone in beside.get(i, ()):
                self._put_aside([self._records.again(known.kept) for known in gone], drafts)
            if known is not None:
                record = self._records.again(known.kept)
                for draft in _numbered(record):
                    if draft.call_id not in answered or draft.call_id is None:
                        drafts.append(draft)
                answered |= answered_in(record)
        return drafts

    def _put_aside(self, gone: Sequence[Record], drafts: Shelf) -> None:
        told = shelf(self._source, self._records, replay, watched=False)
        for draft in replay(gone):
            told.append(draft)
        if len(messages := told.messages()):
            drafts.put_aside("rewound", messages, gone)

    def _known(self) -> Iterator[_Known]:
        yield from self._messages.values()
        for _, gone in self._rewound:
            yield from gone

    def _name(self, record: Record) -> str:
        return values.word(record.get("id")) or f"line {len(self._messages)}"

    def _seen(self, record: Record) -> _Known:
        return _Known(self._records.keep(record), record.get("type"), values.word(record.get("model")))

    def _set(self, patch: Record, messages: list[Record]) -> None:
        self.header |= {key: value for key, value in patch.items() if key != "messages"}
        gone = self._messages and len(messages) < len(self._messages)
        self.replaced += bool(messages and gone)
        for message in messages:
            self.add(message)

    def _rewind(self, identity: str) -> None:
        """Take back the message of this id and all after it; all, when it is not there."""
        ids = list(self._messages)
        place = ids.index(identity) if identity in self._messages else 0
        if gone := [self._messages.pop(each) for each in ids[place:]]:
            self._rewound.append((place, gone))


def replay(records: Iterable[Record]) -> list[Draft]:
    """What records lead to when there are no others."""
    return [draft for record in records for draft in _numbered(record)]


def _numbered(record: Record) -> Iterator[Draft]:
    for part, draft in enumerate(drafts_of(record)):
        draft.part = part
        yield draft
