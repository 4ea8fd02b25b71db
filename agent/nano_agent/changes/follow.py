"""Following a run through its messages: which operations its calls stand for, and what its answers show."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nano_agent.changes import observed, patches
from nano_agent.changes.answers import MOST
from nano_agent.changes.calls import command_text, operations_of
from nano_agent.changes.lines import Base
from nano_agent.changes.operations import Move, Operation, Patch, Shown, Unfollowed, Write
from nano_agent.changes.replay import Replay
from nano_agent.changes.shell_words import commands
from nano_agent.trajectory import Message, Step, ToolCall, Trajectory, steps_of

_ROOTS = ("/testbed", "/workspace", "/repo", "/app")


@dataclass(frozen=True, slots=True)
class Called:
    """One call of a run, and where it was made."""

    step: int
    call: ToolCall
    answer: Message | None
    cwd: str
    """The folder that was worked in then, as far as it is told."""
    open_file: str
    """What SWE-agent's line editor had open."""

    @property
    def command(self) -> str:
        """The shell command, whose exit code tells more than what it printed; empty for all else."""
        return _command(self.call)

    def operations(self) -> Iterator[Operation]:
        """What it did, as far as its answer bears it out; then what the answer shows. Paths are as they were said."""
        call, answer = self.call, self.answer
        output = observed.printed(answer) if answer is not None else None
        found = list(operations_of(call, self.cwd, self.open_file, output))
        edits = [one for one in found if not isinstance(one, Shown)]
        if answer is None:
            if edits:
                yield Unfollowed(f"an edit by {call.name}, which has no answer,")
            return
        if "action was not executed" in answer.text[:2000]:
            return
        if not (command := self.command):
            yield from () if observed.refused(answer) else found
        elif answer.exit_code in (None, 0):
            yield from () if answer.failed else found
        elif len(commands(command)) > 1:
            # Which of them failed is not said; those that write files hardly ever do.
            yield from edits
        yield from observed.shown(call, answer, self.cwd)


class WorkRoot:
    """The folder that a run worked in, from which paths are taken."""

    def __init__(self, run: Trajectory) -> None:
        self.path = _root(run)
        """Empty where paths are relative or nothing is known."""

    def inside(self, operation: Operation) -> Operation | None:
        """The operation with paths from the root of the work tree; `None` when it is about something outside."""
        path = self.relative(operation.path)
        if path is None:
            return None
        if isinstance(operation, Patch | Move):
            return replace(operation, path=path, to=(self.relative(operation.to) or "") if operation.to else "")
        return replace(operation, path=path)

    def relative(self, path: str) -> str | None:
        """A path from the root of the work tree; `None` for one outside of it."""
        if not path.startswith("/"):
            return None if path.startswith(("../", "~")) else "" if path == "." else path
        if path == self.path:
            return ""
        if self.path and path.startswith(f"{self.path}/"):
            return path[len(self.path) + 1 :]
        return None if self.path else path.lstrip("/")


class Followed:
    """A run, replayed once."""

    def __init__(self, run: Trajectory, start: Callable[[str], Base] | None = None) -> None:
        """`start` says what is in a file at the start, where that is known; else it is told from the run."""
        self.replay = Replay(start) if start else Replay()
        """The files as the run left them."""
        root = WorkRoot(run)
        steps = list(steps_of(run.messages))
        self.last = len(steps)
        """The last step there is."""
        if start is None:
            self._learn_recorded(run.diff or "")
        for called in calls_of(run, root, steps):
            for operation in called.operations():
                if (inside := root.inside(operation)) is not None:
                    self.replay.do(called.step, inside)

    def _learn_recorded(self, diff: str) -> None:
        """The final diff tells what stood in the files at the start, around what changed in all."""
        for found in patches.unified(plain(diff)) if len(diff) < MOST else ():
            history = self.replay.history(found.path)
            history.base.existed = not isinstance(found, Write)
            for hunk in found.hunks if isinstance(found, Patch) else ():
                history.base.known |= dict(enumerate(hunk.old, hunk.start or 0))


def calls_of(run: Trajectory, root: WorkRoot, steps: Sequence[Step]) -> Iterator[Called]:
    """All calls of a run in order, but those that were only shown to the model as an example."""
    cwd, open_file = root.path, ""
    for step in steps:
        if run.messages[step.reply].note == "demonstration":
            continue
        for call, answer in _answered(run.messages, step):
            yield Called(step.index, call, answer, cwd, open_file)
            if answer is not None and (state := observed.state_of(answer)):
                open_file = "" if state[0] == "n/a" else posixpath.normpath(posixpath.join(state[1], state[0]))
                cwd = state[1]


def plain(diff: str) -> str:
    """A recorded diff with plain line ends: many have come through a terminal, and so has what the answers show."""
    return diff.replace("\r\n", "\n")


def _command(call: ToolCall) -> str:
    """The shell command of a call, whose exit code tells more than what it printed; empty for all else."""
    arguments = call.arguments
    if not isinstance(arguments, Mapping) or any(key in arguments for key in ("path", "file_path", "file")):
        return ""
    texts = (command_text(arguments.get(key)) for key in ("cmd", "command", "commands", "keystrokes"))
    command = next((text for text in texts if text), "")
    return "" if command.startswith(("edit ", "create ", "insert ")) else command


def _answered(messages: Sequence[Message], step: Step) -> Iterator[tuple[ToolCall, Message | None]]:
    """The calls of a step with the messages that answer them: by id, else in order."""
    left = list(step.observations)
    for index in step.indexes:
        message = messages[index]
        for call in message.tool_calls:
            if message.is_observation:  # formats that keep no reply: the answer brings its call along
                yield call, message
                continue
            match = next((i for i in left if call.id is not None and messages[i].call_id == call.id), None)
            if match is None:
                match = next((i for i in left if messages[i].call_id is None or call.id is None), None)
            if match is not None:
                left.remove(match)
            yield call, messages[match] if match is not None else None


_BEFORE = re.compile(r"/[\w./-]+$")
_CD = re.compile(r"cd (/[\w./-]+)")


def _root(run: Trajectory) -> str:
    """The folder that is worked in, as far as it is told; empty where paths are relative or nothing is known."""
    if run.repo and run.repo.startswith("/"):
        return posixpath.normpath(run.repo)
    named = [found.path for found in patches.unified((run.diff or "")[:MOST])]
    places, starts = Counter[str](), set[str]()
    for message in run.messages:
        if message.note == "demonstration":
            continue
        if message.is_observation and (state := observed.state_of(message)):
            return state[1]
        for call in message.tool_calls:
            words = call.raw_arguments[:20_000]
            places.update(_CD.findall(words))
            for path in named:
                if match := _BEFORE.search(words[: max(0, words.find(f"/{path}"))][-200:]):
                    return match[0]
            starts |= {root for root in _ROOTS if f"{root}/" in words}
    if places:
        most = max(places.values())
        return posixpath.normpath(min((place for place, count in places.items() if count == most), key=len))
    return next((root for root in _ROOTS if root in starts), "")
