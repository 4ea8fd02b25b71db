"""One run from its preconditions to its last file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nano_agent.budget import Budget, RunEnds
from nano_agent.checks import (
    CannotStart,
    check_limits,
    check_model,
    check_repository,
    check_sandbox,
    check_scaffold,
    check_settings,
    check_task,
)
from nano_agent.control import Inbox
from nano_agent.control.approval import Approvals
from nano_agent.control.commands import Mode
from nano_agent.control.steering import Steering
from nano_agent.delegation import Delegation
from nano_agent.events import Event
from nano_agent.finishing import EXPECTED, Finish, Outcome, end_of
from nano_agent.history import History
from nano_agent.loop import Loop
from nano_agent.models import make_model
from nano_agent.models.base import Model, ModelSettings
from nano_agent.placing import Place, beside, in_place
from nano_agent.prompts import Prompts
from nano_agent.protocols import make_protocol
from nano_agent.record import Recorder, RecordError, new_run_id
from nano_agent.record.files import runs_dir
from nano_agent.run_metadata import describe
from nano_agent.sandbox import RunPlace, Sandbox
from nano_agent.spec import RunSpec
from nano_agent.toolbox import Toolbox
from nano_agent.tools import make_tools
from nano_agent.workspace import Checkpoints
from nano_agent.workspace.git import GitError
from nano_agent.workspace.preconditions import hide_runs
from nano_agent.workspace.store import adopt_objects


class Run:
    """One execution of a scaffold on a task in a repository, recorded in a folder of its own.

    Making it checks all that can be checked and writes nothing; raises `CannotStart`.
    """

    def __init__(self, spec: RunSpec, emit: Callable[[Event], None] = lambda _: None) -> None:
        self.emit = emit
        check_task(spec)
        self.scaffold = check_scaffold(spec)
        self.spec = spec = check_settings(spec, self.scaffold)
        check_model(spec)
        self.limits = check_limits(spec)
        self.repository = check_repository(spec)
        self.place = in_place(self.repository)
        self._chosen = check_sandbox(spec, self.repository.root)
        self.id = new_run_id()
        self.tools: list[dict[str, Any]] = [tool.schema for tool in make_tools(self.scaffold.tools).values()]
        self.protocol = make_protocol(self.scaffold, self.tools)
        self.statistics: dict[str, int | float] = {}
        self.exit_status: str | None = None
        self.budget = Budget(self.limits, self.scaffold.protocol.attempts_per_call)
        self.started = time.time()
        self.approval: Mode = spec.approval or self.scaffold.approval.mode
        self.base_tree = ""
        """What the final diff is made against."""
        self._metadata: dict[str, Any] = {}
        self.move_to(runs_dir(self.repository.root, spec.runs_dir))

    def move_to(self, runs: Path) -> None:
        """Keep the run folder below `runs`; only before the run begins."""
        self.runs = runs
        self.recorder = Recorder(runs / self.id)
        self.history = History(self.recorder, self.emit, self.protocol)
        self.inbox = Inbox(self.folder, self.history.warn)
        approvals = Approvals(self.approval, self.scaffold.approval.whitelist, self.history, self.budget)
        self.steering = Steering(self.inbox, self.history, self.budget, approvals, self._settings_changed)

    @property
    def task(self) -> str:
        """What is to be done now."""
        return self.spec.task

    @property
    def sandbox(self) -> Sandbox:
        """Where commands run."""
        return self._chosen.sandbox

    @property
    def sandbox_warning(self) -> str | None:
        """What people must be told of it before the run starts."""
        return self._chosen.warning

    @property
    def folder(self) -> Path:
        """The run folder; it exists once the run has begun."""
        return self.recorder.files.folder

    def execute(self, begun: Callable[[Path], None] = lambda _: None) -> Outcome:
        """Run to the end. `begun` is called when the folder is there and can be followed.

        Raises `CannotStart` when the folder cannot be made, and errors of our own code after recording them.
        """
        self._take_place()
        try:
            self._begin()
        except BaseException as error:
            self._give_up_place()
            if isinstance(error, RecordError):
                raise CannotStart("runs_dir", f"{error}.") from error
            raise
        model: Model | None = None
        checkpoints: Checkpoints | None = None
        toolbox: Toolbox | None = None
        end = RunEnds("error", "the run broke off")
        try:
            begun(self.folder)
            self._start_sandbox()
            checkpoints = self._checkpoint_base()
            toolbox = Toolbox(self.scaffold, self.sandbox, checkpoints, self.history, self.recorder.files)
            self._open_history(toolbox)
            model = make_model(self._model_settings(), self.recorder.files.model_log)
            toolbox.delegate = Delegation(self, model, toolbox, self._metadata)
            self.budget.tokens = model.count_tokens([*self.history.messages, *toolbox.schemas])
            loop = Loop(self.scaffold, model, toolbox, self.history, self.budget, self.steering, self.emit)
            end = loop.run(self.task)
        except BaseException as error:
            end = end_of(error)
            if not isinstance(error, EXPECTED):
                raise
        finally:
            self.statistics = toolbox.statistics.as_dict() if toolbox else {}
            try:
                # Before the last look at the work tree, which nothing shall change any more.
                if note := self.sandbox.close():
                    Finish(self, self._metadata).warn(note)
                if model is not None:
                    model.close()
            finally:
                outcome = self._finish(end, checkpoints)
        return outcome

    def _settings_changed(self, changed: Mapping[str, Any]) -> None:
        """A person has changed limits, or who approves, while it goes on; it is resumed with what holds then."""
        self._metadata |= changed
        self.recorder.metadata(self._metadata)

    def _take_place(self) -> None:
        """Decide where to work: a work tree of one's own is made now, and everything else looks only at that."""
        try:
            self.place = self._find_place()
        except GitError as error:
            raise CannotStart("repo_root", f"{error}.") from error
        if self.place.worktree is not None:
            self.repository = self.place.repository
            self.sandbox.close()
            self._chosen = check_sandbox(self.spec, self.repository.root)

    def _find_place(self) -> Place:
        return beside(self.repository, self.folder) if self.spec.worktree else in_place(self.repository)

    def _give_up_place(self) -> None:
        """The run did not begin."""
        self.place.leave(keep=False)

    def _begin(self) -> None:
        self._metadata = self._describe()
        self.recorder.create(self._metadata, self.tools)
        hide_runs(self.place.original, self.runs)
        self.recorder.event("start", run=self.id)

    def _describe(self) -> dict[str, Any]:
        return describe(self)

    def _start_sandbox(self) -> None:
        """Make the sandbox ready; said first of all is when there is none to speak of."""
        if self.sandbox_warning:
            self.history.warn(self.sandbox_warning)
        if own_git := self.sandbox.start(RunPlace(self.id, self.folder, self.repository)):
            self.repository = replace(self.repository, git_dir=own_git)

    def _checkpoint_base(self) -> Checkpoints:
        store = self.recorder.files.checkpoints
        for other in self.place.stores:
            adopt_objects(other, store)
        checkpoints = Checkpoints(self.repository, store, self.runs, self.history.warn)
        tree = checkpoints.take(self.budget.steps)
        self.base_tree = checkpoints.base = self.base_tree or tree
        self._metadata["base_tree"] = self.base_tree
        self.recorder.metadata(self._metadata)
        self.history.checkpoint(self.budget.steps, tree)
        for missing in self.place.missing:
            self.history.warn(missing)
        if self.repository.submodules:
            self.history.warn("the repository has submodules; changes inside them are not part of the diff")
        return checkpoints

    def _open_history(self, toolbox: Toolbox) -> None:
        """Begin the history, before the first request."""
        for message in self.opening():
            self.history.add(message)

    def opening(self) -> list[dict[str, Any]]:
        """What the history begins with."""
        return self.prompts().opening(self.spec.task)

    def prompts(self) -> Prompts:
        """The scaffold's prompts, to be filled in for this run."""
        return Prompts(self.scaffold, self.repository, self.protocol, self.tools, self.limits.model_dump())

    def _model_settings(self) -> ModelSettings:
        sampling: dict[str, Any] = {key: value for key, value in self.spec.sampling.items() if value is not None}
        return ModelSettings(
            self._model_name(),
            self.spec.api_base,
            self.spec.thinking,
            prices=self.spec.prices,
            client=self.spec.client,
            **sampling,
        )

    def _model_name(self) -> str:
        return self.spec.model

    def _finish(self, end: RunEnds, checkpoints: Checkpoints | None) -> Outcome:
        """Write what comes at the end."""
        self.exit_status = end.exit_status
        return Finish(self, self._metadata).write(end, checkpoints)
