"""The loop: ask the model, do what it asked for, append what came of it, until a rule or a limit says stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nano_agent.budget import Budget, RunEnds
from nano_agent.control.steering import INTERRUPTED, TIME_IS_OVER, Steering
from nano_agent.done import make_done
from nano_agent.events import Event
from nano_agent.history import History
from nano_agent.models.base import CallStopped, DeadlinePassed, Model, ModelError, Reply, Request
from nano_agent.partial import Partial
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
        steering: Steering,
        emit: Callable[[Event], None],
    ) -> None:
        self.scaffold = scaffold
        self.model = model
        self.toolbox = toolbox
        self.history = history
        self.budget = budget
        self.steering = steering
        self.emit = emit
        self.done = make_done(scaffold, "")
        self.view = make_view(scaffold, history.protocol)
        self._rejected = 0
        self._cost_unknown = False

    def run(self, task: str) -> RunEnds:
        """Work on a task that stands in the history; returns why it ended.

        Whatever ends it, every tool call of the history is answered.
        """
        self.done = make_done(self.scaffold, task)
        self._rejected = 0
        try:
            while True:
                self.steering.check()
                if self.steering.approvals.mode == "human":
                    self.by_hand()
                    continue
                self.steering.within(self.budget.check)
                if turn := self.query():
                    self.take(turn)
        except RunEnds as end:
            self.history.answer_open_calls(f"[not run: {end.reason}]")
            return end
        except BaseException:
            self.history.answer_open_calls("[not run: the run broke off]")
            raise

    def query(self) -> Turn | None:
        """One reply of the model, streamed into the record; `None` where there is none and the run goes on."""
        self.say(self.steering.said())
        budget, partial = self.budget, Partial()
        sent = self.view.sent(self.history.messages)
        tools = self.toolbox.schemas if self.history.protocol.native else []
        request = Request(sent, tools, budget.max_tokens, budget.deadline, self.history.protocol.grammar)

        def given_up() -> bool:
            request.deadline = budget.deadline
            return bool(self.steering.look())

        self.history.requested(budget.steps + 1, request.max_tokens, sent)
        try:
            with self.steering.busy():
                for event in self.model.stream(request, given_up):
                    if isinstance(event, Reply):
                        self._spend(event)
                        return self.history.add_reply(event)
                    partial.add(event)
                    self.history.streamed(event)
                    self.emit(event)
        except CallStopped:
            self._cut(partial)
        except DeadlinePassed:
            self.history.cut(TIME_IS_OVER, partial)
            self.steering.within(budget.check_time)
        except ModelError as error:
            self._after_error(error)
        else:
            raise RunEnds("error", "the model's reply never ended")
        return None

    def take(self, turn: Turn) -> None:
        """Do what a reply asks for, or say what it should have been."""
        self._rejected = self._rejected + 1 if turn.rejected else 0
        if turn.rejected:
            if self._rejected == self.scaffold.protocol.errors_in_a_row:
                raise RunEnds("format_errors", f"{self._rejected} replies in a row were not of the right form")
            self.say(turn.rejected)
        elif turn.actions:
            self.act(turn.actions)
        elif not self.steering.has_word():
            self.say(self.done.rest(turn.text, self.toolbox, self.budget))

    def act(self, actions: Sequence[Action]) -> None:
        """Run the actions of one reply in order; those over the limit or after an interrupt are answered as not run."""
        try:
            with self.steering.busy():
                for number, action in enumerate(actions, 1):
                    self.steering.check()
                    if self.steering.interrupted:
                        break
                    self.steering.within(self.budget.check_act)
                    self.budget.calls += 1
                    last = number == len(actions)
                    result, answer = self.toolbox.answer(action, self.budget, self.steering, self._tokens_of, last=last)
                    self._count(answer)
                    self.done.acted(action, result)
            if self.steering.interrupted:
                self.history.answer_open_calls(f"[not run: {INTERRUPTED}]")
                self.steering.settle("the actions of a reply")
        except RunEnds as end:
            if end.exit_status != "done" or not self.steering.has_word():
                raise
            # It would be done, had a person nothing more to say.
            self.history.answer_open_calls(f"[not run: {end.reason}]")
        finally:
            self.toolbox.checkpoint(self.budget.steps)

    def by_hand(self) -> None:
        """A person types the action; the model will read it, with what it printed, at its next turn."""
        try:
            with self.steering.busy():
                self._count(self.toolbox.run_typed(self.steering))
            self.steering.settle("an action that was typed")
            self.say(self.steering.said())
        finally:
            self.toolbox.checkpoint(self.budget.steps)

    def say(self, text: str) -> None:
        """Say something to the model, if there is something to be said."""
        if text:
            self._count(self.history.add({"role": "user", "content": text}))

    def _cut(self, partial: Partial) -> None:
        """The reply was given up. What there was of it stays, and the model is told, if it is to go on."""
        self.history.cut(self.steering.look(), partial)
        self.steering.check()
        if not self.steering.interrupted:
            raise RunEnds("error", "the call of the model was given up")
        told = partial.told(self.history.since_request)
        if partial:
            message = partial.message()
            usage = self.model.estimate_usage(self.budget.tokens, self.model.count_tokens([message]))
            reply = Reply(message, replace(usage, cost_estimated=True), "interrupted")
            self._spend(reply)
            self.history.add_reply(reply, cut=True)
        self.steering.settle("a reply")
        self.say(self.steering.said(told))

    def _after_error(self, error: ModelError) -> None:
        """The provider failed for good: the end, or a wait before the scaffold's rule goes on."""
        until = time.monotonic() + self.done.failed(RunEnds("error", str(error)))
        self.history.warn(str(error))
        with self.steering.busy():
            while time.monotonic() < until and not self.steering.give_up():
                time.sleep(_TICK)
        self.steering.settle("a wait after an error")

    def _spend(self, reply: Reply) -> None:
        self.budget.spend_reply(reply.usage, self.model.count_tokens([reply.message]))
        if self.budget.limits.cost_limit is not None and reply.usage.cost_usd is None and not self._cost_unknown:
            self._cost_unknown = True
            self.history.warn("what a reply costs is not known for this model, so the cost limit cannot hold")

    def _count(self, message: Mapping[str, Any] | None) -> None:
        """Account for a message that came since the last reply."""
        if message is not None:
            self.budget.tokens += self.model.count_tokens([message])

    def _tokens_of(self, text: str) -> int:
        return self.model.count_tokens([{"role": "tool", "content": text}])
