"""Parts of a message's content, as Anthropic, Google, AWS Bedrock and Vercel's AI SDK write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nano_agent.formats import chat, values
from nano_agent.trajectory import ToolCall

Record = dict[str, Any]

_REASONING = {"thinking": "thinking", "reasoning": "reasoning"}
_FOREIGN = ("functionCall", "functionResponse", "thought", "toolUse", "toolResult", "reasoningContent", "json")


def fields_of(plain: Record, content: list[Any]) -> Record:
    """Fields of a message from what stands among the parts of its content: thinking, calls, results."""
    content = [in_anthropics_words(part) if isinstance(part, dict) else part for part in content]
    parts = [part for part in content if isinstance(part, dict)]
    kinds = {kind for part in parts if isinstance(kind := part.get("type"), str)}
    fields: Record = {}
    if kinds & _REASONING.keys():
        fields["reasoning"] = chat.reasoning_of(plain) or "\n".join(filter(None, map(_thought, parts)))
    if "tool_use" in kinds:
        fields["tool_calls"] = _with(chat.calls_of(plain), (p for p in parts if p.get("type") == "tool_use"))
    if results := [part for part in parts if part.get("type") == "tool_result"]:
        fields["answers"] = True
        fields["call_id"] = values.word(results[0].get("tool_use_id"))
        fields["failed"] = any(part.get("is_error") is True for part in results) or None
    if kinds & {*_REASONING, "tool_use", "tool_result"}:
        fields["text"] = "\n".join(filter(None, map(_shown, content)))
    return fields


def results_in(content: Any) -> list[Record]:
    """The results among the parts of a content, in Anthropic's words."""
    parts = (
        [in_anthropics_words(part) for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    )
    return [part for part in parts if part.get("type") == "tool_result"]


def words_beside(content: list[Any]) -> str:
    """The text of the parts that are no results."""
    made = [in_anthropics_words(part) if isinstance(part, dict) else part for part in content]
    said = (part for part in made if not isinstance(part, dict) or part.get("type") != "tool_result")
    return "\n".join(filter(None, map(_shown, said)))


def in_anthropics_words(part: Record) -> Record:
    """A part of another API's content as Anthropic's would be; any other as it is."""
    kind = part.get("type")
    if isinstance(kind, str):
        return _ai_sdks(part, kind) if kind.startswith("tool-") or kind == "dynamic-tool" else part
    for key in _FOREIGN:
        if key in part and (made := _MADE[key](part, part[key])) is not None:
            return made
    return part


def _ai_sdks(part: Record, kind: str) -> Record:
    """<https://ai-sdk.dev/docs/reference/ai-sdk-core/model-message>, and the parts of its user interface's messages."""
    inner = values.record(part.get("toolInvocation")) or part
    identity, name = inner.get("toolCallId"), inner.get("toolName") or kind.removeprefix("tool-")
    if kind == "tool-result":
        output = inner.get("output", inner.get("result"))
        value = output.get("value") if isinstance(output, dict) and "value" in output else output
        failed = inner.get("isError") is True or values.text(values.record(output).get("type")).startswith("error")
        return _result(identity, value, failed=failed)
    return _call(identity, name, inner.get("input", inner.get("args")))


def _call(identity: Any, name: Any, arguments: Any) -> Record:
    return {"type": "tool_use", "id": identity, "name": name, "input": arguments}


def _result(identity: Any, content: Any, *, failed: bool) -> Record:
    if not isinstance(content, str | list):
        content = values.json_text(content)
    return {"type": "tool_result", "tool_use_id": identity, "content": content, "is_error": failed}


def _function_call(_: Record, call: Any) -> Record | None:
    return _call(call.get("id"), call.get("name"), call.get("args")) if isinstance(call, dict) else None


def _function_response(_: Record, answer: Any) -> Record | None:
    if not isinstance(answer, dict):
        return None
    response = values.record(answer.get("response"))
    known = next((response[key] for key in ("output", "error", "result", "content") if key in response), response)
    return _result(answer.get("id"), known, failed="error" in response)


def _thinking(part: Record, thought: Any) -> Record | None:
    if isinstance(thought, dict):  # Bedrock's
        text = values.text(values.record(thought.get("reasoningText")).get("text"))
        return {"type": "thinking", "thinking": text}
    return {"type": "thinking", "thinking": values.text(part.get("text"))} if thought is True else None


def _tool_use(_: Record, call: Any) -> Record | None:
    return _call(call.get("toolUseId"), call.get("name"), call.get("input")) if isinstance(call, dict) else None


def _tool_result(_: Record, answer: Any) -> Record | None:
    if not isinstance(answer, dict):
        return None
    content = [in_anthropics_words(one) for one in values.items(answer.get("content")) if isinstance(one, dict)]
    return _result(answer.get("toolUseId"), content, failed=answer.get("status") == "error")


def _json(_: Record, value: Any) -> Record:
    return {"type": "text", "text": values.json_text(value)}


_MADE = dict(
    zip(
        _FOREIGN,
        (_function_call, _function_response, _thinking, _tool_use, _tool_result, _thinking, _json),
        strict=True,
    )
)


def _with(calls: tuple[ToolCall, ...], parts: Iterable[Record]) -> tuple[ToolCall, ...]:
    """The calls, and those among the parts that are not the same ones once more (LangChain has them twice)."""
    known = {call.id for call in calls} - {None}
    found = (values.tool_call(part.get("id"), part.get("name"), part.get("input")) for part in parts)
    return calls + tuple(call for call in found if call.id not in known)


def _thought(part: Record) -> str:
    key = _REASONING.get(values.text(part.get("type")))
    return values.text(part.get(key)) or values.text(part.get("text")) if key else ""


def _shown(part: Any) -> str:
    """The text of one part, without what has a field of its own."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "tool_use" or (isinstance(kind, str) and kind in _REASONING):
        return ""
    return values.joined_text(part.get("content")) if kind == "tool_result" else values.joined_text([part])
