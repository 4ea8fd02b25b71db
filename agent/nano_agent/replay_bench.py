"""The place where recorded actions are run again: a work tree, the run's own tools and sandbox, and no model."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nano_agent.budget import Budget
from nano_agent.changes.kept import trees_of
from nano_agent.checks import CannotStart, check_repository, check_sandbox, check_scaffold
from nano_agent.control import Inbox
from nano_agent.control.approval import Approvals
from nano_agent.control.steering import Steering
from nano_agent.history import History
from nano_agent.past import NoPast, Past, read_past
from nano_agent.placing import beside
from nano_agent.protocols import Action, make_protocol
from nano_agent.record import Recorder, new_run_id
from nano_agent.replaying import Difference, Replayed, compared
from nano_agent.reuse import spec_of
from nano_agent.sandbox import RunPlace, SandboxError
from nano_agent.toolbox import Toolbox
from nano_agent.tools import ArgumentError, check_arguments, make_tools
from nano_agent.workspace import Checkpoints
from nano_agent.workspace.git import GitError
from nano_agent.workspace.store import adopt_objects

if TYPE_CHECKING:
    from nano_agent.scaffolds.scaffold import Wording

_BRIEF = 200
_NEVER_DONE = ("[interrupted: ", "[not run: ")
_KILLED = re.compile(r"\[killed after \S+ s: ")


class ReplayBench:
    """Holds all of it; to be used in a `with`, which removes every trace."""

    def __init__(self, path: Path, repo: Path | None) -> None:
        try:
            self.past: Past = read_past(path)
        except NoPast as error:
            raise CannotStart("run", f"{error}.") from error
        facts = self.past.metadata
        base, commit = facts.get("base_tree"), facts.get("base_commit")
        if not isinstance(base, str) or not isinstance(commit, str):
            raise CannotStart("run", "The run ended before its files were recorded, so it cannot be run again.")
        spec = replace(spec_of(self.past), allow_dirty=True)
        self._spec = replace(spec, repo_root=str(repo)) if repo else spec
        original = replace(check_repository(self._spec), base_commit=commit)
        self._temporary = Path(tempfile.mkdtemp(prefix="nano-replay-"))
        folder = self._temporary / f"replay-{new_run_id()}"
        try:
            self._place = beside(original, folder, base, self.past.folder / "checkpoints.git")
        except GitError as error:
            shutil.rmtree(self._temporary, ignore_errors=True)
            raise CannotStart("repo_root", f"The files that the run began with cannot be restored: {error}.") from error
        self._facts = {fact["message"]: fact for fact in self.past.facts()}
        self._trees = trees_of(self.past.folder)
        try:
            self._set_up(folder)
        except (SandboxError, GitError) as error:
            self._remove()
            raise CannotStart("sandbox", f"{error}.") from error
        except BaseException:
            self._remove()
            raise

    def _remove(self) -> None:
        self._place.leave(keep=False)
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _set_up(self, folder: Path) -> None:
        """The parts that a run has, with a record that nobody reads but us."""
        scaffold = check_scaffold(self._spec)
        recorder = Recorder(folder)
        recorder.create({}, [])
        self._protocol = make_protocol(scaffold, [tool.schema for tool in make_tools(scaffold.tools).values()])
        self._history = History(recorder, lambda _: None, self._protocol)
        unlimited = scaffold.limits.model_copy(
            update={name: None for name in type(scaffold.limits).model_fields if name != "response_limit"}
        )
        self._budget = Budget(unlimited)
        approvals = Approvals("auto", (), self._history, self._budget)
        self._steering = Steering(Inbox(folder), self._history, self._budget, approvals)
        repository = self._place.repository
        self._sandbox = check_sandbox(self._spec, repository.root).sandbox
        if own_git := self._sandbox.start(RunPlace(folder.name, folder, repository)):
            repository = replace(repository, git_dir=own_git)
        adopt_objects(self.past.folder / "checkpoints.git", folder / "checkpoints.git")
        self._checkpoints = Checkpoints(repository, folder / "checkpoints.git")
        self._checkpoints.take(0)
        self._toolbox = Toolbox(scaffold, self._sandbox, self._checkpoints, self._history, recorder.files)
        self._recorder, self._wording = recorder, scaffold.wording

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sandbox.close()
        self._recorder.close()
        self._remove()

    def steps(self) -> Iterator[int]:
        """The numbers of the steps."""
        return iter(range(1, self.past.n_steps + 1))

    def run(self, step: int, found: Replayed) -> Iterator[Difference]:
        """Run what a step asked for and compare; the files are compared last."""
        first, last = self.past.cut(step - 1), self.past.cut(step)
        turn = self._protocol.read(self.past.messages[first])
        answers = [i for i in range(first + 1, last) if self._facts.get(i, {}).get("type") == "tool_end"]
        whole = True
        for number, (action, index) in enumerate(zip(turn.actions, answers, strict=False), 1):
            if why := self._why_not(index):
                found.skipped.append(f"step {step}, call {number}: {why}")
                whole = whole and bool(self._facts[index].get("not_run"))
                continue
            found.calls += 1
            yield from self._again(step, number, self._as_run(action, step), index)
        self._toolbox.checkpoint(step)
        if whole:
            yield from self._files(step)
        else:
            found.skipped.append(f"step {step}: its files are not compared, for they are partly that call's doing")

    def _why_not(self, index: int) -> str:
        """Why a recorded call is not run again, or nothing."""
        fact, text = self._facts[index], str(self.past.messages[index].get("content"))
        if fact.get("not_run") or text.startswith(_NEVER_DONE):
            return "it was not run, or not to its end"
        if _KILLED.search(text):
            return "the run's end or a person cut it short"
        if fact.get("child"):
            return "it was handed to a child run, which takes a model"
        return ""

    def _as_run(self, action: Action, step: int) -> Action:
        """The action, as a person had changed it where one had."""
        for event in self.past.events:
            same = event.get("step") == step and event.get("call_id") == action.call_id
            if same and event.get("type") == "decision" and isinstance(edited := event.get("edited"), str):
                return replace(action, arguments=self._edited(action, edited))
        return action

    def _edited(self, action: Action, text: str) -> object:
        tool = self._toolbox.tools[action.name]
        required = tool.schema["function"]["parameters"].get("required", [])
        return {required[0]: text} if len(required) == 1 else text

    def _again(self, step: int, number: int, action: Action, index: int) -> Iterator[Difference]:
        fact, message = self._facts[index], self.past.messages[index]
        result, answer = self._toolbox.answer(action, self._budget, self._steering, lambda _: 0, last=False)
        said = f"{action.name} {self._brief(action)}"
        codes = (fact.get("exit_code"), result.exit_code)
        if codes[0] != codes[1]:
            yield Difference(step, number, said, "exit code", "", f"exit code {codes[0]}", f"exit code {codes[1]}")
        whole = fact.get("output")
        if isinstance(whole, str) and (self.past.folder / whole).is_file() and result.whole is None:
            recorded = (self.past.folder / whole).read_bytes().decode("utf-8", "replace")
            yield from compared(step, number, said, "output", recorded, result.text)
        else:
            recorded = without_warnings(str(message.get("content")), self._wording)
            yield from compared(step, number, said, "output", recorded, str(answer["content"]))

    def _brief(self, action: Action) -> str:
        """What an action does, in a line."""
        tool = self._toolbox.tools.get(action.name)
        try:
            said = tool.describe(check_arguments(tool.schema, action.arguments)) if tool else str(action.arguments)
        except ArgumentError:
            said = str(action.arguments)
        return said[:_BRIEF]

    def _files(self, step: int) -> Iterator[Difference]:
        recorded = self._trees.get(step)
        now = self._checkpoints.tree
        if recorded is None or recorded == now or not self.past.is_complete(step):
            return
        names = self._checkpoints.names_between(recorded, now).split("\0")
        sides = [self._contents(tree, [name for name in names if name]) for tree in (recorded, now)]
        yield from compared(step, 0, "the files after this step", "files", *sides)

    def _contents(self, tree: str, names: list[str]) -> str:
        """The files that differ, as they are in a tree, for people to read."""
        return "\n".join(f"--- {name}\n{self._checkpoints.text_of(tree, name)}" for name in names)


def without_warnings(text: str, wording: Wording) -> str:
    """An observation without what stands before the result: lines on limits, and that a person changed the call."""
    templates = (wording.few_calls, wording.few_tokens, wording.last_tokens)
    patterns = [re.sub(r"\\\{\w+\\\}", r"\\d+", re.escape(template)) for template in templates if template]
    text = re.sub(rf"\A(?:(?:{'|'.join(patterns)})\n)+", "", text) if patterns else text
    return re.sub(r"\A\[The user changed this call\. What ran instead: .*?\]\n", "", text, flags=re.DOTALL)
