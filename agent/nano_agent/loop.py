"""The loop: ask the model, do what it asked for, append what came of it, until a rule or a limit says stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nano_agent.budget import Budget, RunEnds
from nano_agent.control import Inbox
from nano_agent.done import make_done
from nano_agent.events import Event
from nano_agent.history import History
from nano_agent.models.base import CallStopped, DeadlinePassed, Model, ModelError, Reply, Request
from nano_agent.protocols import Action, Turn
from nano_agent.sent import make_view
from nano_agent.toolbox import Toolbox

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold

_TICK = 0.05


class Loop:
    """One run from its first request to its end. It owns no file and no process; its parts do."""

    def __init__(
        self,
        scaffold: Scaffold,
        model: Model,
        toolbox: Toolbox,
        history: History,
        budget: Budget,
        inbox: Inbox,
        emit: Callable[[Event], None],
    ) -> None:
        self.scaffold = scaffold
        self.model = model
        self.toolbox = toolbox
        self.history = history
        self.budget = budget
        self.inbox = inbox
        self.emit = emit
        self.done = make_done(scaffold)
        self.view = make_view(scaffold, toolbox.schemas)
        self._rejected = 0
        self._cost_unknown = False

    def run(self) -> RunEnds:
        """Run to the end; returns why it ended. Whatever ends it, every tool call of the history is answered."""
        try:
            while True:
                if self._stop():
                    raise self._interrupted()
                self.budget.check()
                if turn := self.query():
                    self.take(turn)
        except RunEnds as end:
            self.history.answer_open_calls(f"[not run: {end.reason}]")
            return end
        except BaseException:
            self.history.answer_open_calls("[not run: the run broke off]")
            raise

    def query(self) -> Turn | None:
        """One reply of the model, streamed into the record; `None` after an error that does not end the run."""
        sent = self.view.sent(self.history.messages)
        tools = self.toolbox.schemas if self.history.protocol.native else []
        request = Request(sent, tools, self.budget.max_tokens, deadline=self.budget.deadline)
        self.history.requested(self.budget.steps + 1, request.max_tokens, sent)
        try:
            for event in self.model.stream(request, self._stop):
                if isinstance(event, Reply):
                    self._spend(event)
                    return self.history.add_reply(event)
                self.history.streamed(event)
                self.emit(event)
        except CallStopped:
            raise self._interrupted() from None
        except DeadlinePassed:
            raise self.budget.out_of_time() from None
        except ModelError as error:
            self._after_error(error)
            return None
        raise RunEnds("error", "the model's reply never ended")

    def take(self, turn: Turn) -> None:
        """Do what a reply asks for, or say what it should have been."""
        self._rejected = self._rejected + 1 if turn.rejected else 0
        if turn.rejected:
            if self._rejected == self.scaffold.protocol.errors_in_a_row:
                raise RunEnds("format_errors", f"{self._rejected} replies in a row were not of the right form")
            self.say(turn.rejected)
        elif turn.actions:
            self.act(turn.actions)
        else:
            self.say(self.done.rest(turn.text, self.toolbox, self.budget))

    def _spend(self, reply: Reply) -> None:
        self.budget.spend_reply(reply.usage, self.model.count_tokens([reply.message]))
        if self.budget.limits.cost_limit is not None and reply.usage.cost_usd is None and not self._cost_unknown:
            self._cost_unknown = True
            self.history.warn("what a reply costs is not known for this model, so the cost limit cannot hold")

    def act(self, actions: Sequence[Action]) -> None:
        """Run the actions of one reply in order; those over the limit are answered as not run."""
        try:
            for number, action in enumerate(actions, 1):
                if self._stop():
                    raise self._interrupted()
                self.budget.check_time()
                self.budget.check_calls()
                self.budget.calls += 1
                last = number == len(actions)
                result, answer = self.toolbox.answer(action, self.budget, self._stop, self._tokens_of, last=last)
                self.budget.tokens += self.model.count_tokens([answer])
                self.done.acted(action, result)
        finally:
            self.toolbox.checkpoint(self.budget.steps)

    def say(self, text: str) -> None:
        """Say something to the model."""
        message = self.history.add({"role": "user", "content": text})
        self.budget.tokens += self.model.count_tokens([message])

    def _after_error(self, error: ModelError) -> None:
        """The provider failed for good: the end, or a wait before the scaffold's rule goes on."""
        until = time.monotonic() + self.done.failed(RunEnds("error", str(error)))
        self.history.warn(str(error))
        while time.monotonic() < until:
            if self._stop():
                raise self._interrupted()
            self.budget.check_time()
            time.sleep(_TICK)

    def _stop(self) -> bool:
        """Asked all the time by whatever waits; also what keeps the live file fresh meanwhile."""
        self.history.tick()
        return self.inbox.stop_requested()

    def _tokens_of(self, text: str) -> int:
        return self.model.count_tokens([{"role": "tool", "content": text}])

    def _interrupted(self) -> RunEnds:
        return RunEnds("interrupted", f"stopped by {self.inbox.stopped_by or 'request'}")
