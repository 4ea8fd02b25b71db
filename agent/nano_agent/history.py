"""The linear history of one run, and its record: what the model saw, verbatim, with everything else beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nano_agent.events import (
    CheckpointTaken,
    Event,
    MessageAdded,
    ToolEnded,
    ToolOutput,
    ToolStarted,
)
from nano_agent.models.base import CallPiece, ModelEvent, ReasoningPiece, Reply, Retrying, TextPiece, Warned
from nano_agent.person_record import PersonRecord
from nano_agent.protocols import ReplyProtocol, ToolCalls, Turn
from nano_agent.record import Recorder, RecordError
from nano_agent.record.writer import dump
from nano_agent.repetition import Repetition
from nano_agent.trajectory import Usage

LIVE_CHARS = 16384
"""Of a command's output, so much at most is shown live per write; a flood is not worth more, and all of it is kept."""


_PIECES = (TextPiece, ReasoningPiece, CallPiece)


class History(PersonRecord):
    """Messages in memory and on disk, always the same."""

    def __init__(
        self, recorder: Recorder, emit: Callable[[Event], None], protocol: ReplyProtocol | None = None
    ) -> None:
        super().__init__(recorder, emit)
        self.protocol = protocol or ToolCalls()
        self.messages: list[dict[str, Any]] = []
        self.usages: list[Usage] = []
        """What each reply used."""
        self.answered = 0
        """Tool calls that were answered, those that were not run excepted."""
        self._open_calls: list[str] = []
        self._waiting = False
        self._live_budget = LIVE_CHARS
        self._repetition = Repetition()

    def take_up(
        self, messages: list[dict[str, Any]], usages: list[Usage], open_calls: list[str], answered: int, step: int
    ) -> None:
        """Go on with a history that is on disk already; calls that it leaves open are to be answered next."""
        self._open_calls = list(open_calls)
        self.messages[:] = messages
        self.usages[:] = usages
        self.answered = answered
        self._step = step

    def add(self, message: dict[str, Any], *, answers: bool = False) -> dict[str, Any]:
        """Append a message; one that `answers` tells what came of an action."""
        self.messages.append(message)
        index = self._recorder.message(message)
        self._emit(MessageAdded(index, message, answers))
        return message

    def requested(self, step: int, max_tokens: int, sent: Sequence[Mapping[str, Any]]) -> None:
        """A request with the messages `sent` is about to leave; what is not simply the history is kept in a file."""
        self._asked, self._step, self._waiting = time.monotonic(), step, True
        facts = {} if sent is self.messages else {"sent": self._keep_sent(step, sent)}
        self._recorder.event("request", step=step, messages=len(self.messages), max_tokens=max_tokens, **facts)

    def _keep_sent(self, step: int, sent: Sequence[Mapping[str, Any]]) -> str:
        path = self._recorder.files.request(step)
        self._keep(path, b"".join(map(dump, sent)))
        return str(path.relative_to(self._recorder.files.folder))

    def streamed(self, event: ModelEvent) -> None:
        """A piece of the reply, or news of the attempt."""
        # Chains of isinstance: this runs for every piece of every reply, and a match costs three times as much.
        if isinstance(event, _PIECES):
            self._piece(event)
        elif isinstance(event, Retrying):
            self._waiting = True
            self._recorder.live("void", "")
            wait = round(event.wait, 3)
            self._recorder.event("retry", step=self._step, attempt=event.attempt, wait=wait, reason=event.reason)
        elif isinstance(event, Warned):
            self._recorder.event("warning", text=event.text)

    def _piece(self, piece: TextPiece | ReasoningPiece | CallPiece) -> None:
        if self._waiting:
            self._waiting = False
            self._recorder.event("first_token", step=self._step, seconds=self.since_request)
        if isinstance(piece, TextPiece):
            self._recorder.live("text", piece.text)
        elif isinstance(piece, ReasoningPiece):
            self._recorder.live("reasoning", piece.text)
        else:
            named = {key: value for key, value in (("id", piece.id), ("name", piece.name)) if value}
            self._recorder.live("call", piece.arguments, i=piece.index, **named)

    def add_reply(self, reply: Reply, *, cut: bool = False) -> Turn:
        """Append the model's reply, and say what it asks for: nothing, when it was cut off."""
        usage = reply.usage
        self.usages.append(usage)
        message = without_surrogates(reply.message)
        turn = Turn() if cut else self.protocol.read(message)
        self._recorder.event(
            "reply",
            step=self._step,
            message=len(self.messages),
            seconds=self.since_request,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            reasoning_tokens=usage.reasoning_tokens,
            cost_usd=usage.cost_usd,
            cost_estimated=usage.cost_estimated,
            finish_reason=reply.finish_reason,
            attempts=reply.attempts,
            **({"cut": True} if cut else self._found(turn)),
        )
        self._open_calls = [action.call_id for action in turn.actions]
        self.add(message)
        return turn

    def _found(self, turn: Turn) -> dict[str, Any]:
        """What the record must say of a reply because its message does not: actions in its text, a wrong form."""
        facts: dict[str, Any] = {"rejected": True} if turn.rejected else {}
        if turn.actions and not self.protocol.native:
            actions = turn.actions
            facts["actions"] = [{"id": a.call_id, "name": a.name, "arguments": a.arguments} for a in actions]
        return facts

    def tool_started(self, call_id: str, name: str, summary: str) -> None:
        """A call begins to run."""
        self._live_budget = LIVE_CHARS
        repeats = self._repetition.take((name, summary, self._arguments_of(call_id)))
        facts = {"repeats": repeats} if repeats > 1 else {}
        self._recorder.event("tool_start", step=self._step, call_id=call_id, name=name, command=summary[:500], **facts)
        self._emit(ToolStarted(call_id, name, summary))

    def delegated(self, call_id: str, child: str) -> None:
        """A call is handed to a child, which begins now; `child` is its run's id."""
        self._recorder.event("child", step=self._step, call_id=call_id, child=child)

    def _arguments_of(self, call_id: str) -> str:
        """What the model wrote for a call of the latest reply; empty where actions are found in its text."""
        reply: Mapping[str, Any] = next(
            (message for message in reversed(self.messages) if message["role"] == "assistant"), {}
        )
        calls = (call for call in reply.get("tool_calls") or () if call.get("id") == call_id)
        return next((str(call.get("function", {}).get("arguments")) for call in calls), "")

    def tool_output(self, call_id: str, text: str) -> None:
        """A running command printed something."""
        if self._live_budget > 0:
            self._recorder.live("output", text[: self._live_budget], id=call_id)
        self._live_budget -= len(text)
        self._emit(ToolOutput(call_id, text))

    def answer(self, ended: ToolEnded, text: str, **facts: Any) -> dict[str, Any]:
        """Append the observation that answers the next open call; in memory also when the disk takes no more."""
        if self._open_calls:
            self._open_calls.pop(0)
        self.answered += not facts.get("not_run")
        return self._ended(ended, self.protocol.answer(ended.call_id, text), facts)

    def add_typed(self, ended: ToolEnded, text: str, **facts: Any) -> dict[str, Any]:
        """Append an action that a person typed, with what came of it."""
        return self._ended(ended, {"role": "user", "content": text}, facts)

    def _ended(self, ended: ToolEnded, message: dict[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        try:
            self._recorder.event(
                "tool_end",
                step=self._step,
                message=len(self.messages),
                call_id=ended.call_id,
                name=ended.name,
                seconds=round(ended.seconds, 4),
                exit_code=ended.exit_code,
                failed=ended.failed,
                truncated=ended.truncated,
                **facts,
            )
        finally:
            self.add(without_surrogates(message), answers=True)
        self._emit(ended)
        return self.messages[-1]

    def keep_output(self, path: Path, text: str) -> None:
        """Write the whole of an output of which the model is shown a part; raises `RecordError`."""
        self._keep(path, text.encode("utf-8", "replace"))

    def _keep(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise RecordError(f"cannot make {path.parent}: {error.strerror or error}") from error
        self._recorder.write(path, data)

    def answer_open_calls(self, text: str) -> None:
        """Answer every call that has no answer yet, in order: a history with open calls is one no provider takes."""
        unwritten: RecordError | None = None
        for call_id in list(self._open_calls):
            try:
                self.answer(ToolEnded(call_id, "", 0.0, None, True, False), text, not_run=True)
            except RecordError as error:
                unwritten = error
        if unwritten is not None:
            raise unwritten

    def checkpoint(self, step: int, tree: str) -> None:
        """The work tree after a step was recorded."""
        self._recorder.event("checkpoint", step=step, tree=tree)
        self._emit(CheckpointTaken(step, tree))

    def warn(self, text: str) -> None:
        """Something the person should know."""
        self._recorder.event("warning", text=text)
        self._emit(Warned(text))

    def tick(self) -> None:
        """Bring what is in flight to disk when it is time."""
        if self._recorder.tick():
            self._live_budget = LIVE_CHARS


def without_surrogates(value: Any) -> Any:
    """The same value with lone surrogates replaced, which no provider could be sent again as UTF-8."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    return value
