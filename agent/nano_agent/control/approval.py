"""Which calls a person must agree to, what was agreed to for good, and the question that is open now."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from nano_agent.budget import Budget
from nano_agent.control.calls import Call
from nano_agent.control.commands import Command, Mode
from nano_agent.history import History
from nano_agent.tools import ArgumentError

Decision = Literal["approved", "denied", "withdrawn"]
_NAP = 0.05
GiveUp = Callable[[], str]
"""Asked all the time while a person is waited for: a sentence on why waiting is over, or nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a call."""

    call: Call
    """As it is to run: it may have been edited."""
    refusal: str = ""
    """Why it does not run, for the model; empty when it does."""
    edited: bool = False
    decision: str = ""
    """What a person, or a rule of theirs, had to do with it, in a few words."""


@dataclass(slots=True)
class _Question:
    """A call that waits for a person."""

    call: Call
    by_hand: bool = False
    """The person types what is to run; the call is empty until then."""
    id: str = field(default_factory=lambda: secrets.token_hex(3))
    asked: float = field(default_factory=time.monotonic)
    verdict: Verdict | None = None


class Approvals:
    """The approval mode of one run and the rules made so far."""

    def __init__(self, mode: Mode, whitelist: Sequence[str], history: History, budget: Budget) -> None:
        """`whitelist` holds regular expressions; a call that one of them matches whole is not asked about."""
        self.mode = mode
        self._whitelist = [re.compile(pattern) for pattern in whitelist]
        self._records = [(history, budget)]
        self._agreed_calls: set[tuple[str, bytes]] = set()
        self._agreed_tools: set[str] = set()
        self._question: _Question | None = None

    @contextmanager
    def for_child(self, history: History, budget: Budget) -> Iterator[Approvals]:
        """While a child of the run works: its calls are judged by the same rules, and the same person is asked.

        What is asked and decided is in both records, so that it can be answered in either.
        """
        self._records.append((history, budget))
        try:
            yield self
        finally:
            self._records.pop()

    @property
    def asking(self) -> bool:
        """Whether a person is waited for."""
        return self._question is not None

    def judge(self, call: Call, give_up: GiveUp) -> Verdict:
        """Whether this call runs, and how; waits for a person where one must be asked."""
        while True:
            if self.mode == "auto" or not call.tool.risky or self._whitelisted(call):
                return Verdict(call)
            if self.mode == "never":
                return Verdict(call, "nobody is there to approve calls that can do harm", decision="refused by a rule")
            if call.tool.name in self._agreed_tools or call.key in self._agreed_calls:
                self._decided("", call.id, "approved", by="rule")
                return Verdict(call, decision="approved by a rule")
            if (verdict := self._ask(_Question(call), give_up)) is not None:
                return verdict

    def typed(self, blank: Call, give_up: GiveUp) -> Call | None:
        """Wait until a person has typed an action of this tool; `None` when waiting is over."""
        verdict = self._ask(_Question(blank, by_hand=True), give_up)
        return None if verdict is None or verdict.refusal else verdict.call

    def take(self, command: Command) -> str:
        """Take an answer to the open question; returns why it cannot be taken, or nothing."""
        question = self._question
        if question is None or question.verdict is not None:
            return "no call waits for approval" if not command.ask else "that call does not wait any more"
        if command.ask not in ("", question.id, question.call.id):
            return "another call waits for approval now"
        return self._deny(question, command) if command.do == "deny" else self._approve(question, command)

    def _deny(self, question: _Question, command: Command) -> str:
        if question.by_hand:
            return "type what is to run, or change the mode"
        why = f"the user denied it: {command.text}" if command.text else "the user denied it"
        question.verdict = Verdict(question.call, why, decision="denied")
        self._close(question, "denied", by=command.id, reason=command.text)
        return ""

    def _approve(self, question: _Question, command: Command) -> str:
        call = question.call
        try:
            chosen = call if command.edit is None else call.edited(command.edit)
        except ArgumentError as error:
            return str(error)
        if question.by_hand and not chosen.editable.strip():
            return "type what is to run"
        if command.scope == "tool":
            self._agreed_tools.add(call.tool.name)
        elif command.scope == "command":
            self._agreed_calls |= {call.key, chosen.key}
        changed = chosen.key != call.key
        edited = changed and not question.by_hand
        question.verdict = Verdict(chosen, edited=edited, decision="edited by the user" if edited else "approved")
        what = {"edited": chosen.editable} if changed else {}
        self._close(question, "approved", by=command.id, scope=command.scope, **what)
        return ""

    def _ask(self, question: _Question, give_up: GiveUp) -> Verdict | None:
        """Put the question and wait for its answer; `None` when the mode was changed meanwhile.

        The run's clock stands still: a person who thinks must not use up its time.
        """
        mode, self._question = self.mode, question
        call = question.call
        for history, _ in self._records:
            history.asked(question.id, call, "action" if question.by_hand else call.edits)
        try:
            while question.verdict is None:
                why = give_up()
                if question.verdict is None and (why or self.mode != mode):
                    self._close(question, "withdrawn", reason=why or "the approval mode was changed")
                    return Verdict(call, why) if why else None
                if question.verdict is None:
                    time.sleep(_NAP)
            return question.verdict
        finally:
            self._question = None
            for _, budget in self._records:
                budget.pause(time.monotonic() - question.asked)

    def _close(self, question: _Question, decision: Decision, **facts: str) -> None:
        seconds = round(time.monotonic() - question.asked, 3)
        self._decided(question.id, question.call.id, decision, seconds=seconds, **facts)

    def _decided(self, ask: str, call_id: str, decision: Decision, **facts: object) -> None:
        for history, _ in self._records:
            history.decided(ask, call_id, decision, **facts)

    def _whitelisted(self, call: Call) -> bool:
        return any(rule.fullmatch(call.summary) for rule in self._whitelist)
