"""What is written at the end of a run, whatever ended it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from nano_agent.budget import RunEnds
from nano_agent.events import Ended
from nano_agent.export import write_also
from nano_agent.models.base import ModelError
from nano_agent.record import RecordError
from nano_agent.redact import without_credentials
from nano_agent.run_metadata import describe_end
from nano_agent.sandbox import SandboxError
from nano_agent.templates import TemplateProblem
from nano_agent.trajectory import Usage, add_usages
from nano_agent.workspace import Checkpoints
from nano_agent.workspace.git import GitError

if TYPE_CHECKING:
    from nano_agent.run import Run

EXPECTED = (RecordError, GitError, ModelError, TemplateProblem, SandboxError)
"""What ends a run with a sentence, since it is nobody's fault here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    exit_status: str
    reason: str
    diff: str
    usage: Usage


def end_of(error: BaseException) -> RunEnds:
    """The end of a run that an error broke off."""
    if isinstance(error, KeyboardInterrupt):
        return RunEnds("interrupted", "stopped by Ctrl-C")
    text = without_credentials(str(error))
    return RunEnds("error", text if isinstance(error, EXPECTED) else f"{type(error).__name__}: {text}")


class Finish:
    """Writes what comes at the end. Each file on its own: one that cannot be written takes no other with it."""

    def __init__(self, run: Run, metadata: dict[str, Any]) -> None:
        self._run = run
        self._metadata = metadata

    def write(self, end: RunEnds, checkpoints: Checkpoints | None) -> Outcome:
        """The diff, the statistics, the end, and everything else for which it must be known."""
        run, recorder = self._run, self._run.recorder
        diff, saved = self._diff(checkpoints)
        self._leave_place(saved=saved)
        self._file("stats.json", orjson.dumps(run.statistics, option=orjson.OPT_INDENT_2))
        recorder.release_reserve()
        self.quietly(lambda: run.steering.close(end))
        self.quietly(recorder.clear_live)
        self.quietly(lambda: recorder.event("end", exit_status=end.exit_status, reason=end.reason))
        usage = add_usages(run.history.usages) if run.history.usages else Usage(0, 0, 0, 0, 0.0)
        self._metadata.update(describe_end(end, run.budget, run.history, usage, run.started))
        self.quietly(lambda: recorder.metadata(self._metadata))
        recorder.close()
        for kind in run.spec.also:
            self.quietly(partial(write_also, run.folder, kind))
        text = diff.decode("utf-8", "replace")
        run.emit(Ended(end.exit_status, end.reason, text))
        return Outcome(end.exit_status, end.reason, text, usage)

    def warn(self, text: str) -> None:
        """Say something that can be left unsaid."""
        self.quietly(lambda: self._run.history.warn(text))

    def quietly(self, action: Callable[[], object]) -> bool:
        """At the end nothing is left to do about a full disk; what was recorded until then stays."""
        try:
            action()
        except RecordError:
            self._metadata.setdefault("unwritten", True)
            return False
        return True

    def _diff(self, checkpoints: Checkpoints | None) -> tuple[bytes, bool]:
        """The final diff, and whether it is saved."""
        if checkpoints is None:
            return b"", False
        try:
            diff = checkpoints.diff(self._run.base_tree)
        except GitError as error:
            self.warn(f"no final diff: {error}")
            return b"", False
        return diff, self._file("diff.txt", diff)

    def _leave_place(self, *, saved: bool) -> None:
        """A work tree of the run's own goes away, unless it is the only place where the work is."""
        run = self._run
        keep = run.spec.keep_worktree or not saved
        if run.place.worktree is not None and not saved:
            self.warn(f"the work is kept in {run.repository.root}")
        run.place.leave(keep=keep)
        if run.place.worktree is not None:
            self._metadata["worktree_kept"] = keep

    def _file(self, name: str, data: bytes) -> bool:
        return self.quietly(lambda: self._run.recorder.write(self._run.folder / name, data))
