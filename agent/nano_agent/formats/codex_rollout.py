"""Following the records of a Codex rollout: its settings, its events and what it counts, around its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from nano_agent.formats import codex_items as items
from nano_agent.formats import values
from nano_agent.formats.codex_history import History
from nano_agent.formats.codex_tokens import Tokens
from nano_agent.formats.draft import Draft
from nano_agent.formats.shelf import Shelf

Record = dict[str, Any]

# Events that repeat an item, or tell the screen of what is none of the model's business.
_ECHOES = ("user_message", "agent_message", "agent_reasoning", "agent_reasoning_raw_content")
ENDS = ("exec_command_end", "patch_apply_end", "mcp_tool_call_end")
"""Events that say how a call went."""
COMPLETED = ("CommandExecution", "FileChange", "McpToolCall")
"""Items whose completion says it too, in newer versions."""
_TURN_STARTS = ("task_started", "turn_started")
_NOTICES = ("error", "stream_error", "warning", "turn_aborted")
_SETTINGS = ("session_meta", "turn_context", "world_state", "inter_agent_communication_metadata")


class Rollout(History):
    """The state of a rollout after the records taken so far."""

    def __init__(self, drafts: Shelf | None = None, echoes: Shelf | None = None) -> None:
        super().__init__(Shelf(replay) if drafts is None else drafts)
        self.echoes = Shelf(replay_echoes) if echoes is None else echoes
        self.context: Record = {}
        self.kinds: Counter[str] = Counter()
        self.models: dict[str, None] = {}
        self.tokens = Tokens()
        self.first: float | None = None
        self.last: float | None = None

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
        elif kind == "token_usage_record":
            self._count(record, payload.get("thread_token_usage"), payload.get("usage"))
        elif kind == "inter_agent_communication":
            self._told_by_agent(record, payload, time)
        elif kind in _SETTINGS:
            self._settings(kind, payload, time, record)
        else:
            self._other(kind, record, "", time)

    def _settings(self, kind: str, payload: Record, time: float | None, record: Record) -> None:
        if kind == "session_meta" and not self.meta:
            self.meta = payload
            self.lineage.take(record, payload)
            system = values.joined_text(payload.get("base_instructions"))
            if system:
                self._add(Draft("system", [system], raws=[record], timestamp=time))
        elif kind == "turn_context":
            self.context = payload
        if kind in ("session_meta", "turn_context") and (model := values.word(payload.get("model"))):
            self.models[model] = None

    def _event(self, record: Record, event: Record, time: float | None) -> None:
        kind = values.text(event.get("type"))
        text = values.text(event.get("message")) or values.text(event.get("reason"))
        if kind == "token_count":
            info = values.record(event.get("info"))
            self._count(record, info.get("total_token_usage"), info.get("last_token_usage"))
        elif kind in _ECHOES:
            self._echo(kind, record, event, time)
        elif kind in ENDS:
            self._ended(values.text(event.get("call_id")), record)
        elif kind == "item_completed":
            self._completed(record, values.record(event.get("item")), time)
        elif kind == "thread_rolled_back":
            self._roll_back(values.amount(event.get("num_turns")) or 0)
        elif kind in _NOTICES:
            self.aborted = text or "for no stated reason" if kind == "turn_aborted" else self.aborted
            self._other(kind, record, text, time)
        elif kind in _TURN_STARTS:
            self.aborted = None
        elif kind not in items.QUIET_EVENTS:
            self._other(kind, record, text, time)
        if model := values.word(values.record(event.get("thread_settings")).get("model")):
            self.models[model] = None
        for key in ("new_thread_id", "agent_thread_id"):
            if thread := values.word(event.get(key)):
                self.spawned[thread] = None

    def _completed(self, record: Record, item: Record, time: float | None) -> None:
        """What an item was at its end: of a call, how it ended; a plan stands nowhere else."""
        if item.get("type") in COMPLETED:
            self._ended(values.text(item.get("id")), {**record, "payload": item})
        elif item.get("type") == "Plan":
            self._other("plan", record, values.text(item.get("text")), time)

    def _count(self, record: Record, total: Any, last: Any) -> None:
        """Give the reply the tokens of its call, which ends with them."""
        is_new, usage = self.tokens.take(total, last, is_others=self.lineage.is_others_count(record))
        if not is_new:
            return
        if self._counted_for is not None and usage is not None:
            self.drafts.at(self._counted_for).usage = usage
        self._reply = self._counted_for = None

    def _echo(self, kind: str, record: Record, event: Record, time: float | None) -> None:
        """Remember what an event repeats, for files that have events only."""
        if kind in ("user_message", "agent_message"):
            draft = Draft("user" if kind == "user_message" else "assistant", raws=[record], timestamp=time)
            draft.texts.append(values.text(event.get("message")))
            self.echoes.append(draft)


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
