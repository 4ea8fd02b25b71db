"""Events of OpenHands' software agent SDK (1.x): each says its `kind`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.branches import Parents, branches_beside
from nano_agent.formats.draft import Draft
from nano_agent.formats.openhands_told import Told, metrics_usage
from nano_agent.formats.placed import HeldRecords, PlacedRecords
from nano_agent.formats.shelf import Shelf, shelf
from nano_agent.formats.source import Source
from nano_agent.trajectory import Role, Usage

Record = dict[str, Any]

_SUFFIXES = ("Event", "Observation", "Condensation", "CondensationRequest")
_KINDS = frozenset(
    """ActionEvent ObservationEvent MessageEvent SystemPromptEvent AgentErrorEvent Condensation PauseEvent
    ConversationStateUpdateEvent""".split()  # noqa: SIM905 - a list of words reads better so
)
_ROLES: dict[str, Role] = {"assistant": "assistant", "system": "system"}
# State for the screen, no part of the conversation; there may be thousands.
_STATE = ("ConversationStateUpdateEvent", "StreamingDeltaEvent", "LLMCompletionLogEvent", "TokenEvent")


def told_by(source: Source, records: HeldRecords | PlacedRecords, state: Record) -> Told:
    """What the events tell; `state` is the conversation's `base_state.json`, empty where there is none."""
    told, tree = Told(shelf(source, records, replay)), _Tree()
    teller = _Teller(told)
    for event in records:
        tree.take(event)
        teller.take(event)
    if branches := tree.branches(state):
        told = _without(source, records, branches)
        n = len(branches)
        told.warnings.append(f"{n} abandoned branch{'es' * (n > 1)}: shown, but no part of the history.")
    told.events, told.replies, told.calls = len(tree), tree.replies, tree.calls
    _add_state(told, state)
    return told


def replay(events: Iterable[Record]) -> list[Draft]:
    """What events lead to when there are no others."""
    teller = _Teller(Told(Shelf(replay)))
    for event in events:
        teller.take(event)
    return teller.told.drafts.drafts


def _without(source: Source, records: HeldRecords | PlacedRecords, branches: Mapping[int, Sequence[int]]) -> Told:
    """The same once more, now that it is known what lies beside the history."""
    beside = {number for members in branches.values() for number in members}
    told = Told(shelf(source, records, replay))
    teller = _Teller(told)
    for number, event in enumerate(records):
        if number in branches:
            gone = shelf(source, records, replay, watched=False)
            other = _Teller(Told(gone))
            for member in branches[number]:
                other.take(records.at(member))
            if len(messages := gone.messages()):
                told.drafts.put_aside("abandoned branch", messages)
        if number not in beside:
            teller.take(event)
    return told


def is_event(value: Any) -> bool:
    """Whether this is one event of this generation."""
    event = values.record(value)
    kind = event.get("kind")
    return isinstance(kind, str) and (kind in _KINDS or ("source" in event and kind.endswith(_SUFFIXES)))


