"""Child runs: what a run hands to `delegate` is worked on in a run of its own, beside it, with tools that only look."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nano_agent.budget import Budget, RunEnds
from nano_agent.control import Command, Inbox
from nano_agent.control.approval import Approvals
from nano_agent.control.steering import Steering
from nano_agent.events import Event, ToolStarted
from nano_agent.history import History
from nano_agent.loop import Loop
from nano_agent.models import Model
from nano_agent.prompts import Prompts
from nano_agent.protocols import make_protocol
from nano_agent.record import Recorder, new_run_id
from nano_agent.record.clock import stamp
from nano_agent.run_metadata import describe_end
from nano_agent.toolbox import Toolbox
from nano_agent.tools import ToolContext, ToolResult, make_tools
from nano_agent.trajectory import Usage, add_usages

if TYPE_CHECKING:
    from nano_agent.run import Run
    from nano_agent.scaffolds import Scaffold

READ_ONLY = ("list_files", "read_file", "search")
"""The kinds of tools that a child has."""


class Delegation:
    """Makes the children of one run. A child stops when its parent does, and its cost counts against the parent's."""

    def __init__(self, run: Run, model: Model, parent: Toolbox, metadata: dict[str, Any]) -> None:
        self._run = run
        self._model = model
        self._parent = parent
        self._metadata = metadata

    def __call__(self, task: str, steps: int, context: ToolContext) -> ToolResult:
        """Run a child to its end; the result is its answer, or why it has none."""
        child = Child(self._run, self._scaffold(steps), self._parent, context)
        end, usage = child.execute(self._model.for_child(), task, self._metadata)
        self._run.budget.cost += usage.cost_usd or 0.0
        done = end.exit_status == "done"
        text = f"delegate_result:\n{end.answer}" if done else f"error: the child ended without an answer: {end.reason}"
        return ToolResult(text, failed=not done, may_have_changed=False, child=child.folder.name)

    def _scaffold(self, steps: int) -> Scaffold:
        ours = self._run.scaffold
        limits = self._run.limits.model_copy(update={"tool_limit": steps})
        if limits.cost_limit is not None:
            left = max(limits.cost_limit - self._run.budget.cost, 1e-9)
            limits = limits.model_copy(update={"cost_limit": left})
        if (deadline := self._run.budget.deadline) is not None:
            limits = limits.model_copy(update={"time_limit": max(deadline - time.monotonic(), 1e-3)})
        return ours.model_copy(
            update={
                "system": f"{ours.system.rstrip()}\n\n{ours.wording.delegated}",
                "tools": [spec for spec in ours.tools if spec["kind"] in READ_ONLY],
                "limits": limits,
            }
        )


class Child:
    """One child run."""

    def __init__(self, run: Run, scaffold: Scaffold, parent: Toolbox, context: ToolContext) -> None:
        self._run = run
        self._scaffold = scaffold
        self._parent = parent
        self._context = context
        self.id = new_run_id()
        self.folder: Path = run.runs / self.id
        self.budget = Budget(scaffold.limits, scaffold.protocol.attempts_per_call)
        self.started = time.time()

    def execute(self, model: Model, task: str, parent: dict[str, Any]) -> tuple[RunEnds, Usage]:
        """Run it to its end and record it."""
        schemas = [tool.schema for tool in make_tools(self._scaffold.tools).values()]
        recorder = Recorder(self.folder)
        metadata = {key: value for key, value in parent.items() if key != "base_tree"} | self._described(task)
        recorder.create(metadata, schemas)
        recorder.event("start", run=self.id)
        protocol = make_protocol(self._scaffold, schemas)
        history = History(recorder, self._seen, protocol)
        steering = self._steering(history)
        end = RunEnds("error", "the child broke off")
        try:
            prompts = Prompts(
                self._scaffold, self._run.repository, protocol, schemas, self._scaffold.limits.model_dump()
            )
            for message in prompts.opening(task):
                history.add(message)
            toolbox = Toolbox(self._scaffold, self._run.sandbox, self._parent.checkpoints, history, recorder.files)
            self.budget.tokens = model.count_tokens([*history.messages, *schemas])
            end = Loop(self._scaffold, model, toolbox, history, self.budget, steering, self._seen).run(task)
        finally:
            steering.close(end)
            usage = add_usages(history.usages) if history.usages else Usage(0, 0, 0, 0, 0.0)
            recorder.clear_live()
            recorder.release_reserve()
            recorder.event("end", exit_status=end.exit_status, reason=end.reason)
            recorder.metadata({**metadata, **describe_end(end, self.budget, history, usage, self.started)})
            recorder.close()
        return end, usage

    def _steering(self, history: History) -> Steering:
        """The child's own inbox; whatever ends its parent's call ends the child."""
        inbox = Inbox(self.folder, history.warn)

        def parents() -> list[Command]:
            if why := self._context.stop():
                inbox.stop(f"its parent: {why}")
            return []

        inbox.source = parents
        approvals = Approvals("auto", (), history, self.budget)
        return Steering(inbox, history, self.budget, approvals)

    def _described(self, task: str) -> dict[str, Any]:
        return {
            "run_id": self.id,
            "parent": self._run.id,
            "task": task,
            "scaffold": self._scaffold.model_dump(),
            "limits": self._scaffold.limits.model_dump(),
            "started_at": stamp(self.started),
        }

    def _seen(self, event: Event) -> None:
        """What the child does is the output of the call that made it."""
        if isinstance(event, ToolStarted):
            self._context.on_output(f"{event.name} {event.summary}\n")
