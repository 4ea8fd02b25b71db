"""A session of Claude Code as its records tell it: what they say of it, and the messages of its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.claude_records import BY_PROGRAM, QUEUED, Dialogue, Spoken, is_queued
from nano_agent.formats.claude_tree import Beside, Tree
from nano_agent.formats.draft import Draft
from nano_agent.formats.placed import records_of
from nano_agent.formats.shelf import Shelf, shelf
from nano_agent.formats.source import Source
from nano_agent.formats.stored import HeldMessages, StoredMessages
from nano_agent.trajectory import Usage, glances

Record = dict[str, Any]

TITLES = (("custom-title", "customTitle"), ("ai-title", "aiTitle"), ("summary", "summary"))
"""Where a session's title stands, from the best to the least good: the type of record, and the key in it."""
_TITLES = dict(TITLES)
_UNKNOWN = Usage()
# What the program notes for itself; no part of what the model saw. Titles and the like go into the metadata.
_BOOKKEEPING = frozenset(
    """agent-color agent-name agent-setting ai-title attribution-snapshot bridge-session custom-title file-history-delta
    file-history-snapshot frame-link last-prompt mode permission-mode pr-link progress queue-operation relocated
    result started summary tag task-summary worktree-state""".split()  # noqa: SIM905 - a list of words reads better so
)
HEAVY = ("progress", "file-history-snapshot")
"""Types of records that repeat what stands elsewhere, but others may descend from them."""
_SAYS = ("type", "subtype", "message", "attachment")
_NAMED = ("cwd", "sessionId", "version", "gitBranch")
_QUIET_SYSTEM = ("turn_duration", "stop_hook_summary")


class Session:
    """What the records of a session say of it, and how they hang together."""

    def __init__(self, source: Source) -> None:
        self.records = records_of(source)
        self.tree, self.spoken = Tree(), Spoken()
        self.has_messages = False
        self.kinds: Counter[str] = Counter()
        self.named: dict[str, dict[str, None]] = {key: {} for key in _NAMED}
        self.titles: dict[str, Any] = {}
        self.agents: dict[str, None] = {}
        self.drafts = shelf(source, self.records, drafts_of)
        """What all records lead to, in the order of the file, as if there was nothing beside the history."""
        dialogue = Dialogue(self.drafts)
        for record in self.records:
            self.kinds[values.text(record.get("type"))] += 1
            if self._repeats(record):
                self.tree.drop()
            else:
                self.tree.take(record)
                self._take(record)
                _tell(record, dialogue)
        self.warnings = self.records.warnings
        """What could not be read."""

    def _repeats(self, record: Record) -> bool:
        """Whether a record was there before: a session that goes on from another repeats that one's records."""
        place = self.tree.place_of(record)
        if place is None:
            return False
        before = self.records.at(place)
        return all(before.get(key) == record.get(key) for key in _SAYS)

    def _take(self, record: Record) -> None:
        kind = values.text(record.get("type"))
        if kind in HEAVY:
            return
        self.has_messages = self.has_messages or is_message(record)
        self.spoken.take(record)
        for key, names in self.named.items():
            if name := values.word(record.get(key)):
                names[name] = None
        if kind in _TITLES and (text := record.get(_TITLES[kind])):
            self.titles[kind] = text
        result = record.get("toolUseResult")
        if isinstance(result, dict) and (agent := values.text(result.get("agentId"))).isalnum():
            self.agents[agent] = None


