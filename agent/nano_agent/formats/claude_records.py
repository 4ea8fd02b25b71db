"""Records of Claude Code, on disk and in its stream: user and assistant messages in Anthropic's shape."""

from __future__ import annotations

import re
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.quickly import usage_quickly
from nano_agent.formats.shelf import Shelf
from nano_agent.trajectory import Usage

SYNTHETIC = "<synthetic>"
"""The model's name in replies that the program wrote itself, for an error or an interruption."""
BY_PROGRAM = "written by the program"
ANY_USE = ("tool_use", "server_tool_use", "mcp_tool_use")
"""Types of blocks that are calls."""
QUEUED = "said while it worked"
"""The note on what a person typed while the model was at work; it was told between two calls."""
_SAID_BY_PROGRAM = (
    ("<command-name>", "local command"),
    ("<local-command-", "local command"),
    ("Caveat: The messages below were generated", "local command"),
    ("<bash-", "command typed by the user"),
    ("<task-notification>", "task notification"),
    ("[Request interrupted by user", "interrupted"),
    ("This session is being continued from a previous conversation", "compaction summary"),
    ("Stop hook feedback", "hook"),
)
"""How texts begin that are a person's by their role only. A command that is a prompt begins with its message."""
_EXIT_CODE = re.compile(r"(?:Error: )?Exit code (\d{1,3})\b")


class Dialogue:
    """Builds messages from records; the records of one reply, which share `message.id`, become one message."""

    def __init__(self, drafts: Shelf) -> None:
        self.drafts = drafts
        self._replies: dict[str, int] = {}

    def take(self, record: dict[str, Any]) -> None:
        """Add a record of type `user` or `assistant`."""
        if record.get("type") == "assistant":
            self._take_reply(record)
        else:
            self._take_user(record)

    def _take_reply(self, record: dict[str, Any]) -> None:
        message = values.record(record.get("message"))
        identity = values.word(message.get("id"))
        number = self._replies.get(identity) if identity else None
        if number is None:
            number = self.drafts.append(Draft("assistant"))
            if identity:
                self._replies[identity] = number
        draft = self.drafts.at(number)
        draft.raws.append(record)
        draft.timestamp = _time(record) or draft.timestamp
        if message.get("model") == SYNTHETIC:
            draft.note = BY_PROGRAM
        else:
            draft.usage = fuller(draft.usage, anthropic_usage(message.get("usage"), record.get("costUSD")))
        known = {call.id for call in draft.calls if call.id}
        for block in blocks_of(record):
            kind = block.get("type")
            if kind in ANY_USE:
                call = values.tool_call(block.get("id"), block.get("name"), block.get("input"))
                draft.calls += [call] if call.id not in known else []
            elif kind == "thinking":
                draft.thoughts.append(values.text(block.get("thinking")))
            else:
                draft.texts.append(values.joined_text(block))

    def _take_user(self, record: dict[str, Any]) -> None:
        blocks = blocks_of(record)
        results = [block for block in blocks if block.get("type") == "tool_result"]
        for block in results:
            self.drafts.append(_result(record, block, alone=len(results) == 1))
        said = [block for block in blocks if block.get("type") != "tool_result"]
        if said or not results:
            text = "\n".join(filter(None, map(values.joined_text, said)))
            note = note_of(text, is_summary=record.get("isCompactSummary"), is_meta=record.get("isMeta"))
            self.drafts.append(Draft("user", [text], raws=[record], timestamp=_time(record), note=note))


def blocks_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The content blocks of a record's message, a plain string being one text block."""
    content = values.record(record.get("message")).get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in values.items(content) if isinstance(block, dict)]


