"""The right kind of run for what is asked for."""

from __future__ import annotations

from collections.abc import Callable

from nano_agent.events import Event
from nano_agent.run import Run
from nano_agent.spec import RunSpec


def make_run(spec: RunSpec, emit: Callable[[Event], None] = lambda _: None) -> Run:
    """A new run, a fork of another, or one to go on with; raises `CannotStart`."""
    if spec.resume is not None:
        from nano_agent.resumed_run import ResumedRun

        return ResumedRun(spec, emit)
    if spec.fork_of is not None:
        from nano_agent.forked_run import ForkedRun

        return ForkedRun(spec, emit)
    return Run(spec, emit)
