"""Answering actions: check the arguments, run the tool, cut what the model is shown, keep the whole on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nano_agent.budget import FEW_CALLS, FEW_TOKENS, LAST_TOKENS, Budget, RunEnds
from nano_agent.control.calls import Call
from nano_agent.control.steering import Steering
from nano_agent.events import ToolEnded
from nano_agent.history import History
from nano_agent.observation import Observer, Shown
from nano_agent.protocols import Action
from nano_agent.record import RunFiles
from nano_agent.sandbox import Sandbox
from nano_agent.statistics import Statistics
from nano_agent.tools import ArgumentError, Tool, ToolContext, ToolResult, check_arguments, examples_of, make_tools
from nano_agent.tools.shell import ShellTool
from nano_agent.workspace import Checkpoints

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold


class Toolbox:
    """The tools of one run over its work tree."""

    def __init__(
        self, scaffold: Scaffold, sandbox: Sandbox, checkpoints: Checkpoints, history: History, files: RunFiles
    ) -> None:
        self.scaffold = scaffold
        self.sandbox = sandbox
        self.statistics = Statistics()
        self.tools: dict[str, Tool] = make_tools(scaffold.tools)
        self.schemas: list[dict[str, Any]] = [tool.schema for tool in self.tools.values()]
        self.checkpoints = checkpoints
        self.delegate: Callable[[str, int, ToolContext], ToolResult] | None = None
        """Set for a run that may have children."""
        self._history = history
        self._files = files
        self._observer = Observer(scaffold.observation)
        self._examples = examples_of(scaffold.tools)
        self._previous: list[tuple[str, object]] = []
        self._maybe_changed = False

    def answer(
        self, action: Action, budget: Budget, steering: Steering, count: Callable[[str], int], *, last: bool
    ) -> tuple[ToolResult, dict[str, Any]]:
        """Run one action and append its observation, whatever the model wrote; returns the result and the message.

        `count` says how many tokens a text is. Only the `last` answer of a batch warns: the model reads all of them at
        once, and what an earlier one said of the limits would not be true any more.
        """
        started, paused = time.monotonic(), budget.paused
        spill = self._spill(action.call_id)
        result = self._run(action, steering, spill)
        shown, facts = self._observation(result, spill)
        seconds = time.monotonic() - started - (budget.paused - paused)
        ended = ToolEnded(action.call_id, action.name, seconds, result.exit_code, result.failed, shown.cut)
        warning = self._warning(budget, count(shown.text)) if last else ""
        return result, self._history.answer(ended, warning + shown.text, **facts)

    def run_typed(self, steering: Steering) -> dict[str, Any] | None:
        """Run an action that a person types, and append it with its observation as theirs; `None` when none came."""
        tool = next((tool for tool in self.tools.values() if isinstance(tool, ShellTool)), None)
        if tool is None:
            raise RunEnds("error", "this scaffold has no shell, so no action can be typed")
        call = steering.approvals.typed(Call("", tool, {tool.parameter: ""}), steering.look)
        if call is None:
            return None
        started, spill = time.monotonic(), self._spill("typed")
        result = self._execute(call, steering, spill)
        shown, facts = self._observation(result, spill)
        seconds = time.monotonic() - started
        ended = ToolEnded("", tool.name, seconds, result.exit_code, result.failed, shown.cut)
        text = f"[The user ran this themselves]\n$ {call.summary}\n{shown.text}"
        return self._history.add_typed(ended, text, **facts, decision="typed by the user")

    def checkpoint(self, step: int) -> None:
        """Record the work tree after a step, when anything can have changed in it."""
        if self._maybe_changed:
            before = self.checkpoints.tree
            tree = self.checkpoints.take(step)
            self._maybe_changed = False
            if tree != before:
                self._history.checkpoint(step, tree)

    def work_tree_changed(self) -> bool:
        """Whether the work tree differs from what the final diff is compared with."""
        return self.checkpoints.tree != self.checkpoints.base

    def _run(self, action: Action, steering: Steering, spill: Path) -> ToolResult:
        tool = self.tools.get(action.name)
        if tool is None:
            names = ", ".join(self.tools)
            return self._refusal(f"no tool is called {action.name!r}; there are: {names}")
        try:
            arguments = check_arguments(tool.schema, action.arguments)
        except ArgumentError as error:
            self.statistics.count(tool.name, None, failed=True)
            return self._refusal(f"{action.name}: {error}", action.name)
        if self._repeats(tool.name, arguments):
            self.statistics.count(tool.name, None, failed=True)
            return _refused(self.scaffold.wording.repeated.replace("{name}", tool.name))
        verdict = steering.approvals.judge(Call(action.call_id, tool, arguments), steering.look)
        if verdict.refusal:
            return replace(_refused(f"[not run: {verdict.refusal}]"), not_run=True, decision=verdict.decision)
        result = self._execute(verdict.call, steering, spill)
        self.statistics.count(tool.name, verdict.call.summary, failed=result.failed)
        edited = f"[The user changed this call. What ran instead: {verdict.call.editable}]\n" if verdict.edited else ""
        return replace(result, preface=edited, decision=verdict.decision)

    def _execute(self, call: Call, steering: Steering, spill: Path) -> ToolResult:
        self._history.tool_started(call.id, call.tool.name, call.summary)
        context = ToolContext(
            root=self.checkpoints.repository.root,
            record=self._files.folder,
            sandbox=self.sandbox,
            timeout=self.scaffold.command_timeout,
            stop=steering.give_up,
            on_output=lambda text: self._history.tool_output(call.id, text),
            spill=spill,
            call_id=call.id,
            delegate=self.delegate,
        )
        result = call.tool.run(call.arguments, context)
        self._maybe_changed = self._maybe_changed or result.may_have_changed
        return result

    def _observation(self, result: ToolResult, spill: Path) -> tuple[Shown, dict[str, Any]]:
        """What the model is shown of a result, and what is recorded beside it; the whole of the output is kept."""
        shown = self._observer.show(result)
        facts: dict[str, Any] = {"bytes": result.n_bytes}
        if result.not_run:
            facts["not_run"] = True
        if result.decision:
            facts["decision"] = result.decision
        if shown.cut and result.whole is None:
            self._history.keep_output(spill, result.text)
        if shown.cut or result.whole is not None:
            facts["output"] = str(spill.relative_to(self._files.folder))
        if result.child:
            facts["child"] = result.child
        return replace(shown, text=result.preface + shown.text), facts

    def _repeats(self, name: str, arguments: dict[str, Any]) -> bool:
        """Whether this call is equal to each of the last ones, so many as the scaffold says."""
        number, call = self.scaffold.refuse_repeats, (name, arguments)
        if not number:
            return False
        repeats = self._previous[-number:] == [call] * number
        self._previous = [*self._previous[1 - number :], call] if number > 1 else [call]
        return repeats

    def _refusal(self, problem: str, name: str = "") -> ToolResult:
        """An action that is not run, and an example of how it would be."""
        wording, example = self.scaffold.wording, self._examples.get(name)
        added = wording.example.replace("{example}", example) if example else ""
        return _refused(wording.refused.replace("{problem}", problem) + added)

    def _warning(self, budget: Budget, observation: int) -> str:
        """What the model must know about its limits, before the observation; the numbers hold when it reads them."""
        calls, wording, lines = budget.calls_left, self.scaffold.wording, list[str]()
        if budget.tokens_left is not None:
            tokens = max(budget.tokens_left - observation, 0)
            if tokens < LAST_TOKENS:
                lines.append(wording.last_tokens.format(tokens=tokens))
            elif tokens < FEW_TOKENS:
                lines.append(wording.few_tokens.format(tokens=tokens))
        if calls is not None and calls < FEW_CALLS:
            lines.append(wording.few_calls.format(calls=calls))
        return "".join(f"{line}\n" for line in lines if line)

    def _spill(self, call_id: str) -> Path:
        """A file for the full output; some servers give every call the same id."""
        path = self._files.output(call_id)
        number = 1
        while path.exists():
            number += 1
            path = self._files.output(f"{call_id}-{number}")
        return path


def _refused(text: str) -> ToolResult:
    return ToolResult(text, failed=True, may_have_changed=False)
