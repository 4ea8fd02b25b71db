"""A Codex rollout for a listing: only what is counted is decoded of each line, and no message is built.

Most bytes of a rollout are encrypted thoughts, events that repeat the history, and copies of it in compactions.
Whatever looks unusual is left to the reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nano_agent.formats import codex_items as items
from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.codex import CodexReader, rolled_back_warning
from nano_agent.formats.codex_history import MOST_ENDS
from nano_agent.formats.codex_rollout import COMPLETED, ENDS
from nano_agent.formats.codex_tokens import Tokens
from nano_agent.formats.quick_count import BROKEN, LARGEST, Unusual, steps_in
from nano_agent.formats.source import Source
from nano_agent.library.summary import TOOLS_KEPT, Summary, words
from nano_agent.library.summary import summarise as summary_of
from nano_agent.trajectory import Counts, Trajectory, Usage

if TYPE_CHECKING:
    from nano_agent.formats.codex_fields import Line, Payload


def summarise(source: Source, size: int, mtime_ns: int) -> tuple[Summary] | None:
    """The summary of the session in a file; `None` for anything else, and for one that must be read whole."""
    if source.path.suffix != ".jsonl" or not 0 < size <= LARGEST:
        return None
    from nano_agent.formats.codex_fields import lines_of

    try:
        rollout = _Rollout()
        for line in lines_of(source.path):
            rollout.take(line)
        return (_summary(source, rollout, size, mtime_ns),)
    except (*BROKEN, RecursionError):
        return None


@dataclass(slots=True)
class _Told:
    """A message, as far as it is counted; what it is made of, where that says how it went."""

    role: str
    item: Payload | None = None
    tools: list[str] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)


class _Rollout:
    """The state of a rollout after the lines taken so far, as `codex_rollout.Rollout` has it."""

    def __init__(self) -> None:
        self.told = list[_Told]()
        self.meta: Payload | None = None
        self.cwd: str | None = None
        self.models = dict[str, None]()
        self.tokens = Tokens()
        self.n_messages = self.n_assistant = self.nameless_calls = self.rolled_back = 0
        self.call_ids = set[str]()
        self._times = list[Any]()
        self._reply: _Told | None = None
        self._asked = list[int]()
        self._outputs: dict[str, int] = {}
        self._ends: dict[str, dict[str, Any]] = {}

    def take(self, line: Line) -> None:
        """Go on by one line; raises `Unusual` for one of another shape."""
        kind, payload = line.type, line.payload
        if payload is None or not isinstance(kind, str) or (self.meta is None and kind != "session_meta"):
            raise Unusual
        self._times.append(line.timestamp)
        if kind == "response_item":
            self._item(payload)
        elif kind == "event_msg":
            self._event(payload)
        elif kind in ("session_meta", "turn_context"):
            if self.meta is None:
                self.meta = _own_header(payload)
            if kind == "turn_context":
                self.cwd = values.word(payload.cwd)
            self._name(payload.model)
        elif kind == "token_usage_record":
            self._count(payload.thread_token_usage, payload.usage)
        elif kind == "inter_agent_communication":
            raise Unusual

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """When the first record with a time came, and the last one."""
        first, last = (map(values.epoch, times) for times in (self._times, reversed(self._times)))
        return next((at for at in first if at is not None), None), next((at for at in last if at is not None), None)

    def _name(self, model: Any) -> None:
        if name := values.word(model):
            self.models[name] = None

    def _count(self, total: Any, last: Any) -> None:
        if self.tokens.take(total, last, is_others=False)[0]:
            self._reply = None

    def _item(self, item: Payload) -> None:
        kind = item.type
        if kind == "message":
            self._message(item)
        elif kind == "reasoning":
            self._part()
        elif kind in items.CALLS or kind in items.PROVIDER_CALLS:
            self._part().tools.append(items.name_of(item.type, item.name, item.namespace))
            if kind in items.CALLS:
                call = values.word(item.call_id or item.id)
                self.call_ids.update([call] if call else [])
                self.nameless_calls += call is None
        elif kind in items.OUTPUTS:
            call = values.word(item.call_id) or ""
            self._outputs[call] = self._add(_Told("tool", item))
            if call in self._ends:
                self._ended(call, self._ends.pop(call))
        elif kind == "agent_message":
            raise Unusual

    def _message(self, item: Payload) -> None:
        self.n_messages += 1
        if item.role == "assistant":
            self.n_assistant += 1
            self._part()
            return
        number = self._add(_Told("user" if item.role == "user" else "system", item))
        if item.role == "user" and not _is_context(item):
            self._asked.append(number)

    def _event(self, event: Payload) -> None:
        if event.type == "token_count":
            info = values.record(event.info)
            self._count(info.get("total_token_usage"), info.get("last_token_usage"))
        elif event.type in ENDS:
            self._ended(values.text(event.call_id), event.end())
        elif event.type == "thread_rolled_back":
            self._roll_back(values.amount(event.num_turns) or 0)
        elif event.type == "item_completed":
            item = values.record(event.item)
            if item.get("type") in COMPLETED:
                self._ended(values.text(item.get("id")), item)
        self._name(values.record(event.thread_settings).get("model"))

    def _ended(self, call: str, event: dict[str, Any]) -> None:
        if call in self._outputs:
            self.told[self._outputs[call]].ends.append(event)
            return
        self._ends[call] = event
        if len(self._ends) > MOST_ENDS:
            self._ends.pop(next(iter(self._ends)))

    def _roll_back(self, turns: int) -> None:
        if left := self._asked[-turns:] if turns else []:
            self.told[left[0] :] = [_Told("other")]
            self._outputs = {call: number for call, number in self._outputs.items() if number < left[0]}
            self._asked, self.rolled_back = self._asked[:-turns], self.rolled_back + len(left)
            self._reply = None

    def _part(self) -> _Told:
        if self._reply is None:
            self._add(reply := _Told("assistant"))
            self._reply = reply
        return self._reply

    def _add(self, told: _Told) -> int:
        self._reply = None
        self.told.append(told)
        return len(self.told) - 1


def _own_header(meta: Payload) -> Payload:
    """The session's header; of a fork or a sub-agent, what is copied is told apart by the reader."""
    if meta.forked_from_id or meta.parent_thread_id or values.record(meta.source).get("subagent"):
        raise Unusual
    return meta


