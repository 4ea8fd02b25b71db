"""The recorded model: plays the replies of a saved trajectory back as a stream, piece by piece.

`replay/<run folder or file>[?speed=N][&skip=N]`. Without a speed nothing waits; with one, replies take the time they
took when they were recorded, divided by N; the first `skip` ones are passed over. Tools really run: only the model is
recorded.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from nano_agent.models.base import (
    CallPiece,
    CallStopped,
    DeadlinePassed,
    Model,
    ModelError,
    ModelEvent,
    ModelSettings,
    ReasoningPiece,
    Reply,
    Request,
    TextPiece,
    Warned,
)
from nano_agent.models.tokens import estimate_tokens
from nano_agent.trajectory import Message, Trajectory, Usage

PREFIX = "replay/"
_PIECES = re.compile(r"\s*\S{1,12}|\s+")
_TOKENS_PER_SECOND = 50.0
"""The pace of replies whose recorded duration is not known."""
_TICK = 0.05


class ReplayModel:
    """A model whose replies are known beforehand."""

    def __init__(self, settings: ModelSettings) -> None:
        self.name = settings.model
        path, speed, skipped = _parse(settings.model)
        try:
            trajectory = Trajectory.load(path)
        except ValueError as error:
            raise ModelError(f"nothing to replay: {error}") from error
        self._replies = [m for m in trajectory.messages if m.role == "assistant"]
        if not self._replies:
            raise ModelError(f"nothing to replay: {path} has no reply of a model")
        self._children = list(trajectory.children)
        self._settings = settings
        self._speed = speed
        self._first = self._played = skipped

    def stream(self, request: Request, stop: Callable[[], bool] = lambda: False) -> Iterator[ModelEvent]:
        """Play the next reply."""
        if self._played >= len(self._replies):
            raise ModelError(f"the recording has no more replies: all {self._played} were played")
        recorded = self._replies[self._played]
        if self._played == self._first:
            yield Warned("replayed from a recording: tokens and dollars are those of the recorded replies")
        self._played += 1
        message = _as_sent(recorded, self._played)
        pieces = list(_pieces(message))
        pause = self._duration(recorded) / (len(pieces) + 1)
        for piece in pieces:
            _wait(pause, request, stop)
            yield piece
        _wait(pause, request, stop)
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        yield Reply(message, recorded.usage or Usage(), finish)

    def count_tokens(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """See `Model.count_tokens`."""
        return estimate_tokens(messages)

    def estimate_usage(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        """Nothing is known of a part of a recorded reply but its tokens."""
        return Usage(prompt_tokens, completion_tokens)

    def for_child(self) -> Model:
        """The recording of the next child; the same recording where children were not recorded apart."""
        if not self._children:
            return self
        return ReplayModel(replace(self._settings, model=f"{PREFIX}{self._children.pop(0)}?speed={self._speed}"))

    def close(self) -> None:
        """Nothing is held."""

    def _duration(self, recorded: Message) -> float:
        if not self._speed:
            return 0.0
        guessed = len(recorded.text + recorded.reasoning) / 4 / _TOKENS_PER_SECOND
        return (recorded.seconds if recorded.seconds is not None else guessed) / self._speed


def skipping(model: str, replies: int) -> str:
    """The same recording from a later reply on, for a run that has had the earlier ones; other models as they are."""
    if not replies or not model.startswith(PREFIX):
        return model
    return f"{model}{'&' if '?' in model else '?'}skip={replies}"


def _parse(model: str) -> tuple[Path, float, int]:
    path, _, query = model.removeprefix(PREFIX).partition("?")
    values = parse_qs(query)
    try:
        factor, skipped = float(values.get("speed", ["0"])[0]), int(values.get("skip", ["0"])[0])
    except ValueError:
        factor, skipped = math.nan, 0
    if not (0 <= factor < math.inf and skipped >= 0):
        raise ModelError(f"{model}: speed must be a number, for example ?speed=2")
    return Path(path).expanduser(), factor, skipped


def _as_sent(recorded: Message, reply: int) -> dict[str, Any]:
    """The assistant message as a provider would give it; recordings of other formats are put into that shape."""
    message: dict[str, Any] = {"role": "assistant", "content": recorded.text}
    if recorded.reasoning:
        message["reasoning_content"] = recorded.reasoning
    calls = [call for call in recorded.tool_calls if not call.from_text]
    if calls:
        message["tool_calls"] = [
            {
                "id": call.id or f"call_{reply}_{number}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.raw_arguments},
            }
            for number, call in enumerate(calls)
        ]
    return message


def _pieces(message: Mapping[str, Any]) -> Iterator[ModelEvent]:
    for piece in _PIECES.findall(message.get("reasoning_content") or ""):
        yield ReasoningPiece(piece)
    for piece in _PIECES.findall(message["content"]):
        yield TextPiece(piece)
    for index, call in enumerate(message.get("tool_calls") or ()):
        yield CallPiece(index, id=call["id"], name=call["function"]["name"])
        for piece in _PIECES.findall(call["function"]["arguments"]):
            yield CallPiece(index, piece)


def _wait(seconds: float, request: Request, stop: Callable[[], bool]) -> None:
    """Let time pass, but not past the deadline and not past a stop."""
    until = time.monotonic() + seconds
    while True:
        now = time.monotonic()
        if stop():
            raise CallStopped
        if request.deadline is not None and now >= request.deadline:
            raise DeadlinePassed
        if now >= until:
            return
        time.sleep(min(_TICK, until - now))
