"""One line on a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from nano_agent.record import RunState
from nano_agent.trajectory import Message, ToolCall, Trajectory, Usage
from nano_widgets.status_line import Status, StatusLine, line, of_state, of_trajectory
from support.histories import SMALL, trajectory
from support.hostile import DANGEROUS, HOSTILE
from support.painted import assert_harmless, lines
from support.screen import until

METADATA = {"scaffold": {"name": "nano"}, "model": "gpt-4.1-mini", "limits": {"step_limit": 30}}


def words(status: Status, width: int = 200) -> str:
    return line(status, width).plain


@pytest.mark.parametrize(
    ("doing", "detail", "until_", "said"),
    [
        ("waiting", "", None, "waiting for the model 12s"),
        ("streaming", "", None, "the model replies 12s"),
        ("running", "pytest -q\n--lf", None, "running pytest -q ↵ --lf 0:12"),
        ("retrying", "rate limited (HTTP 429)", 120.0, "retrying in 8.0s: rate limited (HTTP 429)"),
        ("ended", "all done", None, "ended: done: all done"),
        ("lost", "", None, "lost: its process vanished"),
        ("starting", "", None, "starting 12s"),
        ("thinking", "", None, "between two steps 12s"),
    ],
)
def test_what_a_run_is_doing(doing: str, detail: str, until_: float | None, said: str) -> None:
    state = RunState(doing=doing, since=100.0, until=until_, detail=detail, exit_status="done", step=7, cost_usd=0.031)  # type: ignore[arg-type]
    assert words(of_state(state, 112.0, METADATA)) == f"nano · gpt-4.1-mini · step 7/30 · $0.031 · {said}"


def test_a_recorded_run() -> None:
    limits = {"limits": {"tool_limit": 30}}
    spent = Usage(cost_usd=0.04, cost_estimated=True)
    run = trajectory(SMALL, model="m", exit_status="tool_limit", exit_reason="30 calls", seconds=75.0, usage=spent)
    limited = trajectory(SMALL, metadata=limits)
    assert words(of_trajectory(limited)) == "test · step 3 · 3/30 calls · cost – · no end recorded"
    assert words(of_trajectory(run)) == "test · m · step 3 · ~$0.040 · ended: tool_limit: 30 calls (1m15s)"
    assert words(of_trajectory(trajectory([]))) == "test · no step yet · cost – · no end recorded"
    assert words(of_trajectory(trajectory([], exit_status="lost", exit_reason="gone"))).endswith("lost: gone")
    assert words(of_trajectory(trajectory([Message("assistant")], live=True))).endswith("live")


@pytest.mark.parametrize("width", [1, 10, 30, 60, 100])
def test_a_narrow_line_keeps_what_changes(width: int) -> None:
    state = RunState(doing="waiting", since=100.0, step=7, cost_usd=0.031)
    shown = words(of_state(state, 112.0, METADATA), width)
    assert cell_len(shown) <= width
    if width >= 60:
        assert "step 7" in shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words(text: str) -> None:
    state = RunState(doing="retrying", since=1.0, detail=text, exit_status=text)
    status = of_state(state, 2.0, {"scaffold": text, "model": text})
    assert not DANGEROUS.search(words(status, 500))
    run = trajectory([], model=text, exit_status=text, exit_reason=text, metadata={"scaffold": {"name": text}})
    assert not DANGEROUS.search(words(of_trajectory(run), 500))


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()


async def test_the_widget() -> None:
    app = Host()
    async with app.run_test(size=(80, 5)) as pilot:
        widget = app.query_one(StatusLine)
        await pilot.pause()
        assert "no run is shown" in lines(widget)[0]
        state = RunState(doing="waiting", since=0.0)
        widget.watch_run(state, METADATA)
        await until(pilot, lambda: "waiting for the model" in lines(widget)[0])
        state.doing = "streaming"
        await until(pilot, lambda: "the model replies" in lines(widget)[0], "ages are kept right by themselves")
        widget.show(trajectory(SMALL, model="\x1b]0;x\x07[/]", exit_status="done"))
        await until(pilot, lambda: "ended: done" in lines(widget)[0])
        assert_harmless(widget)
        widget.clear("nothing here")
        await until(pilot, lambda: "nothing here" in lines(widget)[0])


def test_a_forks_calls_and_steps_are_counted_from_where_it_began() -> None:
    call = ToolCall("c", "shell", "{}")
    messages = (
        Message("user", "Do it"),
        Message("assistant", tool_calls=(call, call), note="taken over"),
        Message("assistant", tool_calls=(call,)),
    )
    metadata = {"limits": {"tool_limit": 30, "step_limit": 5}, "forked_from": {"run": "x", "step": 1}}
    status = of_trajectory(Trajectory("nano-run", Path("x"), messages, metadata=metadata))
    assert (status.calls, status.call_limit, status.step, status.step_limit) == (1, 30, 2, 6)


def test_a_long_reason_takes_no_place_from_the_step() -> None:
    state = RunState(doing="ended", exit_status="done", detail="the model finished " * 9, step=7, cost_usd=0.031)
    state.tool_calls = 5
    shown = words(of_state(state, 1.0, {"limits": {"tool_limit": 30}}), 78)
    assert shown.startswith("step 7 · 5/30 calls · $0.031 · ended: done: the model finished")
    assert cell_len(shown) == 78
