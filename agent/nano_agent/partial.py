"""A reply that never ended: what there was of it when it was given up."""

from __future__ import annotations

from typing import Any

from nano_agent.models.base import CallPiece, ModelEvent, ReasoningPiece, Retrying, TextPiece

_SHOWN = 500


class Partial:
    """Collects the pieces of a reply while it streams."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}

    def add(self, event: ModelEvent) -> None:
        """Take a piece; those of an attempt that failed are void."""
        if isinstance(event, TextPiece):
            self._text.append(event.text)
        elif isinstance(event, ReasoningPiece):
            self._reasoning.append(event.text)
        elif isinstance(event, CallPiece):
            call = self._calls.setdefault(event.index, {"name": "", "arguments": ""})
            call["name"] = event.name or call["name"]
            call["arguments"] += event.arguments
        elif isinstance(event, Retrying):
            self._clear()

    def __bool__(self) -> bool:
        return bool(self._text or self._reasoning or self._calls)

    def message(self) -> dict[str, Any]:
        """What of it can stand in the history: the words, and never a call that was not written to its end."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._text) or "[cut off]"}
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        return message

    def as_facts(self) -> dict[str, Any]:
        """All of it, for the record."""
        return {"text": "".join(self._text), "reasoning": "".join(self._reasoning), "calls": self._unfinished}

    @property
    def _unfinished(self) -> list[dict[str, str]]:
        return list(self._calls.values())

    def told(self, seconds: float) -> str:
        """What happened, for the model; nothing when nothing had come."""
        if not self:
            return ""
        words = f"[The user interrupted your reply after {seconds:.0f} s; it ends where it was cut off."
        for call in self._unfinished:
            words += f" The call of {call['name']} that you were writing was not run: {call['arguments'][:_SHOWN]}"
        return words + "]"
