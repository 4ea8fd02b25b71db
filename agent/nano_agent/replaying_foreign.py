"""Running the recorded actions of somebody else's run again, on the commit that it began with."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nano_agent.checks import CannotStart, check_repository
from nano_agent.foreign_fork import commit_at, trajectory_at
from nano_agent.placing import Place, beside
from nano_agent.record import new_run_id
from nano_agent.replaying import Difference, Progress, Replayed, compared
from nano_agent.rerunning import Again, Rerun, confined
from nano_agent.spec import RunSpec
from nano_agent.workspace.git import GitError


def replay_foreign(
    path: Path,
    repo: Path,
    commit: str = "HEAD",
    sample: str | None = None,
    sandbox: str | None = None,
    *,
    everything: bool = False,
    progress: Progress = lambda _, __: None,
) -> Replayed:
    """As `replaying.replay` for a trajectory of any format; its edits are made on the files as they come to be.

    What the files came to was not recorded, so that only exit codes, outputs and edits are compared. Raises
    `CannotStart`, also where commands could not be confined and no `sandbox` was asked for.
    """
    run = trajectory_at(path, sample)
    spec = RunSpec(run.task or "replay", str(repo.absolute()), run.model or "", sandbox=sandbox, allow_dirty=True)
    found = Replayed()
    with _place(spec, commit) as place, confined(spec, place.repository, run) as confinement:
        rerun = Rerun(run, place.repository.root, confinement)
        for step in range(1, rerun.last + 1):
            found.steps += 1
            progress(step, rerun.last)
            for again in rerun.step(step):
                _take(again, found)
            if not everything and any(not difference.only for difference in found.differences):
                break
    return found


@contextmanager
def _place(spec: RunSpec, commit: str) -> Iterator[Place]:
    """A work tree of the commit, for as long as it is needed."""
    base, tree = commit_at(Path(spec.repo_root), commit)
    original = replace(check_repository(spec), base_commit=base)
    temporary = Path(tempfile.mkdtemp(prefix="nano-replay-"))
    try:
        place = beside(original, temporary / f"replay-{new_run_id()}", tree)
    except GitError as error:
        raise CannotStart("repo_root", f"The files of {commit} cannot be checked out: {error}.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    try:
        yield place
    finally:
        place.leave(keep=False)


def _take(again: Again, found: Replayed) -> None:
    """Add what became of one action."""
    if again.skipped:
        found.skipped.append(f"step {again.step}, call {again.number}: {again.skipped}")
        return
    found.calls += 1
    then, now = again.exit_codes
    about = (again.step, again.number, again.action)
    if again.problem:
        found.differences.append(Difference(*about, "files", "", "the edit was made", again.problem))
    if then is not None and then != now:
        code = "none, it was killed" if now is None else str(now)
        found.differences.append(Difference(*about, "exit code", "", f"exit code {then}", f"exit code {code}"))
    found.differences += compared(*about, "output", *again.outputs)
