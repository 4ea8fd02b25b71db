"""The history in a Codex rollout: its items, put together to messages."""

from __future__ import annotations

from typing import Any

from nano_agent.formats import codex_items as items
from nano_agent.formats import values
from nano_agent.formats.atif_steps import COPIED
from nano_agent.formats.codex_lines import without_copies
from nano_agent.formats.codex_tokens import Lineage
from nano_agent.formats.draft import Draft
from nano_agent.formats.placed import in_place_of
from nano_agent.formats.shelf import Shelf

Record = dict[str, Any]

MOST_ENDS = 1000
"""So many events at a call's end are kept whose output has not come."""


class History:
    """The messages after the items taken so far.

    One reply of the model is several items: its reasoning, its words, its calls. It ends where an output or somebody's
    message comes, or where the tokens of the call are counted.
    """

    def __init__(self, drafts: Shelf) -> None:
        self.drafts = drafts
        self.meta: Record = {}
        self.n_messages = self.n_assistant = self.nameless_calls = self.rolled_back = 0
        self.call_ids: set[str] = set()
        self.spawned: dict[str, None] = {}
        self.aborted: str | None = None
        self.lineage = Lineage()
        self._reply: int | None = None
        self._counted_for: int | None = None
        self._asked: list[int] = []
        self._outputs: dict[str, int] = {}
        self._ends: dict[str, Record] = {}

    def _item(self, record: Record, item: Record, time: float | None) -> None:
        kind = item.get("type")
        if kind == "message":
            self._message(record, item, time)
        elif kind == "reasoning":
            self._part(record, time).thoughts.append(items.reasoning_of(item))
        elif kind in items.CALLS or kind in items.PROVIDER_CALLS:
            call = items.call_of(item)
            self._part(record, time).calls.append(call)
            if kind in items.CALLS:
                self.call_ids.update([call.id] if call.id else [])
                self.nameless_calls += call.id is None
        elif kind in items.OUTPUTS:
            self._output(record, item, time)
        elif kind == "agent_message":
            self._told_by_agent(record, item, time)
        elif "type" in item or "payload" in record:
            self._other(values.text(kind), record, "", time)
        elif "record_type" not in record:
            self.meta = self.meta or record  # the header of the flat files

    def _message(self, record: Record, item: Record, time: float | None) -> None:
        self.n_messages += 1
        text, thoughts = items.said_in(item)
        if item.get("role") == "assistant":
            self.n_assistant += 1
            part = self._part(record, time)
            part.texts.append(text)
            part.thoughts.append(thoughts)
            return
        by_person = item.get("role") == "user"
        context = by_person and items.is_context(item, text)
        draft = Draft("user" if by_person else "system", [text], raws=[record], timestamp=time)
        draft.note = "context" if context else COPIED if self.lineage.is_copy(record) else ""
        number = self._add(draft)
        if by_person and not context:
            self._asked.append(number)
            self.aborted = None

    def _told_by_agent(self, record: Record, message: Record, time: float | None) -> None:
        """What another agent says, which the model sees as it sees a person's words."""
        author = values.text(message.get("author"))
        text = values.joined_text(message.get("content")) or values.text(message.get("message"))
        self._add(Draft("user", [text], raws=[record], timestamp=time, note=f"from agent {author}".strip()))

    def _output(self, record: Record, item: Record, time: float | None) -> None:
        draft = items.observation_of(item)
        draft.raws, draft.timestamp = [record], time
        self.spawned.update(dict.fromkeys(items.spawned_in(draft.texts[0])))
        call = draft.call_id or ""
        self._outputs[call] = self._add(draft)
        if call in self._ends:
            self._ended(call, self._ends.pop(call))

    def _ended(self, call: str, record: Record) -> None:
        """Give an observation what the event at its end says, whichever comes first."""
        if call not in self._outputs:
            self._ends[call] = record
            if len(self._ends) > MOST_ENDS:
                self._ends.pop(next(iter(self._ends)))
            return
        draft = self.drafts.at(self._outputs[call])
        items.add_facts(draft, record["payload"])
        draft.also.append(record)

    def _compacted(self, record: Record, payload: Record, time: float | None) -> None:
        if (short := without_copies(record)) is not record:
            record = in_place_of(record, short)
        self._other("compacted", record, values.text(payload.get("message")), time)

    def _roll_back(self, turns: int) -> None:
        """Take the last turns out of the history; what was asked begins a turn."""
        if not (left := self._asked[-turns:] if turns else []):
            return
        self.drafts.fold(left[0], "rolled back")
        self._outputs = {call: number for call, number in self._outputs.items() if number < left[0]}
        self._asked, self.rolled_back = self._asked[:-turns], self.rolled_back + len(left)
        self._reply = self._counted_for = None

    def _part(self, record: Record, time: float | None) -> Draft:
        """The reply that is being written, with one more record in it."""
        if self._reply is None:
            self._reply = self._counted_for = self._add(Draft("assistant"))
        draft = self.drafts.at(self._reply)
        draft.raws.append(record)
        draft.timestamp = time
        return draft

    def _add(self, draft: Draft) -> int:
        self._reply = None
        return self.drafts.append(draft)

    def _other(self, kind: str, record: Record, text: str, time: float | None) -> None:
        """A record that is shown but is nobody's message; it does not end a reply."""
        self.drafts.append(Draft("other", [text], raws=[record], timestamp=time, note=kind.replace("_", " ")))
