from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import read, recognise
from nano_agent.formats.opencode import OpenCodeReader
from nano_agent.trajectory import Trajectory
from support.conformance import check_reader, file_named

T = 1_780_000_000_000


def tokens(fresh: int, cached: int = 0) -> dict[str, Any]:
    return {"input": fresh, "output": 9, "reasoning": 1, "cache": {"read": cached, "write": 0}}


def tool(call: str, status: str = "completed", **state: Any) -> dict[str, Any]:
    time = {"start": T + 3000, "end": T + 5000}
    return {
        "type": "tool",
        "callID": call,
        "tool": "bash",
        "state": {"status": status, "input": {"command": "ls"}, "time": time, **state},
    }


ASKED = {
    "info": {"id": "m1", "role": "user", "time": {"created": T}},
    "parts": [{"type": "text", "text": "List it."}, {"type": "file", "filename": "a.png", "url": "data:"}],
}
WORKED = {
    "info": {
        "id": "m2",
        "role": "assistant",
        "modelID": "m",
        "providerID": "p",
        "path": {"cwd": "/w"},
        "cost": 0.25,
        "tokens": tokens(100, 50),
        "time": {"created": T + 1000, "completed": T + 6000},
    },
    "parts": [
        {"type": "step-start"},
        {"type": "reasoning", "text": "Look."},
        {"type": "text", "text": "I list."},
        tool("c1", output="a.py", metadata={"exit": 0}),
        tool("c2", "error", error="no such tool"),
        {"type": "step-finish", "cost": 0.25, "tokens": tokens(100, 50)},
    ],
}
DONE = {
    "info": {**WORKED["info"], "id": "m3", "cost": 0.5, "time": {"created": T + 6000, "completed": T + 8000}},
    "parts": [{"type": "step-start"}, {"type": "text", "text": "Done."}, {"type": "step-finish", "reason": "stop"}],
}
SESSION = {
    "info": {"id": "ses_1", "directory": "/w", "title": "Listing", "time": {"created": T, "updated": T}},
    "messages": [ASKED, WORKED, DONE],
}


def opened(tmp_path: Path, text: str) -> Trajectory:
    path = tmp_path / "file"
    path.write_text(text)
    found = recognise(path)
    assert found is not None
    assert found.name == "opencode"
    [run] = read(path)
    return run


@pytest.mark.parametrize("document", [SESSION, SESSION["messages"]])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_session_and_its_messages_alone(tmp_path: Path, document: Any, indent: int | None) -> None:
    run = opened(tmp_path, json.dumps(document, indent=indent))

    asked, reply, listed, failed, done = run.messages
    assert (asked.text, run.task, reply.reasoning, reply.text) == (
        "List it.\n[file a.png]",
        asked.text,
        "Look.",
        "I list.",
    )
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [
        ("c1", {"command": "ls"}),
        ("c2", {"command": "ls"}),
    ]
    assert (listed.call_id, listed.text, listed.exit_code, listed.seconds) == ("c1", "a.py", 0, 2.0)
    assert (failed.text, failed.failed, done.text) == ("no such tool", True, "Done.")
    assert (run.n_messages, run.n_assistant, run.n_tool_calls, len(run.steps)) == (5, 2, 2, 2)
    assert (run.usage.prompt_tokens, run.usage.cached_tokens, run.usage.completion_tokens) == (300, 100, 20)
    assert (run.usage.cost_usd, run.model, run.repo, run.started_at) == (0.75, "p/m", "/w", T / 1000)
    assert (reply.seconds, run.seconds) == (3.0, 8.0)


def test_the_steps_of_an_old_message_are_replies_of_their_own(tmp_path: Path) -> None:
    both = {**WORKED, "parts": [*WORKED["parts"], *DONE["parts"]]}

    run = opened(tmp_path, json.dumps({**SESSION, "messages": [ASKED, both]}))

    assert [m.role for m in run.messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert (run.n_assistant, run.usage.cost_usd, run.usage.prompt_tokens) == (2, 0.25, 150)


def test_what_a_model_without_a_price_cost_is_unknown(tmp_path: Path) -> None:
    free = {
        **WORKED,
        "info": {**WORKED["info"], "cost": 0, "error": {"name": "Aborted", "data": {"message": "by you"}}},
    }

    run = opened(tmp_path, json.dumps({**SESSION, "messages": [ASKED, free]}))

    assert (run.usage.cost_usd, run.usage.prompt_tokens, run.exit_reason) == (None, 150, "by you")


def test_the_stream_of_a_run(tmp_path: Path) -> None:
    kinds = {"step-start": "step_start", "step-finish": "step_finish", "tool": "tool_use"}
    parts = [*WORKED["parts"], *DONE["parts"]]
    events = [{"type": kinds.get(p["type"], p["type"]), "timestamp": T, "sessionID": "ses_1", "part": p} for p in parts]

    run = opened(tmp_path, "".join(json.dumps(event) + "\n" for event in events))

    assert [m.role for m in run.messages] == ["assistant", "tool", "tool", "assistant"]
    assert (run.n_tool_calls, run.messages[3].text) == (2, "Done.")


def test_stands_damage(tmp_path: Path) -> None:
    check_reader(OpenCodeReader(), json.dumps(SESSION).encode(), file_named("session.json"), tmp_path)
