from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import Source, read
from nano_agent.formats.swe_agent import SweAgentReader
from nano_agent.trajectory import Trajectory
from support.conformance import check_reader, file_named

PROMPTS = [
    {"role": "system", "content": "You edit files.", "agent": "main"},
    {"role": "user", "content": "Mend the sum.", "agent": "main"},
]


def reply(action: str, *, call: str | None = None, **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "role": "assistant",
        "content": f"I will {action}",
        "thought": "I will",
        "action": action,
        "agent": "main",
    }
    if call:
        function = {"name": action.split()[0], "arguments": json.dumps({"what": action})}
        record["tool_calls"] = [{"id": call, "type": "function", "function": function}]
    return record | more


def answer(content: str, *, call: str | None = None, **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"role": "tool" if call else "user", "content": content, "agent": "main"}
    return record | ({"tool_call_ids": [call]} if call else {}) | more


def step(action: str, observation: str = "seen", seconds: float = 0.25) -> dict[str, Any]:
    query = [*PROMPTS, {"role": "user", "content": "the whole prompt again " * 100}]
    return {
        "action": action,
        "observation": observation,
        "response": f"I will {action}",
        "thought": "I will",
        "state": {"open_file": "x"},
        "execution_time": seconds,
        "query": query,
    }


def document(history: list[Any], steps: list[Any], **more: Any) -> dict[str, Any]:
    stats = {"instance_cost": 0.25, "tokens_sent": 100, "tokens_received": 10, "api_calls": 2}
    info = {"exit_status": "submitted", "submission": "the diff", "model_stats": stats}
    config = {
        "agent": {"model": {"name": "tiny", "api_key": None}},
        "env": {"repo": {"github_url": "https://example.org/sum"}},
        "problem_statement": {"id": "sum-1", "text": "The sum is wrong."},
    }
    base = {"environment": "main", "trajectory": steps, "history": history, "info": info}
    return base | {"replay_config": json.dumps(config)} | more


def write(folder: Path, whole: Any) -> Path:
    path = folder / "sum-1.traj"
    path.write_text(json.dumps(whole, indent=2))
    return path


def only(folder: Path, whole: Any) -> Trajectory:
    (trajectory,) = read(write(folder, whole))
    assert trajectory.format == "swe_agent"
    return trajectory


def test_a_run_with_tool_calls(tmp_path: Path) -> None:
    history = [*PROMPTS, reply("open a.py", call="c1"), answer("1: x", call="c1"), reply("submit", call="c2")]
    run = only(tmp_path, document([*history, answer("ok", call="c2")], [step("open a.py"), step("submit")]))
    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (6, 2, 2)
    assert (run.model, run.task, run.instance) == ("tiny", "The sum is wrong.", "sum-1")
    assert (run.exit_status, run.diff, run.repo) == ("submitted", "the diff", "https://example.org/sum")
    assert (run.usage.prompt_tokens, run.usage.completion_tokens, run.usage.cost_usd) == (100, 10, 0.25)
    assert run.messages[3].call_id == "c1"
    assert run.messages[3].seconds == 0.25
    assert run.messages[2].raw[1]["state"] == {"open_file": "x"}
    assert "query" not in run.messages[2].raw[1]
    assert run.warnings == ()


def test_actions_in_text_are_answered_by_the_user(tmp_path: Path) -> None:
    history = [*PROMPTS, reply("open a.py\n"), answer("1: x"), reply("python a.py"), answer("\nEXECUTION TIMED OUT\n")]
    run = only(tmp_path, document(history, []))
    assert (run.n_assistant, run.n_tool_calls) == (2, 0)
    assert [m.answers for m in run.messages] == [False, False, False, True, False, True]
    calls = [m.tool_calls[0] for m in run.messages if m.tool_calls]
    assert [(call.name, call.from_text) for call in calls] == [("open", True), ("bash", True)]
    assert calls[0].arguments == {"command": "open a.py"}
    assert run.messages[5].failed is True
    assert len(run.steps) == 2


def test_demonstrations_are_marked_and_do_not_answer(tmp_path: Path) -> None:
    demo = [
        {"role": "user", "content": "Shown task", "agent": "main", "is_demo": True},
        reply("submit", is_demo=True),
    ]
    history = [PROMPTS[0], *demo, PROMPTS[1], reply("submit")]
    run = only(tmp_path, document(history, [step("submit")], replay_config=None))
    assert run.n_assistant == 2
    assert [m.note for m in run.messages] == ["", "demonstration", "demonstration", "", ""]
    assert run.task == "Mend the sum."
    assert not run.messages[3].answers
    assert isinstance(run.messages[4].raw, list)
    assert run.messages[2].raw == demo[1]


