"""The recorded actions of somebody else's run, done again: its commands in a sandbox, its edits by their words."""

from __future__ import annotations

import itertools
import re
import shlex
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nano_agent.changes import observed
from nano_agent.changes.follow import Called, WorkRoot, calls_of
from nano_agent.changes.lines import WHOLE_BASE
from nano_agent.changes.operations import Shown
from nano_agent.changes.replay import Replay
from nano_agent.checks import CannotStart, check_sandbox
from nano_agent.events import Redoing
from nano_agent.record import new_run_id
from nano_agent.redoing import base_of, put, shortened
from nano_agent.replaying import only_in
from nano_agent.sandbox import RunPlace, Sandbox, SandboxError
from nano_agent.sandbox.registry import AUTO, OPEN
from nano_agent.spec import RunSpec
from nano_agent.their_shell import shell_of
from nano_agent.trajectory import Trajectory
from nano_agent.workspace import Repository

TIMEOUT = 120.0
"""Seconds that one command may take."""
_BRIEF = 200
_NAVIGATION = ("open", "goto", "scroll_up", "scroll_down", "search_dir", "search_file", "find_file")
_OWN = frozenset((*_NAVIGATION, "create", "edit", "insert", "submit", "exit_forfeit"))
"""Commands that are SWE-agent's own, and no shell's."""


@dataclass(frozen=True, slots=True)
class Again:
    """One action that was done again, or was not."""

    step: int
    number: int
    """Of the call in its step, from 1."""
    action: str
    """What it is, in a line."""
    exit_codes: tuple[int | None, int | None] = (None, None)
    """Recorded and now; `None` is unknown."""
    outputs: tuple[str | None, str | None] = (None, None)
    """The same of what was printed."""
    problem: str = ""
    """Why an edit could not be made."""
    skipped: str = ""
    """Why it was not done again."""

    @property
    def is_command(self) -> bool:
        """Whether a command was run."""
        return not self.skipped and self.outputs != (None, None)

    @property
    def differs(self) -> str:
        """What is other than recorded, in a few words; other numbers and paths alone are nothing."""
        then, now = self.exit_codes
        if self.problem:
            return self.problem
        if then is not None and then != now:
            return f"exit code {then} then, {'killed' if now is None else now} now"
        expected, actual = self.outputs
        if expected is None or actual is None or expected == actual or only_in(expected, actual):
            return ""
        return "another output"


class Rerun:
    """Does the actions of a run again, step by step, in a work tree with the files that it began with."""

    def __init__(self, run: Trajectory, root: Path, sandbox: Sandbox, stop: Callable[[], bool] = lambda: False) -> None:
        """Absolute paths below the folder that the run worked in are taken for those below `root`."""
        self._root, self._sandbox, self._stop = root.resolve(), sandbox, stop
        self._theirs = WorkRoot(run)
        self._calls = defaultdict[int, list[Called]](list)
        for called in calls_of(run, self._theirs, run.steps):
            self._calls[called.step].append(called)
        self.last = len(run.steps)
        """The last step there is."""

    def up_to(self, step: int, told: Callable[[Redoing], None]) -> Iterator[Again]:
        """Do what all steps up to this one asked for; `told` hears of each action beforehand."""
        steps, count = range(1, step + 1), itertools.count(1)
        of = sum(len(self._calls[number]) for number in steps)
        for number in steps:
            yield from self.step(number, lambda called: told(Redoing(next(count), of, _brief(called))))

    def step(self, step: int, begins: Callable[[Called], object] = lambda _: None) -> Iterator[Again]:
        """Do what a step asked for; `begins` hears of each call beforehand."""
        for number, called in enumerate(self._calls[step], 1):
            begins(called)
            words = called.command.split(maxsplit=1)
            if not words or words[0] in _OWN:
                yield self._edit(number, called)
            elif called.answer is None:
                yield Again(step, number, _brief(called), skipped="it has no answer, so it may never have run")
            else:
                yield self._command(number, called)

    def _command(self, number: int, called: Called) -> Again:
        command, where = self._ours(called.command), self._theirs.relative(called.cwd)
        if where:
            command = f"cd {shlex.quote(str(self._root / where))} || exit\n{command}"
        result = self._sandbox.run(command, timeout=TIMEOUT, stop=self._stop)
        assert called.answer is not None
        recorded = observed.printed(called.answer)
        now = self._named_as_theirs(result.text).strip() if result.whole is None else None
        codes = (called.answer.exit_code, result.exit_code)
        outputs = (None if recorded is None else recorded.strip(), now)
        return Again(called.step, number, _brief(called), codes, outputs)

    def _edit(self, number: int, called: Called) -> Again:
        """Make the edits of a call on the files as they are now."""
        replay = Replay(lambda path: base_of(self._root, path))
        found = [self._theirs.inside(one) for one in called.operations() if not isinstance(one, Shown)]
        edits = [one for one in found if one is not None]
        if not edits:
            return Again(called.step, number, _brief(called), skipped="it is no command, and no edit that was made")
        for operation in edits:
            replay.do(called.step, operation)
        problems = [words for _, _, words in replay.notes]
        for path, history in replay.files.items():
            version = history.at(called.step)
            if path and version is not WHOLE_BASE and (problem := put(self._root, path, version, history.base)):
                problems.append(problem)
        return Again(called.step, number, _brief(called), problem="; ".join(problems))

    def _ours(self, command: str) -> str:
        if not self._theirs.path:
            return command
        return re.sub(rf"(?<![\w./-]){re.escape(self._theirs.path)}(?![\w.-])", lambda _: str(self._root), command)

    def _named_as_theirs(self, text: str) -> str:
        return text.replace(str(self._root), self._theirs.path) if self._theirs.path else text