class _Teller:
    def __init__(self, told: Told) -> None:
        self.told = told
        self._replies: dict[str, int] = {}

    def take(self, event: Record) -> None:
        """Go on by one event."""
        kind, time = values.text(event.get("kind")), values.epoch(event.get("timestamp"))
        if kind == "SystemPromptEvent":
            parts = (event.get("system_prompt"), event.get("dynamic_context"))
            self.told.tools = [tool for tool in values.items(event.get("tools")) if isinstance(tool, dict)] or None
            self._add(Draft("system", [values.joined_text(part) for part in parts], timestamp=time), event)
        elif kind == "MessageEvent":
            self._message(event, time)
        elif kind == "ActionEvent":
            self._action(event, time)
        elif "tool_call_id" in event and (kind.endswith("Observation") or "observation" in event or "error" in event):
            self._add(_observation(event, time), event)
        elif kind == "CondensationSummaryEvent":
            self._add(Draft("user", [values.text(event.get("summary"))], timestamp=time, note="summary"), event)
        elif kind not in _STATE:
            text = next(
                (t for key in ("summary", "detail", "message", "error") if (t := values.text(event.get(key)))), ""
            )
            self.told.other(event, kind.removesuffix("Event") or "event", text)
            if kind == "ConversationErrorEvent":
                self.told.reason = text or values.word(event.get("code"))

    def _message(self, event: Record, time: float | None) -> None:
        message = values.record(event.get("llm_message"))
        by_agent: Role = "assistant" if event.get("source") == "agent" else "user"
        role = _ROLES.get(values.text(message["role"]), "user") if "role" in message else by_agent
        texts = [values.joined_text(message.get("content")), values.joined_text(event.get("extended_content"))]
        draft = Draft(role, texts, timestamp=time)
        draft.thoughts.append(values.text(message.get("reasoning_content")))
        self._add(draft, event)

    def _action(self, event: Record, time: float | None) -> None:
        """A call; those of one response of the model are of one reply."""
        identity = values.word(event.get("llm_response_id"))
        number = self._replies.get(identity) if identity else None
        if number is None:
            number = self.told.drafts.append(Draft("assistant", timestamp=time))
            if identity:
                self._replies[identity] = number
        draft = self.told.drafts.at(number)
        draft.raws.append(event)
        draft.texts.append(values.joined_text(event.get("thought")))
        draft.thoughts.append(values.text(event.get("reasoning_content")))
        call, action = values.record(event.get("tool_call")), values.record(event.get("action"))
        written = call.get("arguments", values.record(call.get("function")).get("arguments"))
        arguments = {key: value for key, value in action.items() if key != "kind"} if written is None else written
        name = event.get("tool_name") or call.get("name") or action.get("kind")
        draft.calls.append(values.tool_call(event.get("tool_call_id"), name, arguments))

    def _add(self, draft: Draft, event: Record) -> None:
        draft.raws.append(event)
        self.told.drafts.append(draft)


def _observation(event: Record, time: float | None) -> Draft:
    """The answer to a call: a result, an error of the program, or a person's refusal."""
    seen = event.get("observation")
    result = values.record(seen)
    shown = (result.get("content"), result.get("output"), seen, event.get("error"), event.get("rejection_reason"))
    text = next((text for text in map(values.joined_text, shown) if text), "")
    draft = Draft("tool", [text], call_id=values.word(event.get("tool_call_id")), timestamp=time)
    draft.name = values.word(event.get("tool_name"))
    codes = (values.integer(holder.get("exit_code")) for holder in (result, values.record(result.get("metadata"))))
    code = next((code for code in codes if code is not None), None)
    draft.exit_code = None if code == -1 else code
    failed = result.get("is_error")
    draft.failed = failed if isinstance(failed, bool) else None if "observation" in event else True
    return draft


class _Tree:
    """How the events hang together, and how often the agent spoke or acted and made a call, in all branches."""

    def __init__(self) -> None:
        self.replies = self.calls = 0
        self._parents = Parents("id", "parent_id")
        self._places: dict[int, int] = {}
        self._is_tree = False

    def __len__(self) -> int:
        return len(self._parents.numbers)

    def take(self, event: Record) -> None:
        """Add the next event."""
        self._is_tree = self._is_tree or isinstance(event.get("parent_id"), str)
        if identity := values.word(event.get("id")):
            self._places[hash(identity)] = len(self)
        self._parents.take(event)
        if event.get("source") == "agent" or "action" in event:
            acts = event.get("kind") == "ActionEvent"
            self.replies += acts or event.get("kind") == "MessageEvent"
            self.calls += acts

    def branches(self, state: Record) -> dict[int, list[int]]:
        """The branches that the conversation left; without parents it is a plain list."""
        if not self._is_tree:
            return {}
        leaf = state.get("leaf_event_id")
        place = self._places.get(hash(leaf)) if isinstance(leaf, str) else None
        return branches_beside(self._parents.numbers, len(self) - 1 if place is None else place)


def _add_state(told: Told, state: Record) -> None:
    """What the conversation's state says: how it ended, which models it asked, and what they cost."""
    told.status = values.word(state.get("execution_status")) or values.word(state.get("agent_status"))
    metrics = values.record(values.record(state.get("stats")).get("usage_to_metrics")).values()
    usages = [usage for usage in map(metrics_usage, metrics) if usage is not None]
    if usages:
        told.usage = Usage(
            _sum([usage.prompt_tokens for usage in usages]),
            _sum([usage.completion_tokens for usage in usages]),
            _sum([usage.cached_tokens for usage in usages]),
            _sum([usage.reasoning_tokens for usage in usages]),
            _dollars([usage.cost_usd for usage in usages]),
        )
    model = values.word(values.record(values.record(state.get("agent")).get("llm")).get("model"))
    told.models |= {model: None} if model else {}


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _dollars(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
