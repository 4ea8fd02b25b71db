"""A run that goes round in circles is noticed."""

from __future__ import annotations

import pytest

from nano_agent.record import RunWatch
from nano_agent.repetition import Repetition
from support.engine import Bench, events
from support.recordings import patch, shell


@pytest.mark.parametrize(
    ("calls", "counts"),
    [
        ("abcd", [1, 1, 1, 1]),
        ("aaa", [1, 2, 3]),
        ("ababab", [1, 1, 1, 2, 2, 3]),
        ("abcabcabc", [1, 1, 1, 1, 1, 2, 2, 2, 3]),
        ("aabaab", [1, 2, 1, 1, 2, 2]),
        ("aax", [1, 2, 1]),
        ("a" * 200, [min(n, 60) for n in range(1, 201)]),
    ],
)
def test_rounds_of_up_to_three_calls_are_counted(calls: str, counts: list[int]) -> None:
    repetition = Repetition()
    assert [repetition.take(call) for call in calls] == counts


def test_the_record_says_it_and_two_patches_of_a_file_are_no_repetition(bench: Bench) -> None:
    agent = bench.run(
        [shell("ls"), shell("ls"), shell("ls"), patch("", "1", "new.txt"), patch("1", "2", "new.txt"), "done"]
    )
    assert agent.out_dir is not None
    assert [event.get("repeats") for event in events(agent.out_dir, "tool_start")] == [None, 2, 3, None, None]
    watch = RunWatch(agent.out_dir)
    assert watch.poll()
    assert (watch.state.action, watch.state.repeats) == ("apply_patch new.txt", 1)
    assert (watch.state.doing, watch.state.tool_calls, watch.state.step) == ("ended", 5, 6)
    assert watch.metadata["task"] == "Do it"
    assert not watch.poll()