def redo_all(
    spec: RunSpec,
    run: Trajectory,
    step: int,
    repository: Repository,
    stop: Callable[[], bool],
    told: Callable[[Redoing], None] = lambda _: None,
) -> list[str]:
    """Bring the files of a work tree, which are as at the start, to where the run had them after a step.

    Its commands are run again in the sandbox that `spec` asks for, its edits made by their words; `told` hears of each
    beforehand. Returns a sentence for each thing that came to something else; raises `CannotStart`, also when `stop`
    says so meanwhile.
    """
    said, commands, same = list[str](), 0, 0
    with confined(spec, repository, run) as sandbox:
        rerun = Rerun(run, repository.root, sandbox, stop)
        for again in rerun.up_to(step, told):
            if stop():
                raise CannotStart("fork_of", "It was stopped while the recorded commands were run again.")
            commands += again.is_command
            same += again.is_command and not again.differs
            if again.differs:
                said.append(f"step {again.step}: {again.differs}: {again.action}")
    ran = f"{same} of {commands} commands came to what was recorded when they were run again in {sandbox.name}"
    ran += " by bash" * ("bash" in sandbox.shell)
    return [*([ran] if commands else []), *shortened(said, "things came to something else")]


@contextmanager
def confined(spec: RunSpec, repository: Repository, run: Trajectory) -> Iterator[Sandbox]:
    """A sandbox over a work tree for commands that somebody else's model wrote; raises `CannotStart`.

    One that confines nothing must have been asked for by its name. The shell is the kind that the run had, whatever
    the scaffold is that goes on from there.
    """
    sandbox = check_sandbox(spec, repository.root, shell=shell_of(run)).sandbox
    if sandbox.name in OPEN and spec.sandbox in (None, AUTO):
        raise CannotStart(
            "sandbox",
            "Commands of a recorded run are run again only where they are confined, and no sandbox works here "
            "(nano-tui sandboxes says why). --sandbox local runs them with your rights.",
        )
    with tempfile.TemporaryDirectory(prefix="nano-rerun-") as temporary:
        folder = Path(temporary) / new_run_id()
        folder.mkdir(mode=0o700)
        try:
            sandbox.start(RunPlace(folder.name, folder, repository))
            yield sandbox
        except SandboxError as error:
            raise CannotStart("sandbox", f"{error}.") from error
        finally:
            sandbox.close()


def _brief(called: Called) -> str:
    text = called.command or f"{called.call.name} {called.call.raw_arguments}"
    return " ".join(text[: 2 * _BRIEF].split())[:_BRIEF]