def anthropic_usage(usage: Any, cost: Any = None) -> Usage | None:
    """Usage as Anthropic's API gives it, where the input tokens leave out the cached ones.

    <https://docs.anthropic.com/en/api/messages>
    """
    usage, dollars = values.record(usage), values.dollars(cost)
    fresh, completion = values.amount(usage.get("input_tokens")), values.amount(usage.get("output_tokens"))
    if fresh is None and completion is None:
        return None if dollars is None else Usage(cost_usd=dollars)
    read = values.amount(usage.get("cache_read_input_tokens"))
    cached = (read or 0) + (values.amount(usage.get("cache_creation_input_tokens")) or 0)
    thinking = values.record(usage.get("output_tokens_details")).get("thinking_tokens")
    prompt = None if fresh is None else fresh + cached
    return usage_quickly(prompt, completion, read, values.amount(thinking), dollars)


class Spoken:
    """Who replied, and how often, and how often it called; each reply and call counts once."""

    def __init__(self) -> None:
        self._models: dict[str, None] = {}
        self._replies = set[str]()
        self.calls = set[str]()
        """The ids of the calls."""
        self._nameless = 0

    def take(self, record: dict[str, Any]) -> None:
        """Go on by one record."""
        message = values.record(record.get("message"))
        if (model := values.word(message.get("model"))) and model != SYNTHETIC:
            self._models[model] = None
        if record.get("type") != "assistant":
            return
        if identity := values.word(message.get("id")):
            self._replies.add(identity)
        for block in blocks_of(record):
            if block.get("type") == "tool_use":
                call = values.word(block.get("id"))
                self.calls.update([call] if call else [])
                self._nameless += call is None

    @property
    def models(self) -> str | None:
        """The models that replied, in the order of their first reply, joined by commas."""
        return ",".join(self._models) or None

    @property
    def n_replies(self) -> int:
        """How many replies (distinct message ids) there were."""
        return len(self._replies)

    @property
    def n_calls(self) -> int:
        """How many tool calls there were."""
        return len(self.calls) + self._nameless


def _result(record: dict[str, Any], block: dict[str, Any], *, alone: bool) -> Draft:
    """The observation in one `tool_result` block; what the program kept of the tool is the record's, so of one only."""
    text = values.joined_text(block.get("content"))
    kept = values.record(record.get("toolUseResult") or record.get("tool_use_result")) if alone else {}
    failed = block.get("is_error")
    exit_code = _EXIT_CODE.match(text) if failed is True else None
    milliseconds = values.number(kept.get("durationMs") or kept.get("totalDurationMs"))
    return Draft(
        "tool",
        [text],
        raws=[record],
        call_id=values.word(block.get("tool_use_id")),
        timestamp=_time(record),
        seconds=milliseconds / 1000 if milliseconds is not None and milliseconds >= 0 else None,
        exit_code=int(exit_code[1]) if exit_code else None,
        failed=failed if isinstance(failed, bool) else None,
        output=_output(kept),
    )


def _output(kept: dict[str, Any]) -> str | None:
    """What a command wrote, where the program kept more of it than it showed to the model."""
    stdout, stderr = values.text(kept.get("stdout")), values.text(kept.get("stderr"))
    return "\n".join(filter(None, (stdout.rstrip("\n"), stderr.rstrip("\n")))) or None


def note_of(text: str, *, is_summary: Any, is_meta: Any) -> str:
    """What to note of a message in a person's name; `""` for what a person did say."""
    if is_summary is True:
        return "compaction summary"
    if is_meta is True:
        return "added by the program"
    begin = text[:80].lstrip()
    return next((note for mark, note in _SAID_BY_PROGRAM if begin.startswith(mark)), "")


def is_queued(attachment: Any) -> bool:
    """Whether an attachment is what a person typed while the model was at work, and no notice of the program."""
    kind = values.record(attachment)
    return kind.get("type") == "queued_command" and kind.get("commandMode") in (None, "prompt")


def _time(record: dict[str, Any]) -> float | None:
    return values.epoch(record.get("timestamp"))


def fuller(one: Usage | None, other: Usage | None) -> Usage | None:
    """Of the usage that the records of one reply repeat, the one of the record written last: it counts the most."""
    if one is None or other is None:
        return other if one is None else one
    return other if (other.completion_tokens or 0) >= (one.completion_tokens or 0) else one
