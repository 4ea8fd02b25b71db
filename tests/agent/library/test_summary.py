from __future__ import annotations

import json
from pathlib import Path

from nano_agent.library.as_json import as_json, dump, in_pieces, moment
from nano_agent.library.summary import TASK_CHARS, shortened, summarise
from nano_agent.trajectory import Counts, Message, ToolCall, Trajectory, Usage

KEYS = [
    *("format", "path", "model", "exit_status", "n_messages", "n_assistant", "n_tool_calls", "n_steps"),
    *("prompt_tokens", "completion_tokens", "cost_usd", "started_at", "seconds", "task", "warnings"),
]
STEP_KEYS = [
    *("index", "role", "tool_calls", "cost_usd", "prompt_tokens", "completion_tokens", "seconds", "exit_codes"),
]

MESSAGES = (
    Message("system", "Be good."),
    Message("user", "Fix   it\nplease"),
    Message(
        "assistant",
        tool_calls=(ToolCall("a", "shell", '{"cmd": "ls"}', {"cmd": "ls"}), ToolCall("b", "patch", "{broken")),
        usage=Usage(100, 10, cost_usd=0.5),
        seconds=1.5,
    ),
    Message("tool", "x", call_id="a", exit_code=2, seconds=0.25),
    Message("tool", "y", call_id="b", failed=True, seconds=0.25),
    Message("assistant", "Done", tool_calls=(ToolCall(None, "bash", "ls", "ls", from_text=True),)),
)
TRAJECTORY = Trajectory(
    "nano-run",
    Path("/runs/one"),
    MESSAGES,
    model="m",
    usage=Usage(100, 10, 5, cost_usd=0.5),
    started_at=0.0,
    diff=" \n",
)


def test_a_summary_counts_what_the_history_holds() -> None:
    summary = summarise(TRAJECTORY, size=7, mtime_ns=8)
    assert (summary.n_messages, summary.n_assistant, summary.n_tool_calls, summary.n_steps) == (6, 2, 2, 2)
    assert summary.tools == ("shell", "patch", "bash")
    assert summary.task == "Fix it please"
    assert summary.has_error
    assert not summary.has_diff, "blanks are no diff"
    assert (summary.tokens, summary.size, summary.mtime_ns) == (110, 7, 8)


def test_the_counts_of_the_format_win() -> None:
    summary = summarise(Trajectory("x", Path("/x"), MESSAGES, counts=Counts(40, 20, 10)))
    assert (summary.n_messages, summary.n_assistant, summary.n_tool_calls) == (40, 20, 10)


def test_unknown_stays_unknown() -> None:
    summary = summarise(Trajectory("x", Path("/x")))
    assert (summary.cost_usd, summary.tokens, summary.started_at, summary.task, summary.reward) == (None,) * 5
    assert as_json(summary)["cost_usd"] is None


def test_the_object_has_the_promised_keys_in_their_order() -> None:
    whole = json.loads("".join(in_pieces(TRAJECTORY)))
    assert list(whole) == [*KEYS, "steps"]
    assert list(as_json(TRAJECTORY)) == KEYS
    assert list(as_json(summarise(TRAJECTORY))) == KEYS
    assert [list(step) for step in whole["steps"]] == [STEP_KEYS] * 2
    assert whole["started_at"] == "1970-01-01T00:00:00.000Z"


def test_a_step_tells_its_calls_costs_and_exits() -> None:
    first, second = json.loads("".join(in_pieces(TRAJECTORY)))["steps"]
    assert first["tool_calls"] == [
        {"id": "a", "name": "shell", "arguments": {"cmd": "ls"}},
        {"id": "b", "name": "patch", "arguments": "{broken"},
    ]
    assert (first["seconds"], first["exit_codes"], first["cost_usd"]) == (2.0, [2, None], 0.5)
    assert second["tool_calls"] == [], "what was found in text is no call of the API"
    assert (second["seconds"], second["exit_codes"], second["prompt_tokens"]) == (None, [], None)


def test_a_long_task_is_cut_with_a_mark_and_a_short_one_is_not() -> None:
    assert shortened("a" * TASK_CHARS) == "a" * TASK_CHARS
    cut = shortened("word " * 1000)
    assert cut is not None
    assert len(cut) == TASK_CHARS
    assert cut.endswith("…")
    assert shortened("short" + " " * 5000) == "short"
    assert shortened(" \n ") is None


def test_lone_surrogates_and_huge_numbers_can_be_stored_and_printed() -> None:
    call = ToolCall("\ud800", "t", "", {"n": 10**30, "nan": float("nan"), "\udfff": "\ud800"})
    trajectory = Trajectory("x", Path("/x"), (Message("assistant", tool_calls=(call,)),), task="a\ud800b")
    summary = summarise(trajectory)
    assert summary.task == "a?b"
    printed = json.loads("".join(in_pieces(trajectory)))
    assert printed["steps"][0]["tool_calls"][0]["arguments"] == {"n": 10**30, "nan": None, "?": "?"}


def test_amounts_that_no_database_holds_are_unknown() -> None:
    assert summarise(Trajectory("x", Path("/x"), usage=Usage(prompt_tokens=2**70))).prompt_tokens is None


def test_nesting_beyond_measure_is_cut() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    assert "…" in json.loads(dump({"deep": deep}).replace("[", "").replace("]", ""))["deep"]


def test_a_moment_that_no_calendar_has_is_unknown() -> None:
    assert moment(1e18) is None
    assert moment(None) is None
