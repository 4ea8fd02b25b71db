"""Messages of mini-swe-agent 1.x: text only, the command in a fenced block, the answer as the user's next message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nano_agent.formats import chat, values
from nano_agent.formats.mini_swe_costs import Prices
from nano_agent.formats.spans import Span
from nano_agent.formats.stored import HeldMessages, StoredMessages
from nano_agent.trajectory import Message

_RETURNCODE = re.compile(r"\s*<returncode>\s*(-?\d{1,9})\s*</returncode>")
_TIMED_OUT = re.compile(r"The last command <command>.*?</command> timed out", re.DOTALL)
_SENTINELS = (
    "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT",
    "MINI_SWE_AGENT_FINAL_OUTPUT",
    "MICRO_SWE_AGENT_FINAL_OUTPUT",
)
_OPENER = re.compile(r"```(?:bash|mswea_bash_command)[^\S\n]*\n")
_CLOSER = re.compile(r"\n```")
_REGEX_TOKEN = re.compile(r"(\\s[*+]?|\\n[*+]?)|\\([^\w\s])|([^\\.*+?()\[\]{}|^$])")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a file as a whole says of its messages."""

    fence: tuple[re.Pattern[str], re.Pattern[str]]
    """The opening and the closing of a command."""
    prices: Prices
    asks: bool
    """Whether replies are kept with the provider's response; then one without is none of the model's."""
    status: str | None

    @staticmethod
    def of(records: Iterable[Any], prices: Prices, action_regex: Any, status: str | None) -> Rules:
        """As some records and the settings say; `action_regex` is the file's own pattern for commands, if any."""
        return Rules(_fence(action_regex) or (_OPENER, _CLOSER), prices, any(map(has_response, records)), status)


def has_response(record: Any) -> bool:
    """Whether a record keeps what the provider answered."""
    return isinstance(record, dict) and "response" in values.record(record.get("extra"))


def messages_of(records: Sequence[Any], rules: Rules) -> HeldMessages:
    """The history."""
    messages = HeldMessages()
    walk = Walk(messages, rules)
    for record in records:
        walk.take(Span(0, 0, record))
    walk.end()
    return messages


def alone(record: dict[str, Any], rules: Rules) -> Message:
    """A message without what other records say of it."""
    message = chat.message_of(record)
    if message.role != "assistant":
        return message
    return _reply(message, record, _commands(message.text, *rules.fence), rules, None)


class Walk:
    """One pass over the records, the last of which tells how the run ended."""

    def __init__(self, messages: HeldMessages | StoredMessages, rules: Rules) -> None:
        self._messages, self._rules = messages, rules
        self._waiting: Span | None = None
        self._found: list[str] | None = None
        self._before: float | None = None

    def take(self, span: Span) -> None:
        """Add the next record."""
        if self._waiting is not None:
            self._put(self._waiting, "")
        self._waiting = span

    def end(self) -> None:
        """There are no more records."""
        if self._waiting is not None:
            self._put(self._waiting, self._rules.status)

    def _put(self, span: Span, status: str | None) -> None:
        record = span.value
        if not isinstance(record, dict):
            self._messages.put(Message("other", note="not a message", raw=record), span)
            return
        at, before = values.epoch(record.get("timestamp")), self._before
        message = replace(chat.message_of(record), timestamp=at)
        seconds = at - before if at is not None and before is not None and at >= before else None
        if message.role == "assistant":
            self._found = _commands(message.text, *self._rules.fence)
            message = _reply(message, record, self._found, self._rules, seconds)
        elif message.role == "user" and self._found is not None:
            message = _answer(message, self._found, seconds, status)
            self._found = None
        self._messages.put(message, span)
        self._before = at


def _reply(message: Message, record: dict[str, Any], found: list[str], rules: Rules, seconds: float | None) -> Message:
    extra = values.record(record.get("extra"))
    # Commands that a person typed are saved as replies; no call to the model stands behind them.
    typed = rules.asks and not extra and message.text.startswith("\n```bash\n")
    calls = [values.tool_call(None, "bash", {"command": command}, from_text=True) for command in found]
    return replace(
        message,
        tool_calls=(calls[0],) if len(calls) == 1 else (),
        usage=rules.prices.usage(extra, extra.get("response")),
        seconds=None if typed else seconds,
        note="command typed by the user" if typed else "",
    )


def _answer(message: Message, found: list[str], seconds: float | None, status: str | None) -> Message:
    """What came back; `status` is the run's for the last message, `""` for any other."""
    if len(found) != 1:
        if status and not message.text:
            return replace(message, note=status)
        return replace(message, answers=True, failed=True, note="format error")
    code = _RETURNCODE.match(message.text)
    if code is not None:
        number = int(code[1])
        return replace(message, answers=True, seconds=seconds, exit_code=number, failed=number != 0)
    if _TIMED_OUT.match(message.text):
        return replace(message, answers=True, seconds=seconds, failed=True, note="timed out")
    if status == "Submitted" or (status is None and any(sentinel in found[0] for sentinel in _SENTINELS)):
        return replace(message, answers=True, seconds=seconds, failed=False, note="submitted")
    if status:
        return replace(message, note=status)
    return replace(message, answers=True, seconds=seconds)


def _commands(text: str, opener: re.Pattern[str], closer: re.Pattern[str]) -> list[str]:
    """The commands in a reply, each between a fence's opening and the next closing; in time linear in the text."""
    commands, at = list[str](), 0
    while (start := opener.search(text, at)) is not None:
        end = closer.search(text, start.end())
        if end is None:
            break
        commands.append(text[start.end() : end.start()].strip())
        at = end.end()
    return commands


def _fence(pattern: Any) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """The opening and closing of a file's own pattern, when it is literal text around one `(.*?)`.

    Any other pattern is left alone: a file from elsewhere could hold one that never ends.
    """
    parts = pattern.split("(.*?)") if isinstance(pattern, str) else []
    if len(parts) != 2:
        return None
    opener, closer = (_literal(part) for part in parts)
    return (re.compile(opener), re.compile(closer)) if opener and closer else None


def _literal(part: str) -> str | None:
    """A regular expression for literal text and white space, made anew; `None` when there is more in it."""
    made, at = "", 0
    while at < len(part):
        token = _REGEX_TOKEN.match(part, at)
        if token is None:
            return None
        made += token[1].rstrip("+") if token[1] else re.escape(token[2] or token[3])
        at = token.end()
    return made
