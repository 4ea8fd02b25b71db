"""What a run cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from nano_agent.trajectory import Message, Trajectory, Usage, total_usage
from nano_widgets.cost_view import CostView
from nano_widgets.costs import costs_of
from support.histories import SMALL, hostile, long, trajectory
from support.painted import assert_harmless, lines
from support.screen import until

USAGES = st.builds(
    Usage,
    *[st.none() | st.integers(0, 10**6)] * 4,
    st.none() | st.floats(0, 10),
    st.booleans(),
)


def replies(*usages: Usage | None) -> list[Message]:
    return [Message("assistant", "x", usage=usage, seconds=1.0) for usage in usages]


@given(st.lists(USAGES, min_size=1, max_size=8))
def test_the_sums_are_those_of_what_is_shown(usages: list[Usage]) -> None:
    costs = costs_of(trajectory(replies(*usages)))
    known = [usage.cost_usd for usage in usages if usage.cost_usd is not None]
    assert costs.total.cost_usd == (pytest.approx(sum(known)) if known else None)
    assert costs.unknown == len(usages) - len(known)
    last = costs.rows[-1]
    assert last.so_far == (pytest.approx(sum(known)) if known else None)
    assert last.complete == (len(known) == len(usages))
    prompts = [usage.prompt_tokens for usage in usages if usage.prompt_tokens is not None]
    assert costs.total.prompt_tokens == (sum(prompts) if prompts else None)


def test_a_difference_is_said() -> None:
    messages = replies(Usage(1000, 10, cost_usd=0.01), Usage(2000, 20, cost_usd=0.02))
    same = trajectory(messages, usage=total_usage(messages))
    assert costs_of(same).remarks == ()
    more = replace(same, usage=Usage(3500, 30, cost_usd=0.04))
    assert costs_of(more).remarks == (
        "The run's own total is $0.040, $0.010 more than these steps.",
        "The run's own total of prompt tokens is 3.5k (3,500); these steps add up to 3,000.",
    )
    assert costs_of(trajectory(replies(None), usage=Usage(cost_usd=1))).remarks == (
        "The run's own total is $1.00; what each step cost is not recorded.",
    )


def test_unknown_and_estimated_are_said() -> None:
    costs = costs_of(trajectory(replies(Usage(cost_usd=0.01, cost_estimated=True), None)))
    assert costs.remarks == (
        "The cost of 1 step is not known, so the sum is less than what was spent.",
        "Costs with a ~ are estimates: tokens times a price table.",
    )


class Host(App[None]):
    def __init__(self, run: Trajectory) -> None:
        super().__init__()
        self.shown = run
        self.said: list[int] = []

    def compose(self) -> ComposeResult:
        yield CostView()

    def on_mount(self) -> None:
        self.view.focus()
        self.view.show(self.shown)

    @property
    def view(self) -> CostView:
        return self.query_one(CostView)

    def on_cost_view_step_selected(self, message: CostView.StepSelected) -> None:
        self.said.append(message.step)


async def test_a_line_for_each_step_and_the_sum() -> None:
    app = Host(trajectory(SMALL))
    async with app.run_test(size=(110, 12)) as pilot:
        await pilot.pause()
        header, first, second, _, total, remark, *_ = (line.split() for line in lines(app.view))
        assert header == ["step", "prompt", "cached", "reply", "thought", "cost", "so", "far", "model", "tools"]
        assert first == ["›", "1", "████████", "8.2k", "4.0k", "120", "30", "$0.0021", "$0.0021", "1.4s", "0.1s"]
        assert second == ["2", "–", "–", "–", "–", "–", "≥$0.0021", "2.0s", "12s"]
        assert total == ["sum", "8.2k", "4.0k", "120", "30", "≥$0.0021", "3.4s", "12s"]
        assert " ".join(remark).startswith("The cost of 2 steps is not known")
        await pilot.press("j", "enter", "G", "enter")
        assert app.said == [2, 3]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100])
async def test_narrow_views_keep_the_cost(width: int) -> None:
    app = Host(trajectory(SMALL))
    async with app.run_test(size=(width, 12)) as pilot:
        await pilot.pause()
        assert "$0.0021" in lines(app.view)[1]
        assert_harmless(app.view)


def priced(steps: int) -> list[Message]:
    return replies(*(Usage(1000 * n, 10, 500 * n, 5, 0.01) for n in range(1, steps + 1)))


def the_line_with(app: Host, start: str) -> int:
    return next(y for y, line in enumerate(lines(app.view)) if line.split()[:1] == [start])


async def test_the_sums_stay_at_the_bottom() -> None:
    run = trajectory(priced(100), usage=Usage(cost_usd=2.5), seconds=300.0)
    app = Host(run)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        below = lines(app.view)[-3:]
        assert below[0].split()[0] == "sum"
        assert "$1.00" in below[0]
        assert "The run's own total is $2.50, $1.50 more than these steps." in below[1]
        assert "█ model 1m40s (33%), ▒ tools –, ░ neither 3m20s (67%)." in below[2]
        await pilot.press("G")
        await pilot.pause()
        assert lines(app.view)[-4].startswith("›    100")
        assert lines(app.view)[-3:] == below
        await pilot.press("pageup")
        assert app.view.cursor == 99 - 16
        await pilot.press("g", "j")
        assert lines(app.view)[2].startswith("›      2")


async def test_sums_are_no_steps_for_the_mouse() -> None:
    app = Host(trajectory(priced(100)))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.click(CostView, offset=(10, 11), times=2)
        assert (app.view.cursor, app.said) == (0, [])
        await pilot.click(CostView, offset=(10, 10), times=2)
        assert (app.view.cursor, app.said) == (9, [10])


async def test_sentences_are_whole_in_narrow_views() -> None:
    app = Host(trajectory(replies(Usage(cost_usd=0.01), None), usage=Usage(cost_usd=0.5)))
    async with app.run_test(size=(40, 24)) as pilot:
        await pilot.pause()
        words = " ".join(" ".join(lines(app.view)).split())
        assert "The cost of 1 step is not known, so the sum is less than what was spent." in words
        assert "The run's own total is $0.500, $0.490 more than these steps." in words
        await pilot.resize_terminal(40, 6)
        await pilot.pause()
        assert the_line_with(app, "sum") == 3
        assert lines(app.view)[-1].rstrip().endswith("…")


async def test_how_full_the_context_is() -> None:
    app = Host(trajectory(priced(5)))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "context" not in lines(app.view)[0]
        app.view.show(trajectory(priced(5)), context_window=5000)
        await pilot.pause()
        assert "context" in lines(app.view)[0]
        assert [next(w for w in lines(app.view)[y].split() if "%" in w) for y in (1, 4, 5)] == ["20%", "80%", "100%!"]
        app.view.go_to_step(4)
        assert app.view.cursor == 3


async def test_a_run_that_says_nothing_says_so() -> None:
    app = Host(trajectory([Message("assistant", "x")]))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert lines(app.view)[1].split() == ["›", "1", *["–"] * 7]
        assert "neither tokens, dollars nor seconds are recorded" in lines(app.view)[3]
        app.view.show(trajectory([], usage=Usage(cost_usd=0.5)))
        await pilot.pause()
        assert "There is no step in it; the run's own total is $0.500." in lines(app.view)[1]
        app.view.show(trajectory(SMALL))
        app.view.set_row_count(0)
        await pilot.pause()
        assert not any("sum" in line for line in lines(app.view))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 2), (20, 3), (200, 4)])
async def test_any_size_will_do(width: int, height: int) -> None:
    app = Host(trajectory(priced(50), usage=Usage(cost_usd=9), seconds=100.0))
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.press("j", "pagedown", "G", "enter")
        assert app.said == [50]
        assert_harmless(app.view)


async def test_nothing_and_hostile_text() -> None:
    app = Host(trajectory([]))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert "No step has a cost yet." in lines(app.view)[1]
        app.view.show(trajectory(hostile()))
        await pilot.pause()
        assert_harmless(app.view)


async def test_a_hundred_thousand_steps() -> None:
    app = Host(trajectory([]))
    async with app.run_test(size=(110, 48)) as pilot:
        app.view.show(trajectory(long(100_000)))
        assert "Adding up" in lines(app.view)[1]
        await until(pilot, lambda: app.view.row_count > 0)
        await pilot.press("G")
        assert "$100" in lines(app.view)[the_line_with(app, "sum")]
