"""Documents and rows that hold conversations further inside, or a prompt and what it was answered with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, read, read_sample
from nano_agent.trajectory import Trajectory

ASKED = {"role": "user", "content": "Which files are there?"}
SAID = {"role": "assistant", "content": "One."}
TALK = [ASKED, SAID]


def opened(tmp_path: Path, *records: Any) -> list[Trajectory]:
    path = tmp_path / "file"  # no name or ending helps
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return list(read(path))


@pytest.mark.parametrize("key", ["rollouts", "trajectories", "samples", "results", "episodes", "data", "rows"])
def test_one_document_of_many_runs(tmp_path: Path, key: str) -> None:
    one, two = opened(
        tmp_path, {key: [{"messages": TALK, "reward": 1.0}, {"messages": TALK, "reward": 0.0}], "model": "m"}
    )

    assert (one.model, two.model) == ("m", "m")
    assert [(run.sample, run.reward, run.n_assistant) for run in (one, two)] == [("1", 1.0, 1), ("2", 0.0, 1)]
    assert read_sample(tmp_path / "file", "2") == two


@pytest.mark.parametrize("run", [TALK, {"messages": TALK}, {"traj": TALK}])
def test_runs_under_the_names_of_their_tasks(tmp_path: Path, run: Any) -> None:
    found = opened(tmp_path, {"org__x-1": run, "org__x-2": run})

    assert [(one.instance, one.n_messages) for one in found] == [("org__x-1", 2), ("org__x-2", 2)]


def test_rows_as_a_viewer_of_datasets_gives_them(tmp_path: Path) -> None:
    row = {"row_idx": 0, "row": {"messages": TALK, "instance_id": "org__x-1"}, "truncated_cells": []}

    [run] = opened(tmp_path, {"features": [], "rows": [row], "num_rows_total": 1})

    assert (run.instance, run.n_messages) == ("org__x-1", 2)


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": [ASKED], "response": "One."},
        {"prompt": ASKED["content"], "response": "One."},
        {"prompt": [ASKED], "completions": [[SAID]]},
        {"input": [ASKED], "output": "One."},
        {"input": [ASKED], "output": [SAID], "scores": {"right": 1}},
        {"messages": {"role": ["user", "assistant"], "content": [ASKED["content"], "One."]}},
        {"conversation": {"messages": TALK}},
    ],
)
def test_what_was_asked_and_answered_is_one_history(tmp_path: Path, record: Any) -> None:
    [run] = opened(tmp_path, record)

    assert [(m.role, m.text) for m in run.messages] == [("user", ASKED["content"]), ("assistant", "One.")]
    assert (run.n_messages, run.n_assistant) == (2, 1)


def test_each_completion_of_a_prompt_is_a_run_with_its_reward(tmp_path: Path) -> None:
    row = {
        "prompt": [ASKED],
        "completions": ["One.", [{"role": "assistant", "content": "Two."}]],
        "rewards": [1.0, 0.0],
    }

    runs = opened(tmp_path, row, row)

    assert [(run.sample, run.messages[-1].text, run.reward) for run in runs] == [
        ("1.1", "One.", 1.0),
        ("1.2", "Two.", 0.0),
        ("2.1", "One.", 1.0),
        ("2.2", "Two.", 0.0),
    ]


def test_a_response_of_many_turns_is_history(tmp_path: Path) -> None:
    items = [
        {"type": "function_call", "call_id": "c1", "name": "ls", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "One."}]},
    ]
    usage = {"input_tokens": 20, "output_tokens": 3}
    response = {"object": "response", "model": "m", "output": items, "usage": usage}

    [run] = opened(tmp_path, {"responses_create_params": {"input": [ASKED]}, "response": response, "reward": 1.0})

    assert [m.role for m in run.messages] == ["user", "assistant", "tool", "assistant"]
    assert (run.n_assistant, run.n_tool_calls, run.model, run.usage.prompt_tokens) == (2, 1, "m", 20)
    assert run.reward == 1.0


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "0.0000004", "completion": "0.0000016"},
        {"prompt": "0.5", "response": "0.5"},
        {"data": [{"id": "m", "pricing": {"prompt": "0.1", "completion": "0.2"}}]},
        {"results": [{"task_id": "t", "is_resolved": True}], "accuracy": 1.0},
        {"rows": [{"row": {"text": "x"}}]},
        {"steps": [{"role": "button", "content": "Save"}]},
        {"messages": {"role": "user", "content": "x"}},
    ],
)
def test_what_only_has_the_names_is_refused(tmp_path: Path, record: Any) -> None:
    with pytest.raises(NotATrajectory):
        opened(tmp_path, record)


def test_tokens_are_added_up_where_a_row_states_only_their_total(tmp_path: Path) -> None:
    reply = {**SAID, "usage": {"prompt_tokens": 7, "completion_tokens": 2}}

    [run] = opened(tmp_path, {"messages": [ASKED, reply], "usage": {"total_tokens": 9}, "cost": 0.5})

    assert (run.usage.prompt_tokens, run.usage.completion_tokens, run.usage.cost_usd) == (7, 2, 0.5)
