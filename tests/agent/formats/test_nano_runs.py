"""Two runs of nano-agent that wrote into one folder."""

from __future__ import annotations

import pytest

from nano_agent.formats.nano_runs import split_runs
from support.runs import Record, call, history, result, say


def run(name: str) -> list[Record]:
    step = (call(name, "shell", cmd=f"ls {name}"), result(name, f"of {name}"))
    return history(f"Task {name}", *step, say(f"Done with {name}."))


@pytest.mark.parametrize(
    "order",
    ["aaaaabbbbb", "aabbaabbab", "abaabbabab"],
    ids=["one after the other", "interleaved", "begun together"],
)
def test_the_lines_of_two_runs_are_told_apart(order: str) -> None:
    runs = {name: run(name) for name in "ab"}
    waiting = {name: iter(lines) for name, lines in runs.items()}
    assert split_runs([next(waiting[name]) for name in order]) == [runs["a"], runs["b"]]
