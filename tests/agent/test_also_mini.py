"""A run in mini-swe-agent's own format: read by our reader of it, and by its inspector where that is installed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent import Agent, Trajectory
from nano_agent.trajectory import Usage
from support.engine import Bench
from support.recordings import Call, Entry, Said

SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT; echo the patch"


def bash(command: str) -> Call:
    return Call("bash", json.dumps({"command": command}))


def fenced(command: str) -> str:
    return f"```mswea_bash_command\n{command}\n```"


REPLIES: dict[str, list[Entry]] = {
    "mini-swe-agent": [
        Said("Look.", [bash("seq 9000"), bash("false")], usage=Usage(100, 20, 50, cost_usd=0.25)),
        Said("No call.", usage=Usage(100, 20, cost_usd=0.25)),
        Said("", [bash(SUBMIT)], usage=Usage(200, 10, cost_usd=0.5)),
    ],
    "mini-swe-agent-text": [
        Said(fenced("seq 9000; false"), usage=Usage(100, 20, cost_usd=0.25)),
        Said("No block.", usage=Usage(100, 20, cost_usd=0.25)),
        Said(fenced(SUBMIT), usage=Usage(200, 10, cost_usd=0.5)),
    ],
}


def written(bench: Bench, scaffold: str, replies: list[Entry], **settings: Any) -> tuple[Agent, Path, dict[str, Any]]:
    agent = Agent(bench.model(replies), scaffold=scaffold, token_limit=10**7)
    agent.run("Do it", bench.repo.root, also=("mini",), **settings)
    assert agent.out_dir is not None
    path = agent.out_dir / f"{agent.out_dir.name}.traj.json"
    return agent, path, json.loads(path.read_text())


@pytest.mark.parametrize("scaffold", REPLIES)
def test_our_reader_finds_in_it_what_the_run_was(bench: Bench, scaffold: str) -> None:
    agent, path, document = written(bench, scaffold, REPLIES[scaffold])
    ours, theirs = Trajectory.load(agent.out_dir or path), Trajectory.load(path)
    assert theirs.format == "mini_swe_agent"
    assert theirs.exit_status == "Submitted"
    assert theirs.diff == "the patch\n"
    assert theirs.usage.cost_usd == ours.usage.cost_usd == 1.0
    assert [m.text for m in theirs.messages if m.role != "exit"] == [m.text for m in ours.messages]
    assert theirs.n_tool_calls == ours.n_tool_calls
    commands = [[c.arguments["command"] for c in m.tool_calls] for m in ours.messages if m.role == "assistant"]
    assert commands == [
        [c.arguments["command"] for c in m.tool_calls] for m in theirs.messages if m.role == "assistant"
    ]
    codes = [m.exit_code for m in theirs.messages if m.is_observation]
    assert codes == [m.exit_code for m in ours.messages if m.is_observation]
    assert document["info"]["model_stats"] == {"instance_cost": 1.0, "api_calls": 3}
    raw = [m["extra"].get("raw_output") for m in document["messages"] if "returncode" in m.get("extra", {})]
    assert raw[0] == "".join(f"{n}\n" for n in range(1, 9001))
    assert [m["extra"]["interrupt_type"] for m in document["messages"] if "interrupt_type" in m.get("extra", {})] == [
        "FormatError"
    ]


def test_a_run_that_reached_a_limit_says_so(bench: Bench) -> None:
    _, path, document = written(bench, "mini-swe-agent", [bash("true")] * 3, limits={"step_limit": 2})
    assert document["info"]["exit_status"] == document["messages"][-1]["extra"]["exit_status"] == "LimitsExceeded"
    assert Trajectory.load(path).exit_status == "LimitsExceeded"


@pytest.mark.parametrize("scaffold", REPLIES)
async def test_its_own_inspector_shows_every_step(bench: Bench, scaffold: str) -> None:
    if importlib.util.find_spec("minisweagent") is None:
        pytest.skip("mini-swe-agent is not installed beside us: it would bring its own, older libraries along")
    from minisweagent.run.utilities.inspector import TrajectoryInspector
    from textual.widgets import Static

    _, path, _ = written(bench, scaffold, REPLIES[scaffold])
    inspector = TrajectoryInspector([path])
    async with inspector.run_test() as pilot:
        seen = []
        for _ in range(inspector.n_steps):
            await pilot.pause()
            seen += [str(static.visual) for static in inspector.query(Static)]
            await pilot.press("l")
    assert inspector.n_steps == 4
    assert any("the patch" in text for text in seen)
