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


_PARENTS_OWN = ("base_tree", "forked_from")
"""What a child's metadata does not have from its parent's."""


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
        self._schemas = [tool.schema for tool in make_tools(scaffold.tools).values()]
        self._recorder = Recorder(self.folder)
        self._history = History(self._recorder, self._seen, make_protocol(scaffold, self._schemas))

    def execute(self, model: Model, task: str, parent: dict[str, Any]) -> tuple[RunEnds, Usage]:
        """Run it to its end and record it."""
        metadata = {key: value for key, value in parent.items() if key not in _PARENTS_OWN} | self._described(task)
        self._recorder.create(metadata, self._schemas)
        self._recorder.event("start", run=self.id)
        self._run.history.delegated(self._context.call_id, self.id)
        end = RunEnds("error", "the child broke off")
        with self._run.steering.approvals.for_child(self._history, self.budget) as approvals:
            steering = self._steering(approvals)
            try:
                end = self._work(model, task, steering)
            finally:
                steering.close(end)
                usage = self._finish(end, metadata)
        return end, usage

    def _work(self, model: Model, task: str, steering: Steering) -> RunEnds:
        scaffold, history = self._scaffold, self._history
        limits = scaffold.limits.model_dump()
        for message in Prompts(scaffold, self._run.repository, history.protocol, self._schemas, limits).opening(task):
            history.add(message)
        toolbox = Toolbox(scaffold, self._run.sandbox, self._parent.checkpoints, history, self._recorder.files)
        self.budget.tokens = model.count_tokens([*history.messages, *self._schemas])
        return Loop(scaffold, model, toolbox, history, self.budget, steering, self._seen).run(task)

    def _finish(self, end: RunEnds, metadata: dict[str, Any]) -> Usage:
        usages, recorder = self._history.usages, self._recorder
        usage = add_usages(usages) if usages else Usage(0, 0, 0, 0, 0.0)
        recorder.clear_live()
        recorder.release_reserve()
        recorder.event("end", exit_status=end.exit_status, reason=end.reason)
        recorder.metadata({**metadata, **describe_end(end, self.budget, self._history, usage, self.started)})
        recorder.close()
        return usage

    def _steering(self, approvals: Approvals) -> Steering:
        """The child's own inbox; whatever ends its parent's call ends the child. It ends at its limits, unasked."""
        inbox = Inbox(self.folder, self._history.warn)

        def parents() -> list[Command]:
            # While a person thinks, the parent's time does not pass either.
            if why := self._run.steering.look() if approvals.asking else self._context.stop():
                inbox.stop(f"its parent: {why}")
            return []

        inbox.source = parents
        return Steering(inbox, self._history, self.budget, approvals, waits=False)

    def _described(self, task: str) -> dict[str, Any]:
        return {
            "run_id": self.id,
            "parent": self._run.id,
            "parent_step": self._run.budget.steps,
            "task": task,
            "scaffold": self._scaffold.model_dump(),
            "limits": self._scaffold.limits.model_dump(),
            "started_at": stamp(self.started),
        }

    def _seen(self, event: Event) -> None:
        """What the child does is the output of the call that made it."""
        if isinstance(event, ToolStarted):
            self._context.on_output(f"{event.name} {event.summary}\n")
