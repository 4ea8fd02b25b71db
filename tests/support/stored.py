"""Opening a file twice, with its messages in memory and left on disk; and pieces of which such files are generated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from nano_agent import formats
from nano_agent.formats import NotATrajectory, outline, shelf, spans, stored
from nano_agent.formats.stored import StoredMessages
from nano_agent.trajectory import Message, Trajectory, glances

IDS = st.sampled_from([f"{i:08x}-0000-4000-8000-000000000000" for i in range(8)])
CALLS = st.sampled_from(["call_1", "call_2", "call_3"])
TEXTS = st.sampled_from(
    ["", "hello", "Exit code 3\nno", "é🚀\u2028", "x" * 300, "Process exited with code 2\nOutput:\n"]
)
TIMES = st.integers(0, 59).map(lambda s: f"2026-01-02T03:04:{s:02d}Z") | st.none()
COUNTS = st.integers(0, 5) | st.none()


def record(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in fields.items()}
    )


def check_both_ways(path: Path, open_: int = 24, giant: int = 1 << 20, block: int = 1 << 20) -> bool:
    """See that both ways tell the same of a file; returns whether its messages were left on disk."""
    held = _read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "FROM_BYTES", 0)
        patch.setattr(shelf, "_OPEN", open_)
        patch.setattr(spans, "GIANT", giant)
        patch.setattr(spans, "_BLOCK", block)
        patch.setattr(outline, "_BLOCK", block)
        kept = _read(path)
    if held is None or kept is None:
        assert held is kept
        return True
    _check_same(held, kept)
    return isinstance(kept.messages, StoredMessages)


def _read(path: Path) -> Trajectory | None:
    try:
        return formats.first(path)
    except NotATrajectory:
        return None


def _check_same(held: Trajectory, kept: Trajectory) -> None:
    assert list(map(repr, kept.messages)) == list(map(repr, held.messages))
    for name in (
        "format",
        "model",
        "task",
        "exit_reason",
        "started_at",
        "seconds",
        "usage",
        "counts",
        "repo",
        "exit_status",
        "tools",
        "diff",
    ):
        assert getattr(kept, name) == getattr(held, name), name
    assert (kept.metadata, kept.warnings, kept.steps) == (held.metadata, held.warnings, held.steps)
    assert [_figures(m) for m in glances(kept.messages)] == [_figures(m) for m in held.messages]


def _figures(message: Message) -> tuple[Any, ...]:
    return (message.role, len(message.tool_calls), message.usage, message.timestamp, message.seconds, message.note)