def test_a_step_that_the_history_lacks_is_shown_but_not_counted(tmp_path: Path) -> None:
    history = [*PROMPTS, reply("open a.py"), answer("1: x")]
    run = only(tmp_path, document(history, [step("open a.py"), step("submit", "the diff", 2.0)]))
    assert (run.n_messages, run.n_assistant) == (4, 1)
    assert [m.text for m in run.messages[4:]] == ["I will submit", "the diff"]
    assert run.messages[5].seconds == 2.0
    assert len(run.steps) == 2
    assert any("not in the history" in w for w in run.warnings)


def test_steps_without_a_reply_are_told(tmp_path: Path) -> None:
    history = [*PROMPTS, reply("open a.py"), answer("1: x"), reply("submit"), answer("ok")]
    run = only(tmp_path, document(history, [step("open a.py"), step("lost"), step("submit", seconds=3.0)]))
    assert run.messages[5].seconds == 3.0
    assert any("1 steps of the trajectory have no reply" in w for w in run.warnings)


def test_a_trajectory_without_a_history(tmp_path: Path) -> None:
    steps = [step("open a.py"), step("submit")]
    for old in steps[:1]:
        old["messages"] = old.pop("query")
    whole = document([], steps)
    del whole["history"]
    run = only(tmp_path, whole)
    assert [m.role for m in run.messages] == ["system", "user", "user", "assistant", "user", "assistant", "user"]
    assert run.n_messages == 7
    assert run.warnings == ()


def test_a_history_alone(tmp_path: Path) -> None:
    run = only(tmp_path, {"history": [*PROMPTS, reply("submit", call="c1")]})
    assert (run.n_messages, run.exit_status, run.usage.cost_usd) == (3, None, None)
    assert run.warnings == ()


def test_each_attempt_is_a_trajectory(tmp_path: Path) -> None:
    first = document([*PROMPTS, reply("exit_forfeit")], [step("exit_forfeit")], replay_config=None)
    second = document([*PROMPTS, reply("ls"), answer("x"), reply("submit")], [], replay_config=None)
    total = {"best_attempt_idx": 1, "model_stats": {"instance_cost": 0.75}}
    whole = document(second["history"], [], attempts=[first, second], info=total)
    runs = list(read(write(tmp_path, whole)))
    assert [run.n_messages for run in runs] == [3, 5]
    assert [run.sample for run in runs] == ["attempt 1 of 2", "attempt 2 of 2, chosen"]
    assert runs[0].metadata["all_attempts"] == total
    assert runs[0].usage.cost_usd == 0.25
    assert {run.model for run in runs} == {"tiny"}


def test_an_unfinished_run_and_a_key(tmp_path: Path) -> None:
    config = {"agent": {"model": {"name": "m", "api_key": "sk-abcdefghijklmnopqrst"}}}
    run = only(tmp_path, document(PROMPTS, [], info={}, replay_config=config))
    assert any("no end is recorded" in w for w in run.warnings)
    assert any("agent.model.api_key holds" in w for w in run.warnings)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path, document([*PROMPTS, reply("ls")], [step("ls"), step("pwd")]))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"I will pwd")])
    run = next(read(path))
    assert run.n_assistant >= 1
    assert any("cut off" in w for w in run.warnings)


@pytest.mark.parametrize(
    "other",
    [
        {"history": [{"role": "user", "content": "x"}]},
        {"trajectory": [{"role": "user"}], "info": {}},
        {"trajectory": "a string", "history": []},
        {"history": [{"id": 1, "source": "agent", "action": "run"}]},
    ],
)
def test_other_documents_are_left_alone(tmp_path: Path, other: Any) -> None:
    assert not SweAgentReader().sniff(Source(write(tmp_path, other)))


def test_stands_damage(tmp_path: Path) -> None:
    short = step("ls")
    short["query"] = PROMPTS
    history = [*PROMPTS, reply("ls", call="c1"), answer("x", call="c1"), reply("submit", is_demo=True)]
    whole = document(history, [short, short], attempts=[])
    check_reader(SweAgentReader(), json.dumps(whole).encode(), file_named("sum-1.traj"), tmp_path)


def test_stands_damaged_attempts(tmp_path: Path) -> None:
    attempt = {"trajectory": [{"action": "ls", "observation": "x", "response": "y"}], "info": {"exit_status": "x"}}
    whole = json.dumps({"attempts": [attempt, attempt], "info": {}}).encode()
    check_reader(SweAgentReader(), whole, file_named("sum-1.traj"), tmp_path)


def test_a_run_that_does_not_say_its_task_has_that_of_its_file(tmp_path: Path) -> None:
    old = document(PROMPTS, [], replay_config=None)
    (tmp_path / "org__pkg-12.traj").write_text(json.dumps(old))
    assert [one.instance for one in read(tmp_path / "org__pkg-12.traj")] == ["org__pkg-12"]
    assert only(tmp_path, old).instance is None
