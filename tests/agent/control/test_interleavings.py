"""Commands at any moment, in any order: every call is answered exactly once, and so is every command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nano_agent.control import Command, approval, understood
from nano_agent.run import Run
from nano_agent.spec import RunSpec
from support.engine import UNLIMITED, Bench, check_history, events, lines, metadata
from support.recordings import Entry, Said, patch, shell

calls = st.sampled_from(["true", "sleep 0.1; echo slept", "sleep 0.2", "rm -f b.txt", "seq 900", "exit 3"]).map(shell)
replies = st.lists(
    st.one_of(
        st.lists(calls, min_size=1, max_size=3),
        st.builds(Said, text=st.just("words " * 8), calls=st.lists(calls, max_size=2)),
        st.just(patch("print('a')", "print('b')", "a.py")),
        st.just("Done."),
    ),
    min_size=1,
    max_size=4,
)
orders = st.one_of(
    st.builds(lambda text: {"do": "say", "text": text}, st.sampled_from(["Hello.", "And \ud800 now?"])),
    st.builds(lambda text: {"do": "interrupt", "text": text}, st.sampled_from(["", "Stop that."])),
    st.builds(lambda scope: {"do": "approve", "scope": scope}, st.sampled_from(["once", "command", "tool"])),
    st.just({"do": "approve", "edit": "echo edited"}),
    st.just({"do": "approve", "ask": "gone"}),
    st.just({"do": "deny", "reason": "No."}),
    st.builds(lambda n: {"do": "limits", "set": {"tool_limit": n}}, st.sampled_from([0, 2, 9, None])),
    st.builds(lambda mode: {"do": "mode", "mode": mode}, st.sampled_from(["auto", "ask", "never", "human"])),
    st.just({"do": "stop"}),
)
schedules = st.lists(st.tuples(st.sampled_from([0, 1, 2, 5, 10, 20, 40]), orders), max_size=7)


def scheduled(run: Run, schedule: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Let each order come so many looks after the last one; in the end whatever still waits is let go on."""
    looks, due, left = count(), 0, list(schedule)
    numbers = count(1)

    def source() -> list[Command]:
        nonlocal due
        now, found = next(looks), list[Command]()
        while left and now >= due + left[0][0]:
            found.append(understood({"id": str(next(numbers)), **left.pop(0)[1]}))
            due = now
        if not left and now >= due + 4 and run.steering.approvals.mode != "auto":
            due = now
            found.append(understood({"id": str(next(numbers)), "do": "mode", "mode": "auto"}))
        return found

    run.inbox.source = source


SLOW: list[Entry] = [[shell("sleep 0.3"), shell("true")], "Done."]


@example(SLOW, [(11, {"do": "interrupt", "text": "Stop that."})], "auto")
@example(SLOW, [(13, {"do": "interrupt", "text": ""}), (0, {"do": "say", "text": "Hello."})], "auto")
@example(SLOW, [(15, {"do": "interrupt", "text": ""}), (0, {"do": "stop"})], "ask")
@given(said=replies, schedule=schedules, mode=st.sampled_from(["auto", "ask", "human", "never"]))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_call_and_every_command_is_answered_exactly_once(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    said: list[Entry],
    schedule: list[tuple[int, dict[str, Any]]],
    mode: Any,
) -> None:
    monkeypatch.setattr(approval, "_NAP", 0.002)
    limits = {**UNLIMITED, "tool_limit": 5}
    run = Run(RunSpec("Do it", str(bench.repo.root), bench.model(said), approval=mode, limits=limits, allow_dirty=True))
    scheduled(run, schedule)
    run.execute()
    messages = lines(run.folder / "messages.jsonl")
    check_history(messages)
    assert messages == run.history.messages
    became = Counter(e["id"] for e in events(run.folder, "command") if e["outcome"] in ("taken", "refused"))
    # What was said along with an interrupt that is taken becomes a message of its own.
    twice = {e["id"] for e in events(run.folder, "command") if e["do"] == "interrupt"}
    assert all(n == 1 or (identity in twice and n == 2) for identity, n in became.items())
    heard = {e["id"] for e in events(run.folder, "command")}
    assert heard == set(became), "a command of which nothing became"
    asked, closed = (Counter(e["ask"] for e in events(run.folder, kind) if e["ask"]) for kind in ("ask", "decision"))
    assert asked == closed
    assert metadata(run.folder)["exit_status"] == run.exit_status
