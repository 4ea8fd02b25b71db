"""What `metadata.json` says of a run; never a secret."""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING, Any

from nano_agent import __version__
from nano_agent.budget import Budget, RunEnds
from nano_agent.record import FORMAT
from nano_agent.record.clock import stamp
from nano_agent.record.process import birth
from nano_agent.redact import masked, without_credentials
from nano_agent.trajectory import Usage

if TYPE_CHECKING:
    from nano_agent.history import History
    from nano_agent.run import Run


def describe(run: Run) -> dict[str, Any]:
    """At the start: what was asked for, what it was resolved to, and which process does it."""
    spec, repository = run.spec, run.place.original
    optional = {
        "instance_id": spec.instance_id,
        "group_id": spec.group_id,
        "sample": spec.sample,
        "worktree": str(run.repository.root) if run.place.worktree else None,
    }
    return {
        "format": FORMAT,
        "run_id": run.id,
        "task": masked(spec.task),
        "scaffold": run.scaffold.model_dump(),
        "model": spec.model,
        "api_base": without_credentials(spec.api_base) if spec.api_base else None,
        "client": spec.client,
        "thinking": spec.thinking,
        "sampling": dict(spec.sampling),
        "prices": dict(spec.prices) if spec.prices else None,
        "config": list(spec.config),
        "origins": dict(spec.origins),
        "limits": run.limits.model_dump(),
        "sandbox": run.sandbox.name,
        "approval": run.approval,
        "sandbox_warning": run.sandbox_warning,
        "network": spec.network,
        "image": spec.image,
        "visible": list(spec.visible),
        "repo_root": str(repository.root),
        "branch": repository.branch,
        "base_commit": repository.base_commit,
        "base_dirty": list(repository.dirty),
        **{key: value for key, value in optional.items() if value is not None},
        "versions": {"nano_tui": __version__, "python": platform.python_version()},
        "process": this_process(),
        "started_at": stamp(run.started),
        "ended_at": None,
        "exit_status": None,
        "exit_reason": None,
    }


def this_process() -> dict[str, Any]:
    """What tells this process from any other, before and after a reboot."""
    return {"pid": os.getpid(), "birth": birth(os.getpid()), "host": os.uname().nodename}


def describe_end(end: RunEnds, budget: Budget, history: History, usage: Usage, started: float) -> dict[str, Any]:
    """At the end: when, why, and the totals; `started` in seconds since the epoch."""
    return {
        "ended_at": stamp(),
        "exit_status": end.exit_status,
        "exit_reason": end.reason,
        **({"answer": end.answer} if end.answer else {}),
        "totals": {
            "steps": budget.steps - budget.taken_over,
            "tool_calls": history.answered,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cached_tokens": usage.cached_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            "cost_usd": usage.cost_usd,
            "cost_estimated": usage.cost_estimated,
            "seconds": round(time.time() - started, 3),
        },
    }