class History:
    """The messages of a session, what lies beside the history told in a message each; and the sums over all."""

    def __init__(self, source: Source, session: Session) -> None:
        self._source, self._session = source, session
        self.usages = list[Usage]()
        """Of every reply, sub-agents' and abandoned ones too, for they were paid for."""
        self.n_messages = 0
        self.started: float | None = None
        """When the first message came, in seconds since the epoch."""
        self.notes = list[str]()
        """On what lies beside the history."""
        self._ended: float | None = None
        beside = session.tree.beside()
        self.messages = self._without(beside) if beside else session.drafts.messages()
        self._add(self.messages)

    @property
    def seconds(self) -> float | None:
        """From the first message to the last."""
        return self._ended - self.started if self._ended is not None and self.started is not None else None

    def _without(self, beside: Iterable[Beside]) -> HeldMessages | StoredMessages:
        """The messages, the records gone through once more now that it is known what lies beside the history."""
        records, tree = self._session.records, self._session.tree
        firsts = {one.members[0]: one for one in beside}
        members = {number for one in firsts.values() for number in one.members}
        drafts = shelf(self._source, records, drafts_of)
        dialogue = Dialogue(drafts)
        for number, record in zip(range(len(tree)), records, strict=False):
            if number in firsts:
                self._put_aside(firsts[number], drafts)
            if number not in members and not tree.is_dropped(number):
                _tell(record, dialogue)
        return drafts.messages()

    def _put_aside(self, beside: Beside, drafts: Shelf) -> None:
        records = self._session.records
        told = shelf(self._source, records, drafts_of, watched=False)
        dialogue = Dialogue(told)
        for number in beside.members:
            _tell(records.at(number), dialogue)
        messages = told.messages()
        self._add(messages)
        if len(messages):
            self.notes.append(beside.note)
            drafts.put_aside(beside.note, messages)

    def _add(self, messages: HeldMessages | StoredMessages) -> None:
        # One loop, not a function for each sum: of a large file, looking at all messages once takes a second.
        for message in glances(messages):
            self.n_messages += message.role != "other"
            if (time := message.timestamp) is not None:
                self.started = time if self.started is None else min(time, self.started)
                self._ended = time if self._ended is None else max(time, self._ended)
            if message.role == "assistant" and message.note != BY_PROGRAM:
                self.usages.append(message.usage or _UNKNOWN)


def drafts_of(records: Iterable[Record]) -> list[Draft]:
    """What records lead to when there are no others."""
    dialogue = Dialogue(Shelf(drafts_of))
    for record in records:
        _tell(record, dialogue)
    return dialogue.drafts.drafts


def is_message(record: Record) -> bool:
    """A user or assistant message of a session; other programs that borrowed the shape put `parts` into theirs."""
    message = values.record(record.get("message"))
    named = isinstance(record.get("uuid"), str) and ("parentUuid" in record or isinstance(record.get("sessionId"), str))
    return named and record.get("type") in ("user", "assistant") and "content" in message and "parts" not in message


def is_shown(kind: str, subtype: Any) -> bool:
    """Whether a record that is no message is shown all the same."""
    return kind not in _BOOKKEEPING and not (kind == "system" and subtype in _QUIET_SYSTEM)


def _tell(record: Record, dialogue: Dialogue) -> None:
    kind = values.text(record.get("type"))
    if kind in ("user", "assistant") and isinstance(record.get("message"), dict):
        dialogue.take(record)
    elif kind == "attachment" and is_queued(record.get("attachment")):
        dialogue.drafts.append(_queued(record))
    elif is_shown(kind, record.get("subtype")):
        dialogue.drafts.append(_other(kind, record))


def _queued(record: Record) -> Draft:
    """What a person said while the model was at work; it is kept as an attachment alone."""
    prompt = record["attachment"].get("prompt")
    parts = [part for part in values.items(prompt) if isinstance(part, dict)] or prompt
    time = values.epoch(record.get("timestamp"))
    return Draft("user", [values.joined_text(parts)], raws=[record], timestamp=time, note=QUEUED)


def _other(kind: str, record: Record) -> Draft:
    """What is neither the model's nor a person's: notices of the program, what it attached, and the unknown."""
    attachment = values.record(record.get("attachment"))
    detail = values.text(record.get("subtype")) or values.text(attachment.get("type"))
    says = (record.get("content"), *(attachment.get(key) for key in ("content", "prompt", "snippet", "text")))
    text = next(filter(None, map(values.joined_text, says)), "")
    note = detail.replace("_", " ") if kind == "system" and detail else f"{kind}: {detail}" if detail else kind
    return Draft("other", [text], raws=[record], timestamp=values.epoch(record.get("timestamp")), note=note)
