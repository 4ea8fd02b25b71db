"""What is recorded of a person's part in a run: what they were asked, decided, said and cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from nano_agent.events import Asked, Decided, Edits, Event, ReplyCut, Steered
from nano_agent.partial import Partial
from nano_agent.record import Recorder

if TYPE_CHECKING:
    from nano_agent.control.calls import Call
    from nano_agent.control.commands import Command


class PersonRecord:
    """The events about people, in the record of one run."""

    def __init__(self, recorder: Recorder, emit: Callable[[Event], None]) -> None:
        self._recorder = recorder
        self._emit = emit
        self._asked = 0.0
        self._step = 0

    @property
    def since_request(self) -> float:
        """Seconds since the request left."""
        return round(time.monotonic() - self._asked, 4)

    def cut(self, why: str, partial: Partial) -> None:
        """A reply was given up; what there was of it is kept beside the history."""
        self._recorder.event("cut", step=self._step, why=why, seconds=self.since_request, **partial.as_facts())
        self._emit(ReplyCut(why))

    def asked(self, ask: str, call: Call, edits: Edits) -> None:
        """A call waits for a person."""
        name, text, summary = call.tool.name, call.editable, call.summary[:500]
        facts = {"call_id": call.id, "name": name, "command": summary, "text": text, "edits": edits}
        self._recorder.event("ask", step=self._step, ask=ask, **facts)
        self._emit(Asked(ask, call.id, name, text, edits))

    def asked_for_more(self, ask: str, limit: str, reason: str) -> None:
        """A limit was reached, and the run waits for a person to raise it."""
        facts = {"call_id": "", "name": limit, "command": "", "text": reason, "edits": "limits"}
        self._recorder.event("ask", step=self._step, ask=ask, **facts)
        self._emit(Asked(ask, "", limit, reason, "limits"))

    def decided(
        self, ask: str, call_id: str, decision: Literal["approved", "denied", "withdrawn"], **facts: object
    ) -> None:
        """A person, or a rule of theirs, has decided on a call."""
        self._recorder.event("decision", step=self._step, ask=ask, call_id=call_id, decision=decision, **facts)
        self._emit(Decided(ask, call_id, decision))

    def steered(self, command: Command, outcome: Literal["waits", "taken", "refused"], **facts: Any) -> None:
        """What became of a command from the inbox."""
        self._recorder.event("command", step=self._step, id=command.id, do=command.do, outcome=outcome, **facts)
        self._emit(Steered(command.do, outcome, facts.get("why", "")))
