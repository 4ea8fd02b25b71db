"""The settings of a run, used again with some of them changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields

from nano_agent.checks import CannotStart
from nano_agent.past import Past
from nano_agent.spec import RunSpec

LIMITS = ("tool_limit", "token_limit", "time_limit", "response_limit", "step_limit", "cost_limit")
_LIMIT = re.compile(r"(?P<name>[a-z_]+)=(?P<sign>\+?)(?P<value>none|\d+(\.\d+)?|\.\d+)\Z")
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
    result = dict(limits)
    for change in changes:
        match = _LIMIT.match(change.replace("-", "_").strip())
        if match is None or match["name"] not in LIMITS or (match["sign"] and match["value"] == "none"):
            raise CannotStart(
                "limits",
                f"{change!r} is no limit; write for example tool_limit=+20, time_limit=900 or cost_limit=none. "
                f"There are: {', '.join(LIMITS)}.",
            )
        name = match["name"]
        value = None if match["value"] == "none" else float(match["value"])
        if match["sign"] and value is not None:
            before = result.get(name)
            value = None if before is None and name in result else (before or 0) + value
        whole = value is not None and value == int(value)
        result[name] = int(value) if whole and value is not None else value
    return result
