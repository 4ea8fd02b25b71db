"""What `gemini -p --output-format stream-json` writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.shelf import Shelf
from nano_agent.trajectory import Usage

Record = dict[str, Any]


class Stream:
    """The run after the events taken so far; pieces of a reply (`delta`) are joined as they come."""

    def __init__(self, drafts: Shelf) -> None:
        self.drafts = drafts
        self.init: Record = {}
        self.result: Record = {}
        self._reply: int | None = None

    def take(self, event: Record) -> None:
        """Go on by one event."""
        kind, time = values.text(event.get("type")), values.epoch(event.get("timestamp"))
        if kind == "init":
            self.init = event
        elif kind == "result":
            self.result = event
        elif kind == "message" and event.get("role") == "assistant":
            self._part(event, time).texts.append(values.text(event.get("content")))
        elif kind == "tool_use":
            call = values.tool_call(event.get("tool_id"), event.get("tool_name"), event.get("parameters"))
            self._part(event, time).calls.append(call)
        elif kind == "tool_result":
            self._add(_observation(event, time))
        elif kind == "message":
            self._add(Draft("user", [values.text(event.get("content"))], raws=[event], timestamp=time))
        else:
            self.drafts.append(Draft("other", [values.text(event.get("message"))], raws=[event], note=kind))

    @property
    def usage(self) -> Usage | None:
        """The run's tokens as its result states them; the input includes what was cached."""
        stats = values.record(self.result.get("stats"))
        prompt, completion = values.amount(stats.get("input_tokens")), values.amount(stats.get("output_tokens"))
        if prompt is None and completion is None:
            return None
        return Usage(prompt, completion, values.amount(stats.get("cached")))

    @property
    def seconds(self) -> float | None:
        """How long the run took by its result."""
        milliseconds = values.amount(values.record(self.result.get("stats")).get("duration_ms"))
        return None if milliseconds is None else milliseconds / 1000

    @property
    def reason(self) -> str | None:
        """Why the run failed, if it did."""
        return values.word(values.record(self.result.get("error")).get("message"))

    def _part(self, event: Record, time: float | None) -> Draft:
        """The reply that is being written; a whole message, no piece of one, begins another."""
        whole = event.get("type") == "message" and event.get("delta") is not True
        if self._reply is None or (whole and self.drafts.at(self._reply).texts):
            self._reply = self.drafts.append(Draft("assistant", glue=""))
        draft = self.drafts.at(self._reply)
        draft.raws.append(event)
        draft.timestamp = time
        return draft

    def _add(self, draft: Draft) -> None:
        self._reply = None
        self.drafts.append(draft)


def replay(events: Iterable[Record]) -> list[Draft]:
    """What events lead to when there are no others."""
    stream = Stream(Shelf(replay))
    for event in events:
        stream.take(event)
    return stream.drafts.drafts


def is_stream(event: Record) -> bool:
    """Whether an event can only be this stream's."""
    if event.get("type") == "init":
        return isinstance(event.get("session_id"), str) and "model" in event
    return event.get("type") == "tool_use" and "tool_id" in event and "tool_name" in event


def _observation(event: Record, time: float | None) -> Draft:
    error = values.record(event.get("error"))
    text = values.text(event.get("output")) or values.text(error.get("message"))
    draft = Draft("tool", [text], raws=[event], call_id=values.word(event.get("tool_id")), timestamp=time)
    draft.failed = {"success": False, "error": True}.get(values.text(event.get("status")))
    return draft
