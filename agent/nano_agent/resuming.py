"""Going on with a run in its own folder: what must be so, and what is said when it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from nano_agent.checks import CannotStart
from nano_agent.past import NoPast, Past, read_past
from nano_agent.record.process import is_alive
from nano_agent.reuse import changed_limits, spec_of
from nano_agent.spec import RunSpec

_LISTED = 8


def resume_spec(
    path: Path,
    say: str | None = None,
    limits: Sequence[str] = (),
    work_on: Literal["same", "restored", "found"] = "same",
) -> RunSpec:
    """How to go on with the run at this path. `limits` are like `tool_limit=+20`, `time_limit=900`, `cost_limit=none`.

    Raises `CannotStart` when there is nothing to go on with.
    """
    past = past_of(path)
    must_be_over(past)
    if past.metadata.get("exit_status") == "done" and not say:
        raise CannotStart("say", "This run is done; say what more there is to do with --say.")
    spec = spec_of(past)
    return replace(
        spec,
        limits=changed_limits(spec.limits, limits),
        allow_dirty=True,
        resume=str(past.folder.absolute()),
        resume_with=work_on,
        say=say,
        group_id=past.metadata.get("group_id"),
        sample=past.metadata.get("sample"),
        keep_worktree=bool(past.metadata.get("worktree_kept")),
    )


def past_of(path: Path) -> Past:
    """The run at this path; raises `CannotStart` when it is none of ours."""
    try:
        return read_past(path)
    except NoPast as error:
        raise CannotStart("resume", f"{error}.") from error


def must_be_over(past: Past) -> None:
    """Raises `CannotStart` for a run that goes on."""
    if not past.metadata.get("ended_at") and is_alive(past.metadata.get("process"), past.last_sign()):
        raise CannotStart("resume", f"{past.folder.name} is going on; stop it first: nano-tui stop {past.folder}.")


def differing(names: str) -> str:
    """`a.py, b.py and 3 more` of what `git diff --name-only -z` printed."""
    found = [name for name in names.split("\0") if name]
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more


def totals_of(past: Past) -> dict[str, Any]:
    """What the run has to show for itself so far: for the event that says that it goes on."""
    from nano_agent.past import add_up

    facts = list(past.facts())
    return {
        "messages": len(past.messages),
        "steps": past.n_steps,
        "tool_calls": sum(f.get("type") == "tool_end" and not _free(f) for f in facts),
        "prompt_tokens": add_up(facts, "prompt_tokens"),
        "completion_tokens": add_up(facts, "completion_tokens"),
        "cost_usd": add_up(facts, "cost_usd"),
    }


def _free(fact: Mapping[str, Any]) -> bool:
    return bool(fact.get("not_run") or fact.get("inherited"))
