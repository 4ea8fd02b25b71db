"""From what a run writes to what is printed of it: the records of a folder as the events of a run in the foreground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from nano_agent.events import (
    Asked,
    Decided,
    Edits,
    Ended,
    Event,
    MessageAdded,
    ReplyCut,
    Steered,
    ToolEnded,
    ToolOutput,
    ToolStarted,
)
from nano_agent.models.base import ReasoningPiece, Retrying, TextPiece, Warned
from nano_agent.record.stream import Record


class Teller:
    """Remembers how much of a message was told while it was in flight, and tells the rest when it is complete."""

    def __init__(self) -> None:
        self._index = -1
        self._told = {"text": 0, "reasoning": 0, "output": 0}
        self._ended: ToolEnded | None = None

    def tell(self, record: Record) -> Iterator[Event]:
        """The events in one record; most have one, some none."""
        match record.get("type"):
            case "live":
                yield from self._live(record)
            case "message":
                message = record["message"] if isinstance(record["message"], dict) else {}
                yield from self._message(record["index"], message)
            case "tool_end":
                # Its output comes with its message, right after it.
                self._ended = _tool_end(record)
            case _:
                if (event := _event(record)) is not None:
                    yield event

    def _at(self, index: int) -> None:
        if index != self._index:
            self._index, self._told = index, dict.fromkeys(self._told, 0)

    def _live(self, record: Record) -> Iterator[Event]:
        self._at(record["m"])
        kind, piece = record.get("k"), str(record["s"])
        if kind in self._told:
            self._told[str(kind)] += len(piece)
        if kind == "text":
            yield TextPiece(piece)
        elif kind == "reasoning":
            yield ReasoningPiece(piece)
        elif kind == "output":
            yield ToolOutput(str(record.get("id") or ""), piece)
        elif kind == "void":
            self._told = dict.fromkeys(self._told, 0)

    def _message(self, index: int, message: dict[str, Any]) -> Iterator[Event]:
        self._at(index)
        text = message.get("content")
        text = text if isinstance(text, str) else ""
        ended, self._ended = self._ended, None
        if ended is not None:
            if not self._told["output"] and text:
                yield ToolOutput(ended.call_id, text)
            yield ended
        elif message.get("role") == "assistant":
            if rest := str(message.get("reasoning_content") or "")[self._told["reasoning"] :]:
                yield ReasoningPiece(rest)
            if rest := text[self._told["text"] :]:
                yield TextPiece(rest)
        else:
            yield MessageAdded(index, message)


def _tool_end(record: Record) -> ToolEnded:
    code, seconds = record.get("exit_code"), record.get("seconds")
    return ToolEnded(
        str(record.get("call_id") or ""),
        str(record.get("name") or ""),
        float(seconds) if isinstance(seconds, int | float) else 0.0,
        code if isinstance(code, int) else None,
        bool(record.get("failed")),
        bool(record.get("truncated")),
    )


def _event(record: Record) -> Event | None:
    def text(key: str) -> str:
        return str(record.get(key) or "")

    match record.get("type"):
        case "tool_start":
            return ToolStarted(text("call_id"), text("name"), text("command"))
        case "retry":
            wait = record.get("wait")
            return Retrying(0, float(wait) if isinstance(wait, int | float) else 0.0, text("reason"))
        case "warning":
            return Warned(text("text"))
        case "ask":
            edits = cast("Edits", text("edits"))
            return Asked(text("ask"), text("call_id"), text("name"), text("text"), edits)
        case "decision":
            decision = cast("Literal['approved', 'denied', 'withdrawn']", text("decision"))
            return Decided(text("ask"), text("call_id"), decision)
        case "command":
            return Steered(text("do"), cast("Literal['waits', 'taken', 'refused']", text("outcome")), text("why"))
        case "cut":
            return ReplyCut(text("why"))
        case "end":
            return Ended(text("exit_status"), text("reason"), "")
        case _:
            return None
