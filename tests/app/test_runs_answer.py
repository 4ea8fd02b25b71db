"""What is answered to a query, a little at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from nano_agent.library.library import Library
from nano_tui import runs_answer
from nano_tui.runs_answer import Order
from support.runs import mini_file


def test_a_search_that_finds_nothing_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        mini_file(tmp_path / "runs" / f"{name}.traj.json", task="Oil the hinge")
    library = Library([tmp_path / "runs"], tmp_path / "library.db")
    library.scan()
    monkeypatch.setattr(runs_answer, "TELL_EVERY", 0.0)
    order = Order("zebra")
    told = list(runs_answer.search(library, order, order.query(), lambda: False))
    library.close()
    assert [(len(answer.rows), answer.searched) for answer in told] == [
        (0, (1, 3)),
        (0, (2, 3)),
        (0, (3, 3)),
        (0, None),
    ]
