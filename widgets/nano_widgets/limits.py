"""The limits of a run, as its metadata and its state tell them, for every view that says how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nano_agent.record import RunState


def limit(metadata: Mapping[str, Any], name: str) -> int | None:
    """A limit that is a number of things; `None` where there is none."""
    limits = metadata.get("limits")
    value = limits.get(name) if isinstance(limits, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def last_step(metadata: Mapping[str, Any]) -> int | None:
    """The number of the last step that the limit allows: a fork counts from where it began."""
    most, origin = limit(metadata, "step_limit"), metadata.get("forked_from")
    taken_over = origin.get("step") if isinstance(origin, Mapping) else 0
    return most + taken_over if most is not None and isinstance(taken_over, int) else most


def as_changed(metadata: Mapping[str, Any], state: RunState) -> Mapping[str, Any]:
    """The metadata with the limits that were changed while the run went on."""
    if not state.limits:
        return metadata
    limits = metadata.get("limits")
    return {**metadata, "limits": {**(limits if isinstance(limits, Mapping) else {}), **state.limits}}


def in_words(limits: Mapping[str, float | None]) -> str:
    """`tool_limit=30 time_limit=600`, to be changed by hand; what has no limit is left out."""
    return " ".join(f"{name}={value:g}" for name, value in limits.items() if isinstance(value, int | float))
