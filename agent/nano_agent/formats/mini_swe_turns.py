"""Messages of mini-swe-agent 2.x: the provider's own message with a key `extra` for what the agent did with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nano_agent.formats import chat, values
from nano_agent.formats.mini_swe_costs import Prices
from nano_agent.formats.mini_swe_rejected import REJECTED, rejected_reply
from nano_agent.formats.responses import is_response, reply_of
from nano_agent.formats.spans import Span
from nano_agent.formats.stored import HeldMessages, StoredMessages
from nano_agent.trajectory import Message, ToolCall

__all__ = ["NOT_RUN", "REJECTED", "Walk", "alone", "asks_first", "is_second_version", "messages_of"]

NOT_RUN = "action was not executed"
_INTERRUPTS = {
    "FormatError": "format error",
    "UserInterruption": "interrupted by the user",
    "UserRejection": "rejected by the user",
    "UserNewTask": "new task from the user",
}
_NOT_RUN_BECAUSE = {
    "UserInterruption": "not run or broken off: the user interrupted",
    "UserRejection": "not run: rejected by the user",
    "UserNewTask": "submitted; the user went on with a new task",
    "Submitted": "submitted",
}


def is_second_version(records: Sequence[Any], stated: Any) -> bool:
    """Whether the records are those of 2.x: any with actions is, whatever the file states."""
    if any(isinstance(r, dict) and "actions" in values.record(r.get("extra")) for r in records):
        return True
    return isinstance(stated, str) and stated.startswith("mini-swe-agent-") and stated != "mini-swe-agent-1"


def asks_first(config: dict[str, Any]) -> bool:
    """Whether the settings have a person asked before a command runs."""
    return values.record(config.get("agent")).get("mode") in ("confirm", "human")


def messages_of(records: Sequence[Any], prices: Prices, *, asks_first: bool) -> list[Message]:
    """The history; `asks_first` says that the settings have a person asked before a command runs."""
    messages = HeldMessages()
    walk = Walk(messages, prices)
    for record in records:
        walk.take(Span(0, 0, record))
    walk.end(asks_first=asks_first)
    return messages


def alone(record: Any, part: int, prices: Prices) -> Message:
    """One of the messages that a record stands for, without what other records say of it."""
    messages = HeldMessages()
    Walk(messages, prices).take(Span(0, 0, record))
    return messages[part]


class Walk:
    """One pass over the records, which remembers the turn that is being answered."""

    def __init__(self, messages: HeldMessages | StoredMessages, prices: Prices) -> None:
        self.messages = messages
        self._prices = prices
        self._span = Span(0, 0, None)
        self._part = 0
        self._asked: float | None = None
        self._replied: float | None = None
        self._typed: ToolCall | None = None
        self._calls = 0
        self._submitted = False
        self._not_run = list[int]()
        self._timed = list[int]()
        self._may_wait = False

    def take(self, span: Span) -> None:
        """Add what a record stands for."""
        self._span, self._part, record = span, 0, span.value
        if not isinstance(record, dict):
            self._put(Message("other", note="not a message", raw=record))
            return
        extra = values.record(record.get("extra"))
        if not _is_observation(record, extra):
            self._settle(values.text(extra.get("interrupt_type")) or values.text(extra.get("exit_status")))
        self._may_wait = self._may_wait or _steps_in(record)
        if record.get("role") == "exit" or "exit_status" in extra:
            self._put(_plain(record, role="exit", note=values.text(extra.get("exit_status"))))
        elif is_response(record) or record.get("role") == "assistant":
            self._reply(record, extra)
        elif _is_observation(record, extra):
            self._observation(record, extra)
        else:
            self._words(record, extra)

    def end(self, *, asks_first: bool) -> None:
        """There are no more records."""
        self._settle("")
        # The settings keep only the last mode: a person who stepped in once may have been asked at any time.
        if asks_first or self._may_wait:
            for index in self._timed:
                self.messages.change(index, seconds=None)

    def _put(self, message: Message, **odd: Any) -> None:
        self.messages.put(message, self._span, self._part, **odd)
        self._part += 1

    def _reply(self, record: dict[str, Any], extra: dict[str, Any]) -> None:
        at = values.epoch(extra.get("timestamp"))
        response = record if (is_new := is_response(record)) else extra.get("response")
        fields: dict[str, Any] = {
            "usage": self._prices.usage(extra, response),
            "timestamp": at,
            "seconds": _between(self._asked, at),
        }
        actions = values.items(extra.get("actions"))
        if actions and not is_new and not (record.get("tool_calls") or record.get("function_call")):
            fields["tool_calls"] = tuple(map(_text_action, actions))
        message = (reply_of if is_new else chat.message_of)(record, **fields)
        self._put(message)
        self._asked, self._replied, self._typed = None, at, None
        self._calls, self._submitted = len(message.tool_calls), False

    def _observation(self, record: dict[str, Any], extra: dict[str, Any]) -> None:
        at = values.epoch(extra.get("timestamp"))
        code, failed, note = _outcome(extra)
        output = values.word(extra.get("raw_output"))
        not_run = extra.get("exception_info") == NOT_RUN
        seconds = _between(self._replied, at) if self._calls == 1 and not not_run else None
        if not_run:
            self._not_run.append(len(self.messages))
        if seconds is not None:
            self._timed.append(len(self.messages))
        typed = {"tool_calls": (self._typed,)} if self._typed else {}
        message = _plain(
            record,
            timestamp=at,
            answers=record.get("role") == "user",
            seconds=seconds,
            exit_code=code,
            failed=failed,
            output=output if output != record.get("content") else None,
            note=note,
            **{"tool_calls": (), **typed},
        )
        self._put(message, **typed)
        self._asked = None if self._typed else at
        self._typed = None

    def _settle(self, ending: str) -> None:
        """Say why the last actions were not run: by what came next, the kind of interrupt or the exit status."""
        for index in self._not_run:
            why = ending
            if why == "Submitted" and self._submitted:
                why = ""  # the calls behind the submitting one in the same turn
            self._submitted = self._submitted or why == "Submitted"
            failed = False if why == "Submitted" else None
            self.messages.change(index, failed=failed, note=_NOT_RUN_BECAUSE.get(why, "not run"))
        self._not_run.clear()

    def _words(self, record: dict[str, Any], extra: dict[str, Any]) -> None:
        """Prompts, a rejected turn's error, the user's words, a command that the user typed."""
        interrupt = values.text(extra.get("interrupt_type"))
        if interrupt == "FormatError":
            if (reply := rejected_reply(extra, self._prices)) is not None:
                self._put(reply)
            self._put(_plain(record, answers=reply is not None, failed=True, note="format error"))
            self._asked = self._replied = None
            return
        typed = [action for action in values.items(extra.get("actions")) if isinstance(action, dict)]
        note = "command typed by the user" if typed else _INTERRUPTS.get(interrupt, interrupt)
        self._put(_plain(record, note=note))
        self._asked = self._replied = None
        # The call goes with its result, which is a step of its own: no reply asked for it.
        self._typed, self._calls = (_text_action(typed[0]) if typed else None), 0


def _steps_in(record: Any) -> bool:
    """Whether a record shows a person at work: their words, or a command that they typed."""
    if not isinstance(record, dict) or record.get("role") != "user":
        return False
    extra = values.record(record.get("extra"))
    return "actions" in extra or values.text(extra.get("interrupt_type")).startswith("User")


def _plain(record: dict[str, Any], **fields: Any) -> Message:
    """A record as a message, under the names of either API."""
    if record.get("type") == "function_call_output":
        fields |= {
            "role": "tool",
            "text": values.joined_text(record.get("output")),
            "call_id": values.word(record.get("call_id")),
        }
    return chat.message_of(record, **fields)


def _is_observation(record: dict[str, Any], extra: dict[str, Any]) -> bool:
    if record.get("role") == "tool" or record.get("type") == "function_call_output":
        return True
    return record.get("role") == "user" and "returncode" in extra


def _outcome(extra: dict[str, Any]) -> tuple[int | None, bool | None, str]:
    """Exit code, failure and note of an observation; -1 stands for several things. Why it was not run shows later."""
    code, error = values.integer(extra.get("returncode")), values.text(extra.get("exception_info"))
    if error == NOT_RUN:
        return None, None, ""
    if values.text(extra.get("exception_type")).startswith("Timeout"):
        return code, True, "timed out"
    return code, bool(error or code) if error or code is not None else None, ""


def _text_action(action: Any) -> ToolCall:
    """A command that was found in a reply's text, or that a person typed."""
    command = values.record(action).get("command", action)
    return values.tool_call(None, "bash", {"command": command}, from_text=True)


def _between(start: float | None, end: float | None) -> float | None:
    """Seconds from one time to another; clocks that went backwards say nothing."""
    return end - start if start is not None and end is not None and end >= start else None
