"""Following the records of a Codex rollout to the history that they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from nano_agent.formats import codex_items as items
from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.placed import in_place_of
from nano_agent.formats.shelf import Shelf
from nano_agent.trajectory import Usage

Record = dict[str, Any]

# Events that repeat an item, or tell the screen of what is none of the model's business.
_ECHOES = ("user_message", "agent_message", "agent_reasoning", "agent_reasoning_raw_content")
ENDS = ("exec_command_end", "patch_apply_end", "mcp_tool_call_end")
"""Events that say how a call went."""
_TURN_STARTS = ("task_started", "turn_started")
_NOTICES = ("error", "stream_error", "warning", "turn_aborted")
MOST_ENDS = 1000
"""So many of them are kept whose output has not come."""
_SETTINGS = ("session_meta", "turn_context", "world_state", "inter_agent_communication_metadata")


class Rollout:
    """The state of a rollout after the records taken so far.

    One reply of the model is several items: its reasoning, its words, its calls. It ends where an output or somebody's
    message comes, or where the tokens of the call are counted.
    """

    def __init__(self, drafts: Shelf | None = None, echoes: Shelf | None = None) -> None:
        self.drafts = Shelf(replay) if drafts is None else drafts
        self.echoes = Shelf(replay_echoes) if echoes is None else echoes
        self.meta: Record = {}
        self.context: Record = {}
        self.kinds: Counter[str] = Counter()
        self.models: dict[str, None] = {}
        self.total: Usage | None = None
        self.n_messages = self.n_assistant = self.nameless_calls = self.rolled_back = 0
        self.call_ids: set[str] = set()
        self.spawned: dict[str, None] = {}
        self.first: float | None = None
        self.last: float | None = None
        self.aborted: str | None = None
        self._reply: int | None = None
        self._counted_for: int | None = None
        self._asked: list[int] = []
        self._outputs: dict[str, int] = {}
        self._ends: dict[str, Record] = {}

    def take(self, record: Record) -> None:
        """Go on by one record, wrapped (`type`, `payload`) or, in the oldest files, flat."""
        payload = record.get("payload")
        kind = values.text(record.get("type")) if isinstance(payload, dict) else "response_item"
        payload = payload if isinstance(payload, dict) else record
        self.kinds[f"{kind}: {payload['type']}" if isinstance(payload.get("type"), str) else kind] += 1
        time = values.epoch(record.get("timestamp"))
        if time is not None:
            self.first, self.last = time if self.first is None else self.first, time
        taker = {"response_item": self._item, "event_msg": self._event, "compacted": self._compacted}.get(kind)
        if taker:
            taker(record, payload, time)
        elif kind in _SETTINGS:
            self._settings(kind, payload, time, record)
        else:
            self._other(kind, record, "", time)

    def _settings(self, kind: str, payload: Record, time: float | None, record: Record) -> None:
        if kind == "session_meta" and not self.meta:
            self.meta = payload
            system = values.joined_text(payload.get("base_instructions"))
            if system:
                self._add(Draft("system", [system], raws=[record], timestamp=time))
        elif kind == "turn_context":
            self.context = payload
        if kind in ("session_meta", "turn_context") and (model := values.word(payload.get("model"))):
            self.models[model] = None

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
        context = by_person and items.is_context(text)
        draft = Draft("user" if by_person else "system", [text], raws=[record], timestamp=time)
        draft.note = "context" if context else ""
        number = self._add(draft)
        if by_person and not context:
            self._asked.append(number)
            self.aborted = None

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

    def _event(self, record: Record, event: Record, time: float | None) -> None:
        kind = values.text(event.get("type"))
        text = values.text(event.get("message")) or values.text(event.get("reason"))
        if kind == "token_count":
            self._count(values.record(event.get("info")))
        elif kind in _ECHOES:
            self._echo(kind, record, event, time)
        elif kind in ENDS:
            self._ended(values.text(event.get("call_id")), record)
        elif kind == "thread_rolled_back":
            self._roll_back(values.amount(event.get("num_turns")) or 0)
        elif kind in _NOTICES:
            self.aborted = text or "for no stated reason" if kind == "turn_aborted" else self.aborted
            self._other(kind, record, text, time)
        elif kind in _TURN_STARTS:
            self.aborted = None
        for key in ("new_thread_id", "agent_thread_id"):
            if thread := values.word(event.get(key)):
                self.spawned[thread] = None

    def _compacted(self, record: Record, payload: Record, time: float | None) -> None:
        copies = payload.get("replacement_history")
        if isinstance(copies, list):
            left_out = f"[{len(copies)} items, copies of the history, left in the file]"
            record = in_place_of(record, {**record, "payload": {**payload, "replacement_history": left_out}})
        self._other("compacted", record, values.text(payload.get("message")), time)

    def _count(self, info: Record) -> None:
        """Give the reply the tokens of its call. The same event comes again when only the rate limits changed."""
        total = items.usage_of(info.get("total_token_usage"))
        last = items.usage_of(info.get("last_token_usage"))
        if total is None or total == self.total:
            return
        if self._counted_for is not None:
            self.drafts.at(self._counted_for).usage = last or _minus(total, self.total)
        self.total, self._reply, self._counted_for = total, None, None

    def _roll_back(self, turns: int) -> None:
        """Take the last turns out of the history; what was asked begins a turn."""
        if not (left := self._asked[-turns:] if turns else []):
            return
        self.drafts.fold(left[0], "rolled back")
        self._outputs = {call: number for call, number in self._outputs.items() if number < left[0]}
        self._asked, self.rolled_back = self._asked[:-turns], self.rolled_back + len(left)
        self._reply = self._counted_for = None

    def _echo(self, kind: str, record: Record, event: Record, time: float | None) -> None:
        """Remember what an event repeats, for files that have events only."""
        if kind in ("user_message", "agent_message"):
            draft = Draft("user" if kind == "user_message" else "assistant", raws=[record], timestamp=time)
            draft.texts.append(values.text(event.get("message")))
            self.echoes.append(draft)

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


def replay(records: Iterable[Record]) -> list[Draft]:
    """What records of the history lead to when there are no others."""
    return _followed(records).drafts.drafts


def replay_echoes(records: Iterable[Record]) -> list[Draft]:
    """What events that repeat the history lead to."""
    return _followed(records).echoes.drafts


def _followed(records: Iterable[Record]) -> Rollout:
    rollout = Rollout()
    for record in records:
        rollout.take(record)
    return rollout


def _minus(total: Usage, before: Usage | None) -> Usage:
    """What was added from one cumulative count to the next."""
    old = before or Usage()
    return Usage(
        _added(total.prompt_tokens, old.prompt_tokens),
        _added(total.completion_tokens, old.completion_tokens),
        _added(total.cached_tokens, old.cached_tokens),
        _added(total.reasoning_tokens, old.reasoning_tokens),
    )


def _added(new: int | None, old: int | None) -> int | None:
    """The growth of a count; unknown when the count is, or shrinks."""
    return new - (old or 0) if new is not None and new >= (old or 0) else None
