"""The assistant message, put together from the pieces of a stream in the shape of OpenAI's chunks."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nano_agent.models.base import CallPiece, ReasoningPiece, TextPiece

Chunk = Mapping[str, Any]
Piece = TextPiece | ReasoningPiece | CallPiece


def _object(value: Any) -> Mapping[str, Any]:
    """A JSON object; an empty one for whatever else a provider puts in its place."""
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a JSON list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


class _Call:
    """One tool call as it grows."""

    def __init__(self) -> None:
        self.id: str | None = None
        self.name: str | None = None
        self.arguments: list[str] = []
        self.further: dict[str, Any] = {}

    def as_message(self) -> dict[str, Any]:
        """The call as it stands in the history."""
        function = {"name": self.name or "", "arguments": "".join(self.arguments)}
        return {"id": self.id, "type": "function", "function": function, **self.further}


class Assembler:
    """Takes chunks in, gives pieces out, and holds the message that they amount to."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self.done = False
        """Whether the stream said that it is over (`[DONE]`), which some say without a finish reason."""
        self.started = False
        """Whether any part of a reply has come."""
        self.usage: dict[str, Any] = {}
        """The usage as the provider stated it, later figures replacing earlier ones."""
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._thinking = _ThinkingBlocks()
        self._details = _ReasoningDetails()
        self._fields: dict[str, Any] = {}

    @property
    def complete(self) -> bool:
        """Whether the reply came to its end."""
        return self.finish_reason is not None or (self.done and self.started)

    def feed(self, chunk: Chunk) -> Iterator[Piece]:
        """Take one chunk in."""
        self.usage |= {key: value for key, value in _object(chunk.get("usage")).items() if value is not None}
        if chunk.get("done"):
            self.done = True
        for choice in _objects(chunk.get("choices")):
            if choice.get("index"):
                continue  # one reply was asked for
            yield from self._delta(_object(choice.get("delta") or choice.get("message")))
            if finish := _text(choice.get("finish_reason")):
                self.finish_reason = finish
                self.started = True

    def message(self) -> dict[str, Any]:
        """The assistant message as it goes into the history."""
        text = "".join(self._text)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self._calls:
            message["tool_calls"] = [call.as_message() for call in self._calls]
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        if blocks := self._thinking.blocks:
            message["thinking_blocks"] = blocks
        if details := self._details.entries:
            message["reasoning_details"] = details
        if self._fields:
            message["provider_specific_fields"] = self._fields
        return message

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Piece]:
        reasoning = _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
        if reasoning:
            self._reasoning.append(reasoning)
            yield ReasoningPiece(reasoning)
        text = _text(delta.get("content")) or _text(delta.get("refusal"))
        if text:
            self._text.append(text)
            yield TextPiece(text)
        for call in _objects(delta.get("tool_calls")):
            yield from self._call(call)
        self._thinking.feed(_objects(delta.get("thinking_blocks")))
        self._details.feed(_objects(delta.get("reasoning_details")))
        self._keep_fields(_object(delta.get("provider_specific_fields")))
        self.started = self.started or bool(reasoning or text or self._calls)

    def _call(self, delta: Mapping[str, Any]) -> Iterator[Piece]:
        function = _object(delta.get("function"))
        written = _text(function.get("name"))
        call, opened = self._call_of(delta, named=bool(written))
        arguments = function.get("arguments")
        if arguments is not None and not isinstance(arguments, str):
            arguments = json.dumps(arguments)
        name = written if call.name is None else None
        call.name = call.name or name
        call.further |= {
            key: delta[key] for key in ("provider_specific_fields", "extra_content") if delta.get(key) is not None
        }
        if arguments:
            call.arguments.append(arguments)
        if opened:
            call.id = _text(delta.get("id")) or f"call_{secrets.token_hex(4)}"
        if opened or arguments or name:
            yield CallPiece(self._calls.index(call), arguments or "", call.id if opened else None, name)

    def _call_of(self, delta: Mapping[str, Any], *, named: bool) -> tuple[_Call, bool]:
        """The call a delta belongs to, and whether it is new; endpoints differ in what they number and name."""
        index, identity = delta.get("index"), _text(delta.get("id"))
        if not isinstance(index, int):
            known = next((call for call in reversed(self._calls) if identity and call.id == identity), None)
            if known is None and self._calls and not (identity or named):
                known = self._calls[-1]
        else:
            known = self._by_index.get(index)
        # A new id with a name is a new call, even under a number that was used before.
        if known is not None and not (named and identity and identity != known.id):
            return known, False
        call = _Call()
        self._calls.append(call)
        if isinstance(index, int):
            self._by_index[index] = call
        return call, True

    def _keep_fields(self, fields: Mapping[str, Any]) -> None:
        """Fields that the provider wants back; what the message says already is not kept twice."""
        for key, value in fields.items():
            earlier = self._fields.get(key)
            if isinstance(earlier, list) and isinstance(value, list):
                self._fields[key] = [*earlier, *value]
            elif key not in ("thinking_blocks", "reasoning_content", "reasoning") and value is not None:
                self._fields[key] = value


class _ThinkingBlocks:
    """Anthropic's thinking, block by block; a block ends with its signature."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self._open: dict[str, Any] | None = None

    def feed(self, deltas: Sequence[Mapping[str, Any]]) -> None:
        """Take in the blocks of one delta: pieces of text, then the signature, or a redacted block whole."""
        for delta in deltas:
            if delta.get("type") == "redacted_thinking":
                self.blocks.append(dict(delta))
                self._open = None
                continue
            block = self._open
            if block is None:
                block = self._open = {"type": "thinking", "thinking": "", "signature": ""}
                self.blocks.append(block)
            text, signature = _text(delta.get("thinking")) or "", _text(delta.get("signature"))
            if not signature:
                block["thinking"] += text
                continue
            # The piece with the signature may hold the whole text once more.
            block["thinking"] = text if text.startswith(block["thinking"]) else block["thinking"] + text
            block["signature"] = signature
            self._open = None


class _ReasoningDetails:
    """OpenRouter's reasoning, entry by entry: those of one index and type are one entry in pieces."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def feed(self, deltas: Sequence[Mapping[str, Any]]) -> None:
        """Take in the entries of one delta."""
        for delta in deltas:
            last = self.entries[-1] if self.entries else None
            if last is None or any(last.get(key) != delta.get(key) for key in ("index", "type")):
                self.entries.append(dict(delta))
                continue
            for key, value in delta.items():
                if key in ("text", "summary", "data") and isinstance(value, str):
                    last[key] = (_text(last.get(key)) or "") + value
                elif value is not None:
                    last[key] = value
