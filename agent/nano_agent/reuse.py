"""The settings of a run, used again with some of them changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from nano_agent.checks import CannotStart
from nano_agent.limit_words import limits_of
from nano_agent.past import Past
from nano_agent.spec import RunSpec

_NOT_TAKEN = frozenset(
    ("task", "scaffold", "sandbox", "worktree", "keep_worktree", "group_id", "sample", "runs_dir", "config", "origins")
)


def spec_of(past: Past) -> RunSpec:
    """What was asked for when this run was started, as far as its metadata says it."""
    known = {f.name: past.metadata[f.name] for f in fields(RunSpec) if f.name in past.metadata}
    known = {key: value for key, value in known.items() if key not in _NOT_TAKEN and value is not None}
    recipe = past.metadata.get("scaffold")
    return RunSpec(
        **known,
        task=str(past.metadata.get("task") or ""),
        scaffold=str(recipe.get("name")) if isinstance(recipe, dict) else "nano",
        recipe=recipe if isinstance(recipe, dict) else None,
        sandbox=past.metadata.get("sandbox"),
        runs_dir=str(past.folder.absolute().parent),
    )


def changed_limits(limits: Mapping[str, float | None], changes: Sequence[str]) -> dict[str, float | None]:
    """The limits after changes like `tool_limit=+20` (more), `tool_limit=50` (all in all) and `tool_limit=none`.

    Raises `CannotStart` for what is none.
    """
    try:
        return {**limits, **limits_of(changes, limits)}
    except ValueError as error:
        raise CannotStart("limits", str(error)) from error
