"""The demo: a recorded model, or a small one of this machine, works on the repository that a sample was recorded on."""

from __future__ import annotations

import time
from pathlib import Path

import orjson

from nano_agent.spec import RunSpec
from nano_tui.samples import samples_folder
from nano_tui.settings import CannotBegin

SAMPLE = "fix-off-by-one"
"""The sample that is replayed as a live run."""
SPEED = 1.0
"""How much faster than recorded the replies come."""
LOCAL_MODEL = "local/smollm2"
LOCAL_TASK = "What does this code do?"
STOP_WITHIN = 5.0
"""Seconds that the run is given to end when the demo is left."""


def prepare(place: Path, sample: Path | None = None) -> RunSpec:
    """Make the sample's repository again below `place`, and say what is to be run in it; raises `CannotBegin`."""
    sample = sample or _sample()
    repository = place / "repository"
    repository.mkdir(parents=True)
    _restore(sample, repository)
    metadata = _json(sample / "metadata.json")
    return RunSpec(
        task=str(metadata.get("task") or "Make the tests pass."),
        repo_root=str(repository),
        model=f"replay/{sample}?speed={SPEED:g}",
        scaffold=_scaffold(metadata),
        runs_dir=str(place / "runs"),
    )


def prepare_local(place: Path) -> RunSpec:
    """The same repository for the model of this machine, which looks around in it; raises `CannotBegin`."""
    repository = place / "repository"
    repository.mkdir(parents=True)
    _restore(_sample(), repository)
    return RunSpec(
        task=LOCAL_TASK,
        repo_root=str(repository),
        model=LOCAL_MODEL,
        scaffold="tiny",
        # It repeats itself otherwise.
        sampling={"temperature": 1.3},
        runs_dir=str(place / "runs"),
    )


def _scaffold(metadata: dict[str, object]) -> str:
    """The name of the scaffold that the sample was recorded with."""
    scaffold = metadata.get("scaffold")
    return str(scaffold["name"]) if isinstance(scaffold, dict) and "name" in scaffold else "nano"


def _sample() -> Path:
    folder = samples_folder()
    if folder is None:
        raise CannotBegin("the sample runs are not installed; install nano-tui from its wheel, or run it in a checkout")
    return folder / SAMPLE


def _restore(sample: Path, into: Path) -> None:
    """The work tree as it was before the first step, committed, since a run starts from a commit."""
    from nano_agent.workspace import restore_tree
    from nano_agent.workspace.git import GitError, GitRunner

    tree = first_tree(sample)
    if tree is None:
        raise CannotBegin(f"{sample} has no checkpoint to start from")
    git = GitRunner(into)
    try:
        restore_tree(sample / "checkpoints.git", tree, into)
        git.run("init", "--quiet", "--template=")
        git.run("add", "--all", "--force")
        name = ("-c", "user.name=nano-tui demo", "-c", "user.email=demo@localhost")
        git.run(*name, "commit", "--quiet", "--message=As the sample began")
    except GitError as error:
        raise CannotBegin(f"the sample's repository cannot be made: {error}") from error


def first_tree(sample: Path) -> str | None:
    """The tree id of the checkpoint before the first step."""
    try:
        lines = (sample / "events.jsonl").read_bytes().splitlines()
    except OSError:
        return None
    for line in lines:
        event = orjson.loads(line)
        if event.get("type") == "checkpoint":
            return str(event["tree"])
    return None


def _json(path: Path) -> dict[str, object]:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def end_runs(runs: Path, within: float = STOP_WITHIN) -> None:
    """Ask every run below a folder to stop, and wait until they have, so that the folder can go."""
    from nano_agent.control import request_stop
    from nano_agent.record import Follower

    followers = [Follower(folder) for folder in runs.glob("*") if (folder / "metadata.json").exists()]
    going = [follower for follower in followers if not follower.poll().state.ended]
    for follower in going:
        request_stop(follower.files.folder)
    deadline = time.monotonic() + within
    while going and time.monotonic() < deadline:
        time.sleep(0.05)
        going = [follower for follower in going if not follower.poll().state.ended]
