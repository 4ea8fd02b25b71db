"""The limits that views say a run has."""

from __future__ import annotations

from nano_agent.record import RunState
from nano_widgets.limits import as_changed, last_step, limit


def test_a_forks_last_step_counts_from_where_it_began() -> None:
    metadata = {"limits": {"step_limit": 5, "tool_limit": True}, "forked_from": {"run": "x", "step": 3}}
    assert last_step(metadata) == 8
    assert last_step({**metadata, "forked_from": {"step": "3"}}) == 5
    assert last_step({"forked_from": {"step": 3}}) is None
    assert limit({"limits": "none"}, "tool_limit") is None


def test_limits_that_were_changed_hold() -> None:
    metadata = {"limits": {"step_limit": 5, "tool_limit": 30}}
    state = RunState(limits={"step_limit": None, "tool_limit": 50})
    assert last_step(as_changed(metadata, state)) is None
    assert limit(as_changed(metadata, state), "tool_limit") == 50
    assert as_changed({"limits": None}, state)["limits"] == state.limits
