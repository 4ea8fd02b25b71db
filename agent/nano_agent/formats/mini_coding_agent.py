"""Sessions of mini-coding-agent: `.mini-coding-agent/sessions/<id>.json`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nano_agent.formats import chat, values
from nano_agent.formats.mini_coding_children import children_of
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.torn import present, recognisable, warning
from nano_agent.trajectory import Message, Trajectory

_NOTICE = "Runtime notice: "
_STOPPED = "Stopped after "
_EXIT_CODE = re.compile(r"exit_code: (-?\d{1,9})(?:\n|$)")


class MiniCodingAgentReader:
    """Reads one session; its delegated children are sessions of their own beside it."""

    name = "mini_coding_agent"

    def sniff(self, source: Source) -> bool:
        """A document with a history, a workspace and a memory."""
        head = source.head
        return head.lstrip()[:1] == b"{" and b'"history"' in head and _is_session(recognisable(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one session in the file."""
        session = present(source)
        if not _is_session(session):
            raise NotATrajectory(source.path, "no session of mini-coding-agent in it")
        yield _trajectory(source, session)


def _is_session(document: Any) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("history"), list):
        return False
    return "workspace_root" in document and ("memory" in document or "created_at" in document)


def _trajectory(source: Source, session: dict[str, Any]) -> Trajectory:
    items = [item for item in session["history"] if item is not None]
    messages = tuple(map(_message, items))
    memory = values.record(session.get("memory"))
    started = values.epoch(session.get("created_at"))
    last = max((m.timestamp for m in messages if m.timestamp is not None), default=None)
    metadata = {key: value for key, value in session.items() if key != "history"}
    if _was_delegated(memory, messages):
        metadata["delegated"] = True
    return Trajectory(
        format="mini_coding_agent",
        path=source.path,
        messages=messages,
        task=next((m.text for m in messages if m.role == "user"), None) or values.word(memory.get("task")),
        exit_reason=_reason(messages),
        started_at=started,
        seconds=last - started if last is not None and started is not None and last >= started else None,
        repo=values.word(session.get("workspace_root")),
        children=children_of(source.path, items),
        metadata=metadata,
        warnings=tuple(_warnings(messages, torn=warning(source))),
    )


def _message(item: Any) -> Message:
    """One item of the history: a request, a tool's result that brings its call along, or what was said in the end."""
    if not isinstance(item, dict):
        return Message("other", note="not a message", raw=item)
    at = values.epoch(item.get("created_at"))
    if item.get("role") != "tool":
        text = values.text(item.get("content"))
        note = "notice of the program" if text.startswith(_NOTICE) else ""
        note = "stopped" if text.startswith(_STOPPED) else note
        return chat.message_of(item, timestamp=at, note=note if item.get("role") == "assistant" else "")
    text = values.joined_text(item.get("content"))
    code = _EXIT_CODE.match(text)
    number = int(code[1]) if code else None
    failed = True if text.startswith("error: ") else number != 0 if number is not None else None
    # The model's own text is never stored; the call is known from its result.
    call = values.tool_call(None, item.get("name"), item.get("args"))
    return chat.message_of(
        item, tool_calls=(call,), name=call.name or None, timestamp=at, exit_code=number, failed=failed
    )


def _reason(messages: Sequence[Message]) -> str | None:
    """Why the last request ended: one of the program's own stop texts, or a final answer."""
    last = messages[-1] if messages else None
    if last is None or last.role != "assistant" or last.text.startswith(_NOTICE):
        return None
    return last.text if last.text.startswith(_STOPPED) else "the model gave its final answer"


def _was_delegated(memory: Mapping[str, Any], messages: Sequence[Message]) -> bool:
    """Whether the session was begun by another one: its first note is a piece of that one's transcript."""
    notes = values.items(memory.get("notes"))
    first = next((m.text for m in messages if m.role == "user"), "")
    return bool(notes) and values.text(notes[0]).startswith("[user] ") and first[:300] == memory.get("task")


def _warnings(messages: Sequence[Message], *, torn: str | None) -> Iterator[str]:
    if torn:
        yield torn
    last = messages[-1] if messages else None
    if last is None:
        yield "the session is empty"
    elif last.role == "user":
        yield "the last request has no answer: the model call failed, or it is still going"
    elif last.role == "tool":
        yield "no end is recorded: the session stops behind a tool call"
