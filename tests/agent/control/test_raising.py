"""Limits that a run reaches while a person is asked anyway: it waits until they are raised, or is ended on them."""

from __future__ import annotations

import time

import pytest

from support.engine import Bench, events, metadata
from support.eventually import eventually
from support.recordings import patch, shell
from support.steered import Steered, steered

FIX = patch("one", "1", "b.txt")
LOOKS = [shell("cat a.py"), shell("cat b.txt"), FIX, "Done."]
ASK = {"approval": "ask", "config": ["approval.whitelist=['cat .*']"]}


def test_a_run_at_its_limit_waits_and_goes_on_with_a_higher_one(bench: Bench) -> None:
    with steered(bench, bench.model(LOOKS), limits={"tool_limit": 2}, **ASK) as run:
        run.until("limit")
        ask = run.asked()
        assert (ask.edits, ask.name, ask.text) == ("limits", "tool_limit", "all 2 tool calls were used")
        assert run.follower.state.detail == ask.text
        assert "tool_limit=+20" in run.became(run.send("approve", ask=ask.id))["why"]
        assert run.became(run.send("deny", ask="other"))["why"] == "that call does not wait any more"
        run.send("limits", set={"tool_limit": 2, "step_limit": 50})
        run.send("limits", set={"tool_limit": 30})
        eventually(lambda: (a := run.follower.poll().state.ask) and a.name == "apply_patch")
        run.send("mode", mode="auto")
        assert run.ends() == "done"
    assert events(run.folder, "decision")[0]["decision"] == "approved"
    assert metadata(run.folder)["limits"]["tool_limit"] == 30


def test_a_limit_in_the_middle_of_a_reply(bench: Bench) -> None:
    with steered(bench, bench.model([[*LOOKS[:3]], "Done."]), limits={"tool_limit": 1}, **ASK) as run:
        run.until("limit")
        run.send("say", text="One more.")
        run.send("limits", set={"tool_limit": 2})
        eventually(lambda: len(events(run.folder, "ask")) == 2 and run.follower.poll().state.ask)
        assert len(run.answers) == 2
        run.send("deny")
        assert run.ends() == "tool_limit"
    assert run.answers[2] == "[not run: all 2 tool calls were used]"
    assert [e["decision"] for e in events(run.folder, "decision")] == ["approved", "denied"]


def _stop(run: Steered) -> None:
    run.send("stop")


def _nobody(run: Steered) -> None:
    run.send("mode", mode="never")


@pytest.mark.parametrize("over", [_stop, _nobody])
def test_waiting_ends_on_the_limit(bench: Bench, over: object) -> None:
    with steered(bench, bench.model(LOOKS), limits={"step_limit": 1}, **ASK) as run:
        run.until("limit")
        over(run)  # type: ignore[operator]
        assert run.ends() == "step_limit"
    assert events(run.folder, "decision")[0]["decision"] == "withdrawn"


def test_the_time_that_is_waited_for_more_time_is_not_the_runs(bench: Bench) -> None:
    with steered(bench, bench.model(LOOKS[1:]), limits={"time_limit": 0.001}, **ASK) as run:
        run.until("limit")
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > 2.2)
        # Less than has passed by now; what is left is enough on a machine that does much else.
        run.send("limits", set={"time_limit": 2.1})
        eventually(lambda: (a := run.follower.poll().state.ask) and a.name == "apply_patch")
        run.send("stop")
        assert run.ends() == "interrupted"


def test_without_anybody_to_ask_a_limit_is_the_end(bench: Bench) -> None:
    agent = bench.run(LOOKS, tool_limit=1, approval="auto")
    assert agent.exit_status == "tool_limit"
