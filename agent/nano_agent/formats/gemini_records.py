"""Records of Gemini CLI: messages with parts in the shape of Google's API, tool calls and their results in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.placed import in_place_of
from nano_agent.trajectory import ToolCall, Usage

Record = dict[str, Any]

_CONTEXT = "<session_context>"
_BLOBS = ("inlineData", "fileData")


def drafts_of(record: Record) -> Iterator[Draft]:
    """The messages of one record of a session: what was said, and the results of the calls in it."""
    kind, time = values.text(record.get("type")), values.epoch(record.get("timestamp"))
    parts = parts_of(record.get("content"))
    if kind == "gemini":
        yield _reply(record, parts, time)
        yield from _results(record)
        known = {values.text(call.get("id")) for call in _calls(record)}
    elif kind == "user":
        known = set()
        text = text_of(parts)
        if text or not any("functionResponse" in part for part in parts):
            note = "context" if text.startswith(_CONTEXT) else ""
            yield Draft("user", [text], raws=[record], timestamp=time, note=note)
    else:
        yield Draft("other", [text_of(parts)], raws=[record], timestamp=time, note=kind)
        return
    yield from answers_in(parts, record, time, known)


def content_drafts(content: Record) -> Iterator[Draft]:
    """The messages of one `Content` of the API, which is what checkpoints hold."""
    parts = parts_of(content.get("parts"))
    if content.get("role") == "model":
        draft = Draft("assistant", raws=[content])
        _fill(draft, parts)
        yield draft
        return
    text = text_of(parts)
    if text or not any("functionResponse" in part for part in parts):
        yield Draft("user" if content.get("role") == "user" else "other", [text], raws=[content])
    yield from answers_in(parts, content, None, set())


def parts_of(content: Any) -> list[Record]:
    """The parts of a content: a string, a part, or a list of either."""
    listed = content if isinstance(content, list) else [content]
    return [{"text": part} if isinstance(part, str) else part for part in listed if isinstance(part, str | dict)]


def text_of(parts: list[Record]) -> str:
    """The text of the parts that are no thought; blobs are named in brackets."""
    return "\n".join(filter(None, (_part_text(part) for part in parts if part.get("thought") is not True)))


def answers_in(parts: list[Record], record: Record, time: float | None, known: set[str]) -> Iterator[Draft]:
    """The observations among the parts, except those of calls that have their results already."""
    for part in parts:
        answer = part.get("functionResponse")
        if isinstance(answer, dict) and values.text(answer.get("id")) not in known - {""}:
            draft = Draft("tool", [_answer_text([part])], raws=[record], timestamp=time)
            draft.call_id, draft.name = values.word(answer.get("id")), values.word(answer.get("name"))
            draft.failed = True if "error" in values.record(answer.get("response")) else None
            yield draft


def answered_in(record: Record) -> set[str]:
    """The ids of the calls whose results stand in this record."""
    ids = {values.text(call.get("id")) for call in _calls(record) if call.get("result") is not None}
    return ids - {""}


def usage_of(tokens: Any) -> Usage | None:
    """The tokens of a reply: input includes what was cached, output leaves out the thoughts."""
    tokens = values.record(tokens)
    prompt, said = values.amount(tokens.get("input")), values.amount(tokens.get("output"))
    if prompt is None and said is None:
        return None
    thought = values.amount(tokens.get("thoughts"))
    completion = None if said is None else said + (thought or 0)
    return Usage(prompt, completion, values.amount(tokens.get("cached")), thought)


def _reply(record: Record, parts: list[Record], time: float | None) -> Draft:
    draft = Draft("assistant", raws=[record], timestamp=time, usage=usage_of(record.get("tokens")))
    for thought in values.items(record.get("thoughts")):
        thought = values.record(thought)
        words = (values.text(thought.get("subject")), values.text(thought.get("description")))
        draft.thoughts.append(": ".join(filter(None, words)))
    draft.calls += [values.tool_call(c.get("id"), c.get("name"), c.get("args")) for c in _calls(record)]
    _fill(draft, parts)
    return draft


def _fill(draft: Draft, parts: list[Record]) -> None:
    """Add what the parts of a reply say, think and call; a call that the reply has already is the same one."""
    draft.texts.append(text_of(parts))
    draft.thoughts += [values.text(part.get("text")) for part in parts if part.get("thought") is True]
    known = {(call.id, call.name) for call in draft.calls}
    for part in parts:
        if isinstance(call := part.get("functionCall"), dict):
            found = values.tool_call(call.get("id"), call.get("name"), call.get("args"))
            if not _repeats(found, known):
                draft.calls.append(found)


def _repeats(call: ToolCall, known: set[tuple[str | None, str]]) -> bool:
    """Whether a call among the parts stands among the record's calls: by its id, or its name where it has none."""
    return any(call.id == id_ if call.id else call.name == name for id_, name in known)


def _results(record: Record) -> Iterator[Draft]:
    for call in _calls(record):
        if call.get("result") is None:
            continue
        status = values.text(call.get("status"))
        draft = Draft("tool", [_answer_text(parts_of(call["result"]))], raws=[in_place_of(record, call)])
        draft.call_id, draft.name = values.word(call.get("id")), values.word(call.get("name"))
        draft.timestamp = values.epoch(call.get("timestamp"))
        draft.failed = {"success": False, "error": True}.get(status)
        draft.note = "cancelled" if status == "cancelled" else ""
        yield draft


def _answer_text(parts: list[Record]) -> str:
    """What the model was shown of a call's result."""
    shown = list[str]()
    for part in parts:
        response = values.record(values.record(part.get("functionResponse")).get("response"))
        known = next((response[key] for key in ("output", "error", "result", "content") if key in response), response)
        if "functionResponse" in part:
            shown.append(known if isinstance(known, str) else values.json_text(known or None))
        else:
            shown.append(_part_text(part))
    return "\n".join(filter(None, shown))


def _part_text(part: Record) -> str:
    for key in _BLOBS:
        if isinstance(blob := part.get(key), dict):
            return f"[{values.text(blob.get('mimeType')) or key}]"
    return values.text(part.get("text"))


def _calls(record: Record) -> list[Record]:
    return [call for call in values.items(record.get("toolCalls")) if isinstance(call, dict)]
