"""What stands in the cost view."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nano_agent.trajectory import Message, Usage
from nano_widgets import cost_rows
from nano_widgets.cost_rows import (
    COLUMNS,
    bar,
    bars,
    charts,
    context_fill,
    fitting,
    scale_of,
    spark,
    stacked,
    where_time_went,
)
from nano_widgets.costs import Costs, costs_of
from support.histories import SMALL, answer, call, long, trajectory


def costs(*usages: Usage | None, seconds: float | None = None) -> Costs:
    return costs_of(trajectory([Message("assistant", "x", usage=usage, seconds=seconds) for usage in usages]))


@given(st.integers(-5, 250), st.booleans())
def test_columns_fit_the_width(width: int, with_context: bool) -> None:
    columns = fitting(width, with_context)
    assert sum(column.width for column in columns) <= max(width, 0)
    order = [column.name for column in COLUMNS]
    assert [column.name for column in columns] == sorted((c.name for c in columns), key=order.index)
    assert with_context or "context" not in {column.name for column in columns}


def test_wider_views_show_more() -> None:
    shown = [{column.name for column in fitting(width, True)} for width in range(260)]
    assert all(fewer <= more for fewer, more in pairwise(shown))
    assert {"step", "cost", "spent", "prompt"} <= shown[37]
    assert {"so far", "reply", "context", "model", "tools"} <= shown[77]
    assert shown[197] == {column.name for column in COLUMNS}


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 40))
def test_a_bar_is_as_long_as_its_share(value: float, most: float, cells: int) -> None:
    drawn = bar(value, max(value, most), cells)
    assert len(drawn) <= cells
    assert bool(drawn) == (value > 0 and value / max(value, most) > 0)
    assert len(drawn) <= math.ceil(cells * value / max(value, most)) + 1 if value else not drawn


def test_bars() -> None:
    assert (bar(1, 2, 8), bar(2, 2, 8), bar(0.001, 2, 8), bar(0, 2, 8)) == ("████", "████████", "▏", "")
    assert (bar(3, 2, 4), bar(1, 0, 4), bar(-1, 2, 4), bar(math.nan, 2, 4)) == ("████", "", "", "")
    assert stacked((1, 1, 2), 4, 8) == "██▒▒░░░░"
    assert stacked((1, 0), 2, 8) == "████"
    assert stacked((0, 2), 2, 4) == "▒▒▒▒"
    assert stacked((0.001, 0), 2, 8) == "▏"
    assert stacked((0, 0), 0, 8) == ""


def test_prompts_are_drawn_with_their_cached_part() -> None:
    found = costs(Usage(1000, 10, 750), Usage(500, 10, None))
    column = next(column for column in COLUMNS if column.name == "prompts")
    scale = scale_of(found, None)
    assert [bars(row, scale, column) for row in found.rows] == ["████▒▒▒▒▒▒▒▒▒▒▒▒", "████████"]
    window = scale_of(found, 2000)
    assert [bars(row, window, column) for row in found.rows] == ["██▒▒▒▒▒▒", "████"]


def test_the_first_bar_compares_tokens_where_no_cost_is_known() -> None:
    found = costs(Usage(990, 10), Usage(490, 10))
    column, scale = COLUMNS[1], scale_of(found, None)
    assert not scale.by_cost
    assert [bars(row, scale, column) for row in found.rows] == ["████████", "████"]
    wide = fitting(200, False)[1]
    assert cost_rows.title(wide, scale) == "by tokens"
    assert cost_rows.title(wide, scale_of(costs(Usage(cost_usd=1.0)), None)) == "by cost"
    assert cost_rows.title(column, scale) == ""


@pytest.mark.parametrize(
    ("usage", "window", "words"),
    [
        (Usage(500, 100), 1000, "60%"),
        (Usage(500), 1000, "50%"),
        (Usage(890, 10), 1000, "90%!"),
        (Usage(1100, 10), 1000, "111%!"),
        (Usage(10**30, 10), 1000, "9999%!"),
        (Usage(None, 10), 1000, "–"),
        (Usage(500), None, "–"),
    ],
)
def test_context(usage: Usage, window: int | None, words: str) -> None:
    assert context_fill(usage, window) == words


def test_time_is_split() -> None:
    messages = [
        Message("assistant", tool_calls=(call("shell", {"cmd": "ls"}, 1),), seconds=30.0),
        answer("x", 1, seconds=45.0),
    ]
    found = costs_of(trajectory(messages))
    words = "2m00s in all: █ model 30s (25%), ▒ tools 45s (38%), ░ neither 45s (38%)."
    assert where_time_went(found, 120.0, 0) == words
    assert where_time_went(found, 120.0, 8) == f"██▒▒▒░░░ {words}"
    assert "neither 0.0s (0%)" in where_time_went(found, 60.0, 0)
    assert where_time_went(found, None, 8) == ""
    assert where_time_went(costs(Usage()), 60.0, 8) == ""


def test_sums_and_figures_are_those_of_the_costs() -> None:
    found = costs_of(trajectory(SMALL))
    assert cost_rows.sums(found)["cost"] == "≥$0.0021"
    first = cost_rows.figures(found.rows[0], scale_of(found, 10_000))
    assert (first["context"], first["prompt"], first["so far"]) == ("83%", "8.2k", "$0.0021")
    assert cost_rows.figures(found.rows[1], scale_of(found, None))["so far"] == "≥$0.0021"
    assert cost_rows.nothing_known(found) == ""
    assert "neither tokens" in cost_rows.nothing_known(costs(None))
    assert cost_rows.nothing_known(costs()) == ""


def test_sparks_say_how_it_went() -> None:
    assert spark([1.0, 2.0, None, 8.0, 0.0], 10) == "▁▂·█▁"
    assert spark([0.0, 1.0, 5.0, 2.0], 2) == "▂█"
    assert spark([], 10) == spark([1.0], 0) == ""
    assert len(spark([float(i) for i in range(100_000)], 80)) == 80


def test_charts_have_their_figures_beside_them() -> None:
    cost, prompt, time = charts(costs_of(trajectory(long(50))), 2000, 100)
    assert cost.startswith("cost    █")
    assert cost.endswith("at most $0.0010 a step")
    assert prompt.endswith("at most 1.0k tokens, 50% of the window")
    assert time.endswith("at most 0.1s a step")
    assert charts(costs_of(trajectory(long(50))), None, 20) == charts(costs_of(trajectory(long(2))), None, 100) == []
