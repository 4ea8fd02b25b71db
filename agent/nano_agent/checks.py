"""What can be said about a run before it starts: each thing that is missing, in a sentence with the way out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nano_agent.record.files import runs_dir
from nano_agent.sandbox import Chosen, SandboxError, SandboxOptions, choose_sandbox
from nano_agent.sandbox.base import Shell
from nano_agent.spec import RunSpec
from nano_agent.workspace import Repository, WorkspaceError, open_repository
from nano_agent.workspace.preconditions import dirty_sentence

if TYPE_CHECKING:
    from pydantic import ValidationError

    from nano_agent.scaffolds import Limits, Scaffold


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in the way of a run."""

    field: str
    """The field of `RunSpec` it is about."""
    text: str


class CannotStart(Exception):
    """The run was not begun; the message is a sentence that says what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def problems(spec: RunSpec, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Everything that is in the way of this run, in the order of the form; empty when it can start. Runs git."""
    found: list[Problem] = []

    def attempt(check: Callable[[], object]) -> None:
        try:
            check()
        except CannotStart as error:
            found.append(Problem(error.field, str(error)))

    attempt(lambda: check_task(spec))
    attempt(lambda: check_repository(spec))
    attempt(lambda: check_model(check_settings(spec, check_scaffold(spec)), environ))
    attempt(lambda: check_scaffold(spec))
    attempt(lambda: check_sandbox(spec))
    attempt(lambda: check_limits(spec))
    attempt(lambda: check_runs_dir(spec))
    return found


def check_task(spec: RunSpec) -> None:
    """There must be a task; raises `CannotStart`."""
    if not spec.task.strip():
        raise CannotStart("task", "The task is empty; say what is to be done.")


def check_model(spec: RunSpec, environ: Mapping[str, str] | None = None) -> None:
    """A model must be named as its provider wants it, and its key be there; raises `CannotStart`."""
    model = spec.model.strip()
    if not model:
        raise CannotStart("model", "No model is named; give one as litellm spells it, like openai/gpt-4.1-mini.")
    if model.startswith("replay/"):
        path = Path(model.removeprefix("replay/").partition("?")[0]).expanduser()
        if not path.exists():
            raise CannotStart("model", f"There is nothing to replay at {path}.")
        return
    if model.startswith("local/"):
        check_weights(model)
        return
    from nano_agent.models.keys import missing_key

    if variable := missing_key(model, spec.api_base, os.environ if environ is None else environ):
        raise CannotStart("model", f"{model} needs a key: set {variable} in the environment and start again.")


def check_weights(model: str) -> None:
    """The weights of a local model, and what serves them, must be here; raises `CannotStart`."""
    from nano_agent.models.base import ModelError
    from nano_agent.models.local.weights import find_weights

    try:
        find_weights(model)
    except ModelError as error:
        raise CannotStart("model", str(error)) from error


def check_settings(spec: RunSpec, scaffold: Scaffold) -> RunSpec:
    """The same with the model and the endpoint that the environment or a file names; raises `CannotStart`."""
    from nano_agent.settings import SettingsError, resolved

    try:
        return resolved(spec, scaffold)
    except SettingsError as error:
        raise CannotStart("model", f"{error}.") from error


def check_scaffold(spec: RunSpec) -> Scaffold:
    """The scaffold; raises `CannotStart`."""
    # Checking what is written in YAML takes two libraries that nobody needs before a run begins.
    from pydantic import ValidationError

    from nano_agent.scaffolds import Scaffold, load_scaffold

    try:
        return Scaffold.model_validate(spec.recipe) if spec.recipe else load_scaffold(spec.scaffold, spec.config)
    except ValidationError as error:
        what = f"What was recorded of the scaffold {spec.scaffold} cannot be used: {_first(error)}"
        raise CannotStart("scaffold", f"{what}. A fork can take another scaffold.") from error
    except ValueError as error:
        raise CannotStart("scaffold", f"{error}.") from error


def check_limits(spec: RunSpec) -> Limits:
    """The limits in force, the scaffold's where none are given; raises `CannotStart`."""
    from pydantic import ValidationError

    from nano_agent.scaffolds import Limits

    given: dict[str, Any] = {**check_scaffold(spec).limits.model_dump(), **spec.limits}
    try:
        return Limits.model_validate(given)
    except ValidationError as error:
        raise CannotStart("limits", f"{_first(error)}, not {error.errors()[0]['input']!r}.") from error


def _first(error: ValidationError) -> str:
    """The first thing that pydantic found, in a few words."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"


def check_repository(spec: RunSpec) -> Repository:
    """The repository, clean unless that is waived; raises `CannotStart`."""
    try:
        repository = open_repository(Path(spec.repo_root), runs_dir(Path(spec.repo_root), spec.runs_dir))
    except WorkspaceError as error:
        raise CannotStart("repo_root", f"{error}.") from error
    if repository.dirty and not spec.allow_dirty:
        raise CannotStart("repo_root", dirty_sentence(repository))
    return repository


def check_sandbox(spec: RunSpec, root: Path | None = None, *, shell: Shell | None = None) -> Chosen:
    """The sandbox over the work tree, able to run here; raises `CannotStart`.

    `shell` says what reads the commands in it, in place of what the scaffold says.
    """
    own = check_scaffold(spec).sandbox
    asked: Shell = shell or ("rbash" if own == "rbash" else "sh")
    options = SandboxOptions(asked, spec.network, spec.image, tuple(spec.visible))
    try:
        return choose_sandbox(spec.sandbox, own, (root or Path(spec.repo_root)).resolve(), options)
    except (ValueError, SandboxError) as error:
        raise CannotStart("sandbox", f"{error}.") from error


def check_runs_dir(spec: RunSpec) -> None:
    """The place for run folders must be writable, as far as can be told without writing; raises `CannotStart`."""
    place = runs_dir(Path(spec.repo_root), spec.runs_dir)
    existing = next((folder for folder in (place, *place.parents) if folder.exists()), Path("/"))
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise CannotStart(
            "runs_dir", f"{existing} cannot be written to; choose another place for runs with --runs-dir."
        )
