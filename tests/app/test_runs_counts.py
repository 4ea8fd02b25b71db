"""The line below the table of runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nano_agent.library.library import Library
from nano_tui.runs_answer import Answer, Order
from nano_tui.runs_counts import Counts
from support.runs import mini_file


def test_what_the_runs_cost_is_said_only_of_as_many_as_are_listed(tmp_path: Path) -> None:
    for name in "abc":
        mini_file(tmp_path / "runs" / f"{name}.traj.json", cost=0.5)
    library = Library([tmp_path / "runs"], tmp_path / "library.db")
    library.scan()
    counts, totals = Counts(), library.totals()
    counts.found(Answer(Order(), library.rows()))
    counts.totals = replace(totals, runs=2, cost_known=2, cost_usd=1.0)
    assert counts.in_words() == "3 runs"
    counts.totals = totals
    assert counts.in_words() == "3 runs · $1.50"
    library.close()
