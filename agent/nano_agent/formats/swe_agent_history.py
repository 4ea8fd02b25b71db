"""SWE-agent's history as messages, with what its trajectory says of each step: times, and steps the history lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nano_agent.formats import chat, values
from nano_agent.trajectory import Message

_COMMANDS = frozenset(
    (
        *("open", "goto", "scroll_up", "scroll_down", "create", "edit", "insert", "search_dir", "search_file"),
        *("find_file", "submit", "str_replace_editor", "set_cursors", "exit_forfeit", "bash"),
    )
)
"""The commands of SWE-agent's own interface; any other action is a shell command."""
_LOOKAHEAD = 8
"""How many steps may lack a reply in the history before the next one that has it."""
_PROMPTS = ("query", "messages")
"""Where a step repeats everything that the model was asked with; its size grows with every step."""
_TIMED_OUT = "EXECUTION TIMED OUT"


_IN_HISTORY, _FROM_STEP, _PROMPT = 0, 1, 3
"""What a message is made of, for building it again: a record of the history, a step (its reply, and after it its
observation), or a prompt of a step (and after it the next ones)."""

Put = Callable[[Message, Sequence[Any], int], None]
"""Takes the next message, what it was made of, and how."""


@dataclass(frozen=True, slots=True)
class Told:
    """The messages of a run."""

    messages: Sequence[Message]
    in_history: int
    """How many of them the history has; the rest are steps that only the trajectory has."""
    unmatched: int
    """Steps in the midst of the trajectory that the history lacks."""


def messages_of(history: Sequence[Any], steps: Sequence[Any]) -> Told:
    """The history's messages, then the steps behind its end; all from the steps where there is no history."""
    messages = list[Message]()
    records = [record for record in history if record is not None]
    steps = [step for step in steps if isinstance(step, dict)]
    in_history, unmatched = tell(records, steps, lambda message, made_of, how: messages.append(message))
    return Told(messages, len(messages) if in_history is None else in_history, unmatched)


def tell(records: Iterable[Any], steps: Sequence[Mapping[str, Any]], put: Put) -> tuple[int | None, int]:
    """Tell the messages one by one; returns how many the history has, `None` without one, and the unmatched steps."""
    used = unmatched = in_history = 0
    before: Mapping[str, Any] = {}
    step: Mapping[str, Any] | None = None
    for record in records:
        in_history += 1
        if not isinstance(record, dict):
            put(Message("other", note="not a message", raw=record), [record], _IN_HISTORY)
            continue
        if record.get("role") == "assistant":
            at = None if record.get("is_demo") else _matching(record, steps, used)
            step = steps[at] if at is not None else None
            if at is not None:
                unmatched, used = unmatched + at - used, at + 1
            put(_reply(record, step), [record, step] if step else [record], _IN_HISTORY)
        else:
            put(_other(record, before, step), [record], _IN_HISTORY)
            step = None
        before = record
    if not in_history:
        for i, prompt in enumerate(_prompts(steps)):
            put(prompt, [steps[0]], _PROMPT + i)
    for at in range(used, len(steps)):
        for how, message in enumerate(_messages_of_step(steps[at]), _FROM_STEP):
            put(message, [steps[at]], how)
    return in_history or None, unmatched


def alone(made_of: Sequence[Any], how: int) -> Message:
    """A message of what it was made of, without what other records say of it."""
    record: dict[str, Any] = made_of[0]
    if how >= _PROMPT:
        return list(_prompts([record]))[how - _PROMPT]
    if how != _IN_HISTORY:
        return list(_messages_of_step(record))[how - _FROM_STEP]
    if record.get("role") == "assistant":
        return _reply(record, made_of[1] if len(made_of) > 1 else None)
    return _other(record, {}, None)


def _matching(record: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], start: int) -> int | None:
    """The next step with this reply's action, or with its text where it has no action."""
    action, text = values.text(record.get("action")).strip(), values.joined_text(record.get("content")).strip()
    for at in range(start, min(start + _LOOKAHEAD, len(steps))):
        step = steps[at]
        if action and values.text(step.get("action")).strip() == action:
            return at
        if text and text in (values.text(step.get("response")).strip(), values.text(step.get("thought")).strip()):
            return at
    return None


def _reply(record: dict[str, Any], step: Mapping[str, Any] | None) -> Message:
    calls = chat.calls_of(record) or _action(record.get("action"))
    note = "demonstration" if record.get("is_demo") else ""
    return chat.message_of(
        record, tool_calls=calls, name=None, note=note, raw=[record, _slim(step)] if step else record
    )


def _action(action: Any) -> tuple[Any, ...]:
    """The command that was found in a reply's text."""
    if not isinstance(action, str) or not action.strip():
        return ()
    first = action.split(None, 1)[0]
    name = first if first in _COMMANDS else "bash"
    return (values.tool_call(None, name, {"command": action.rstrip("\n")}, from_text=True),)


def _other(record: dict[str, Any], before: Mapping[str, Any], step: Mapping[str, Any] | None) -> Message:
    """A prompt, or what the environment answered; text protocols answer as the user."""
    if record.get("is_demo"):
        return chat.message_of(record, answers=_answers(record, before), note="demonstration")
    answers = _answers(record, before)
    observed = answers or record.get("role") == "tool"
    ids = values.items(record.get("tool_call_ids"))
    return chat.message_of(
        record,
        answers=answers,
        call_id=values.word(ids[0] if ids else record.get("tool_call_id")),
        seconds=values.number(step.get("execution_time")) if step and observed else None,
        failed=True if observed and _TIMED_OUT in values.joined_text(record.get("content"))[:200] else None,
    )


def _answers(record: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a user's message is the observation of the action before it; a demonstration ends with an action too."""
    return (
        record.get("role") == "user"
        and before.get("role") == "assistant"
        and bool(record.get("is_demo")) == bool(before.get("is_demo"))
    )


def _prompts(steps: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    """What the model was first asked with, from the first step."""
    for key in _PROMPTS:
        if steps and isinstance(steps[0].get(key), list):
            yield from (chat.message_of(record) for record in steps[0][key] if isinstance(record, dict))
            return


def _messages_of_step(step: Mapping[str, Any]) -> Iterator[Message]:
    """A step as a reply and its observation."""
    raw = _slim(step)
    text = values.text(step.get("response")) or values.text(step.get("thought"))
    yield Message("assistant", text, tool_calls=_action(step.get("action")), raw=raw)
    if isinstance(observation := step.get("observation"), str):
        seconds = values.number(step.get("execution_time"))
        yield Message("user", observation, answers=True, seconds=seconds, raw=raw)


def _slim(step: Mapping[str, Any] | None) -> dict[str, Any]:
    """The step without the prompts that it repeats."""
    return {key: value for key, value in (step or {}).items() if key not in _PROMPTS}