def _is_context(item: Payload) -> bool:
    return items.is_context(item.message_item(), _text(item))


def _text(item: Payload) -> str:
    return items.said_in({"content": without_blobs(item.content)})[0]


def _has_failed(told: _Told) -> bool:
    """Whether an observation says, or an event at its end, that the call failed."""
    assert told.item is not None
    draft = items.observation_of(without_blobs(told.item.output_item()))
    for event in told.ends:
        items.add_facts(draft, event)
    return bool(draft.failed or (draft.failed is None and draft.exit_code))


def _summary(source: Source, rollout: _Rollout, size: int, mtime_ns: int) -> Summary:
    meta, (first, last) = rollout.meta, rollout.ends
    if meta is None or not (rollout.n_messages or rollout.call_ids):
        raise Unusual
    observed = [one for one in rollout.told if one.role in ("assistant", "tool")]
    run = Trajectory(
        format=CodexReader.name,
        path=source.path,
        model=",".join(rollout.models) or None,
        task=_task(rollout.told),
        started_at=first,
        seconds=None if first is None or last is None or last < first else last - first,
        usage=rollout.tokens.own or Usage(),
        counts=Counts(rollout.n_messages, rollout.n_assistant, len(rollout.call_ids) + rollout.nameless_calls),
        repo=values.word(meta.cwd) or rollout.cwd,
        warnings=tuple(rolled_back_warning(rollout.rolled_back)),
    )
    return replace(
        summary_of(run, size, mtime_ns),
        n_steps=steps_in([one.role for one in observed]),
        has_error=any(_has_failed(one) for one in observed if one.role == "tool"),
        tools=words(dict.fromkeys(tool for one in observed for tool in one.tools), TOOLS_KEPT),
    )


def _task(told: Iterable[_Told]) -> str | None:
    """What a person asked for first; where nobody did, what Codex said in a person's name."""
    said = [one.item for one in told if one.role == "user" and one.item]
    asked = (text for item in said if (text := _text(item)) and not _is_context(item))
    return next(asked, None) or next(map(_text, said), None)
