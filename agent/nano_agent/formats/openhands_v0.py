"""Events of OpenHands until 0.x: an `action` or an `observation` each, flat, nested in `args`, or in pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.openhands_told import Told, metrics_usage
from nano_agent.formats.shelf import Shelf
from nano_agent.trajectory import Role, ToolCall

Record = dict[str, Any]

_SPOKEN = ("message", "finish", "reject", "system")
# Actions of the program itself.
_INTERNAL = ("null", "change_agent_state", "recall", "condensation", "condensation_request", "pause", "resume", "init")
_QUIET = ("null", "agent_state_changed", "recall", "agent_condensation", "success")
_FINAL_STATES = ("finished", "error", "stopped", "rejected")
# What stands among an action's arguments without being one.
_NO_ARGUMENTS = frozenset(
    """thought action observation keep_prompt is_confirmed confirmation_state action_risk security_risk blocking hidden
    kernel_init_code wait_for_response images_urls image_urls id timestamp source message cause timeout
    tool_call_metadata llm_metrics args""".split()  # noqa: SIM905 - a list of words reads better so
)


def told_by(events: Iterable[Record], drafts: Shelf, *, is_begun: bool = False) -> Told:
    """What events tell, whose messages are put on a shelf; `is_begun` says that others came before."""
    teller = _Teller(drafts, is_begun)
    for event in events:
        teller.take(event)
    return teller.told


def replay(events: Iterable[Record]) -> list[Draft]:
    """What events lead to when there are no others."""
    return told_by(events, Shelf(replay), is_begun=True).drafts.drafts


def is_event(value: Any) -> bool:
    """Whether this is one event of this generation."""
    event = values.record(value)
    act, see = isinstance(event.get("action"), str), isinstance(event.get("observation"), str)
    known = any(key in event for key in ("source", "args", "extras", "cause", "is_confirmed", "wait_for_response"))
    return (act or see) and (known or "content" in event or "thought" in event) and "role" not in event


class _Teller:
    def __init__(self, drafts: Shelf, is_begun: bool) -> None:
        self.told = Told(drafts)
        self._replies: dict[str, int] = {}
        self._is_begun = is_begun
        self._last_call: str | None = None

    def take(self, event: Record) -> None:
        """Go on by one event."""
        self.told.events += 1
        self.told.usage = metrics_usage(event.get("llm_metrics")) or self.told.usage
        if isinstance(event.get("observation"), str):
            self._observation(event, event["observation"])
        elif isinstance(event.get("action"), str):
            self._action(event, event["action"])
        else:
            self.told.other(event, "event")

    def _action(self, event: Record, action: str) -> None:
        args = values.record(event.get("args")) or event
        if action in _INTERNAL:
            self.told.other(event, action, values.text(event.get("message")))
            return
        if action == "system":
            self.told.tools = [tool for tool in values.items(args.get("tools")) if isinstance(tool, dict)] or None
            self._say("system", event, args)
            return
        if self._is_persons(event, action):
            self._say("user", event, args, "" if action == "message" else f"the person's own {action}")
            return
        self.told.replies += 1
        draft = self._reply(event)
        if action in _SPOKEN:
            draft.texts.append(_words(event, args))
            draft.note = "" if action == "message" else action
            return
        self.told.calls += 1
        thought = values.text(args.get("thought"))
        if thought not in draft.texts:
            draft.texts.append(thought)
        draft.calls.append(self._call(event, args, action))

    def _is_persons(self, event: Record, action: str) -> bool:
        """Whether a person acts; versions that name no source begin with the task."""
        if event.get("source") is None:
            return action == "message" and not self._is_begun
        return event.get("source") == "user"

    def _reply(self, event: Record) -> Draft:
        """The reply that an action belongs to: several are of one when the model answered once for all."""
        response = values.record(_metadata(event).get("model_response"))
        identity = values.word(response.get("id"))
        number = self._replies.get(identity) if identity else None
        if number is None:
            draft = Draft("assistant", timestamp=values.epoch(event.get("timestamp")))
            draft.usage = values.openai_usage(response.get("usage"))
            draft.thoughts.append(_reasoning(response))
            number = self._add(draft)
            if identity:
                self._replies[identity] = number
        draft = self.told.drafts.at(number)
        if model := values.word(response.get("model")):
            self.told.models[model] = None
        draft.raws.append(event)
        return draft

    def _call(self, event: Record, args: Record, action: str) -> ToolCall:
        metadata = _metadata(event)
        written = _written_call(metadata)
        identity = values.word(metadata.get("tool_call_id")) or _name(event.get("id"))
        self._last_call = identity
        if written is not None:
            return values.tool_call(identity, metadata.get("function_name") or action, written)
        arguments = {key: value for key, value in args.items() if key not in _NO_ARGUMENTS}
        return values.tool_call(identity, action, arguments)

    def _observation(self, event: Record, kind: str) -> None:
        state = values.text(values.record(event.get("extras")).get("agent_state"))
        if kind == "agent_state_changed":
            self.told.status = state if state in _FINAL_STATES else None
        if kind in _QUIET:
            self.told.other(event, kind, values.text(event.get("content")) or state)
            return
        metadata, failed = _metadata(event), event.get("success")
        draft = Draft("tool", [values.joined_text(event.get("content"))], raws=[event])
        draft.timestamp = values.epoch(event.get("timestamp"))
        # Without ids an observation follows its action.
        cause = values.word(metadata.get("tool_call_id")) or _name(event.get("cause"))
        draft.call_id = cause or (self._last_call if "cause" not in event else None)
        draft.known = () if cause else ("call_id",)
        draft.name = values.word(metadata.get("function_name")) or kind
        draft.exit_code = _exit_code(event)
        draft.failed = True if kind in ("error", "user_rejected") else not failed if isinstance(failed, bool) else None
        self._add(draft)

    def _say(self, role: Role, event: Record, args: Record, note: str = "") -> None:
        time = values.epoch(event.get("timestamp"))
        # Alone, one without a source looks like a reply.
        self._add(Draft(role, [_words(event, args)], raws=[event], timestamp=time, note=note, known=("reasoning",)))

    def _add(self, draft: Draft) -> int:
        self._is_begun = True
        return self.told.drafts.append(draft)


def flat(history: Iterable[Any]) -> Iterator[Record]:
    """The events in a list of them, or of pairs of an action and its observation."""
    for entry in history:
        for event in entry if isinstance(entry, list) else [entry]:
            if isinstance(event, dict):
                yield event


def _words(event: Record, args: Record) -> str:
    """What is said in an action: each kind keeps it elsewhere."""
    outputs = values.record(args.get("outputs"))
    said = (args.get("content"), args.get("final_thought"), outputs.get("content"), args.get("thought"))
    command = args.get("command") if event.get("action") == "run" else None
    return next((text for text in map(values.text, (*said, command, event.get("message"))) if text), "")


def _metadata(event: Record) -> Record:
    return values.record(event.get("tool_call_metadata"))


def _message_in(response: Record) -> Record:
    choice = next(iter(values.items(response.get("choices"))), None)
    return values.record(values.record(choice).get("message"))


def _reasoning(response: Record) -> str:
    return values.text(_message_in(response).get("reasoning_content"))


def _written_call(metadata: Record) -> str | None:
    """The arguments as the model wrote them, from its reply, which every event of it repeats."""
    identity = metadata.get("tool_call_id")
    for call in values.items(_message_in(values.record(metadata.get("model_response"))).get("tool_calls")):
        call = values.record(call)
        if call.get("id") == identity and identity is not None:
            return values.word(values.record(call.get("function")).get("arguments"))
    return None


def _exit_code(event: Record) -> int | None:
    """The exit code of a command; -1 says that it was still running, or is not known."""
    extras = values.record(event.get("extras"))
    holders = (values.record(extras.get("metadata")), extras, event)
    codes = (values.integer(holder.get("exit_code")) for holder in holders)
    code = next((code for code in codes if code is not None), None)
    return None if code == -1 else code


def _name(number: Any) -> str | None:
    """An event's number as a call's id."""
    whole = values.integer(number)
    return None if whole is None else str(whole)
