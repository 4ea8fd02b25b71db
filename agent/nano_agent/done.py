"""When a run is done: what a reply without actions means, and which actions end it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nano_agent.budget import Budget, RunEnds
from nano_agent.protocols import Action
from nano_agent.tools import ToolResult

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold
    from nano_agent.toolbox import Toolbox


class DoneRule(Protocol):
    """Each method raises `RunEnds` when the run is over."""

    def rest(self, text: str, toolbox: Toolbox, budget: Budget) -> str:
        """The model asked for nothing and said `text`; returns what to say to it so that it goes on."""

    def acted(self, action: Action, result: ToolResult) -> None:
        """An action was answered."""

    def failed(self, end: RunEnds) -> float:
        """The provider failed for good; returns the seconds after which it is asked again, or raises `end`."""


def make_done(scaffold: Scaffold, task: str) -> DoneRule:
    """The scaffold's rule, for one task."""
    kinds = {"changed": Changed, "patched": Patched, "promise": Promise, "answer": Answer, "sentinel": Sentinel}
    rule: DoneRule = kinds[scaffold.done.kind](scaffold, task)
    return rule


class Answer:
    """Any reply without actions is the answer."""

    def __init__(self, scaffold: Scaffold, task: str) -> None:
        self.scaffold = scaffold
        self.task = task

    def rest(self, text: str, toolbox: Toolbox, budget: Budget) -> str:
        """The model has answered."""
        raise RunEnds("done", "the model gave its answer", text)

    def acted(self, action: Action, result: ToolResult) -> None:
        """No action ends the run."""

    def failed(self, end: RunEnds) -> float:
        """An error ends it."""
        raise end


class Changed(Answer):
    """The model finished and the work tree has changed; where it has not, a reminder costs one call."""

    def rest(self, text: str, toolbox: Toolbox, budget: Budget) -> str:
        """Done, or reminded."""
        if toolbox.work_tree_changed():
            raise RunEnds("done", "the model finished and the work tree has changed", text)
        wording, nudge = self.scaffold.wording, self.scaffold.wording.nudge
        if budget.calls_left is not None:
            if budget.calls_left <= 1:
                raise RunEnds("tool_limit", "the model stopped without a change, and no call was left to remind it")
            nudge += wording.nudge_cost.format(calls=budget.calls_left - 1)
        budget.calls += 1
        return nudge


class Patched(Answer):
    """The first patch that applies ends the run."""

    def acted(self, action: Action, result: ToolResult) -> None:
        """Whether that was it."""
        if result.edited and not result.failed:
            raise RunEnds("done", "a patch was applied")


class Promise(Answer):
    """The model must begin a reply with a given word; whatever else it ends with, the goal is stated again."""

    def __init__(self, scaffold: Scaffold, task: str) -> None:
        super().__init__(scaffold, task)
        self._rounds = 1

    def rest(self, text: str, toolbox: Toolbox, budget: Budget) -> str:
        """Done when promised."""
        word = self.scaffold.done.word
        if text.lstrip().startswith(word):
            raise RunEnds("done", f"the model said {word}", text.lstrip().removeprefix(word).strip())
        self._next(RunEnds("step_limit", f"the goal was stated {self._rounds} times and {word} never said"))
        return self.scaffold.wording.nudge.replace("{task}", self.task)

    def failed(self, end: RunEnds) -> float:
        """An error is one round more, after a while."""
        self._next(end)
        return self.scaffold.done.delay

    def _next(self, end: RunEnds) -> None:
        if self._rounds >= self.scaffold.done.rounds:
            raise end
        self._rounds += 1


class Sentinel(Answer):
    """A command that succeeds and prints a given word as its first line; the rest of its output is the submission."""

    def acted(self, action: Action, result: ToolResult) -> None:
        """Whether this was the submission."""
        first, _, rest = result.text.lstrip().partition("\n")
        if result.exit_code == 0 and first.strip() == self.scaffold.done.word:
            raise RunEnds("done", "the model submitted its work", rest)
