"""Forks of trajectories that are not ours: their history converted, their edits made again on a commit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nano_agent.checks import CannotStart, check_scaffold
from nano_agent.converting import Converter
from nano_agent.forking import Heritage
from nano_agent.formats import NotATrajectory, read_sample
from nano_agent.history import without_surrogates
from nano_agent.redoing import foresee_edits, redo_edits
from nano_agent.reuse import changed_limits
from nano_agent.spec import RunSpec
from nano_agent.tools import make_tools
from nano_agent.tools.shell import ShellTool
from nano_agent.trajectory import Trajectory
from nano_agent.workspace.git import GitError, GitRunner

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold


def foreign_fork_spec(
    path: Path,
    step: int,
    repo: Path,
    commit: str = "HEAD",
    sample: str | None = None,
    limits: Sequence[str] = (),
    last: str | None = None,
    rerun_commands: bool = False,
    **changes: Any,
) -> RunSpec:
    """The run that branches off a trajectory of any format, on a commit of a repository; raises `CannotStart`.

    With `rerun_commands` its commands are run too, in the sandbox, and not only its edits made again. `changes` are
    fields of `RunSpec`; without a `model` it is the trajectory's, without a `scaffold` nano.
    """
    run = trajectory_at(path, sample)
    fork_of: dict[str, Any] = {"run": str(path.absolute()), "step": step, "sample": run.sample, "commit": commit}
    if rerun_commands:
        fork_of["rerun_commands"] = True
    if last is not None:
        fork_of["last"] = last
    given = {key: value for key, value in changes.items() if value is not None}
    given.setdefault("model", run.model or "")
    spec = RunSpec(
        task=run.task or f"Go on from step {step} of {path.name}",
        repo_root=str(repo.absolute()),
        fork_of=fork_of,
        worktree=True,
        allow_dirty=True,
        instance_id=run.instance,
        **given,
    )
    own = check_scaffold(spec).limits.model_dump()
    return RunSpec.from_dict({**spec.as_dict(), "limits": changed_limits(own, limits)})


def foreign_last_text(path: Path, step: int, sample: str | None = None) -> str:
    """The text of the last message that a fork after this step takes over; raises `CannotStart`."""
    messages = Converter(None).convert(trajectory_at(path, sample), step).messages
    content = messages[-1].get("content") if messages else None
    if not isinstance(content, str):
        raise CannotStart("fork_of", "There is no text before this step that could be edited.")
    return content


def inherit_foreign(spec: RunSpec) -> Heritage:
    """What a fork of somebody else's run takes over; raises `CannotStart`."""
    wanted = spec.fork_of or {}
    path, step = Path(str(wanted["run"])), int(wanted["step"])
    run = trajectory_at(path, wanted.get("sample"))
    if not 0 <= step <= len(run.steps):
        raise CannotStart(
            "fork_of", f"{path.name} has steps 1 to {len(run.steps)} (0 is before the first), not {step}."
        )
    commit, tree = commit_at(Path(spec.repo_root), str(wanted.get("commit") or "HEAD"))
    scaffold = check_scaffold(spec)
    converted = Converter(_shell_for(run, scaffold)).convert(run, step)
    heritage = Heritage(
        messages=[without_surrogates(message) for message in converted.messages],
        step=converted.replies,
        tree=tree,
        base_tree=tree,
        base_commit=commit,
        store=None,
        events=[{**fact, "message": fact["message"] + 1, "inherited": True} for fact in converted.facts],
        origin={
            "run": path.name,
            "path": str(path),
            "sample": run.sample,
            "step": step,
            "format": run.format,
            "model": run.model,
        },
        redo=lambda repository, stop, _: redo_edits(run, step, repository, stop),
        foresee=partial(foresee_edits, run, step, GitRunner(Path(spec.repo_root)), commit),
    )
    commands = "none of its commands were run"
    if wanted.get("rerun_commands"):
        from nano_agent.rerunning import redo_all

        heritage.redo, heritage.foresee = partial(redo_all, spec, run, step), list
        commands = "its commands run again in a sandbox"
    heritage.notes.append(
        f"the history was converted from {run.format}, under the system prompt of {scaffold.name}; the files are those "
        f"of {commit[:12]} with the run's edits made again, and {commands}"
    )
    if converted.left_out:
        one = converted.left_out == 1
        said = (
            "1 message that the model never saw was" if one else f"{converted.left_out} messages that it never saw were"
        )
        heritage.notes.append(f"{said} left out")
    if not converted.messages:
        heritage.messages.append({"role": "user", "content": spec.task})
    return heritage


def trajectory_at(path: Path, sample: str | None) -> Trajectory:
    """The trajectory that is meant; raises `CannotStart`."""
    try:
        run = read_sample(path, sample)
    except NotATrajectory as error:
        raise CannotStart("fork_of", f"{error}.") from error
    if run is not None:
        return run
    raise CannotStart("fork_of", f"{path} holds no trajectory" + (f" called {sample}." if sample else "."))


def commit_at(repo: Path, name: str) -> tuple[str, str]:
    """The ids of a commit and of its tree; raises `CannotStart`."""
    git = GitRunner(repo)
    try:
        commit = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
        return commit, git.run("rev-parse", f"{commit}^{{tree}}").strip()
    except GitError as error:
        raise CannotStart("repo_root", f"{repo} has no commit {name}; choose another repository or commit.") from error


def _shell_for(run: Trajectory, scaffold: Scaffold) -> tuple[str, str] | None:
    """The tool as whose calls actions in texts are written; `CannotStart` where the scaffold cannot take them."""
    native = scaffold.protocol.kind == "tool_calls"
    if not native:
        if any(not call.from_text for message in run.messages for call in message.tool_calls):
            raise CannotStart(
                "scaffold",
                f"The replies so far are tool calls, and {scaffold.name} reads {scaffold.protocol.kind}; choose a "
                "scaffold that takes tool calls.",
            )
        return None
    shell = next((tool for tool in make_tools(scaffold.tools).values() if isinstance(tool, ShellTool)), None)
    return (shell.name, shell.parameter) if shell is not None else None
