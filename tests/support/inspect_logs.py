"""Logs of Inspect and their samples, for tests of their reader."""

from __future__ import annotations

from typing import Any

SPEC = {"task": "sums", "model": "mock/model", "created": "2026-01-01T00:00:00Z", "run_id": "r"}
STATS = {"started_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-01T00:01:00Z", "model_usage": {}}
HEADER = {"version": 2, "status": "success", "eval": SPEC, "stats": STATS}
START = {"version": 2, "eval": SPEC, "plan": {}}


def usage(sent: int, made: int, **more: int) -> dict[str, int]:
    return {"input_tokens": sent, "output_tokens": made, "total_tokens": sent + made, **more}


def sample(id_: Any, epoch: int = 1, **more: Any) -> dict[str, Any]:
    call = {"id": "c1", "function": "add", "arguments": {"x": 1, "y": 2}, "type": "function"}
    reply = {"id": "m1", "role": "assistant", "content": "I add.", "tool_calls": [call], "source": "generate"}
    thought = [{"type": "reasoning", "reasoning": "Easy."}, {"type": "text", "text": "It is 3."}]
    return {
        "id": id_,
        "epoch": epoch,
        "input": "attachment://abc",
        "target": "3",
        "messages": [
            {"id": "m0", "role": "user", "content": "attachment://abc", "source": "input"},
            reply,
            {"id": "t1", "role": "tool", "content": "3", "tool_call_id": "c1", "function": "add"},
            {"id": "m2", "role": "assistant", "content": thought},
        ],
        "output": {"choices": [], "usage": usage(7, 7)},
        "scores": {"match": {"value": "C"}},
        "model_usage": {"mock/model": usage(100, 10), "grader": usage(50, 5)},
        "total_time": 2.5,
        "events": [model_event("m1", 40, 4), model_event("m2", 60, 6), {"event": "score"}],
        "attachments": {"abc": "What is 1 + 2?"},
        "store": {"big": "x" * 100},
        **more,
    }


def model_event(reply: str, sent: int, made: int) -> dict[str, Any]:
    return {
        "event": "model",
        "timestamp": "2026-01-01T00:00:10Z",
        "completed": "2026-01-01T00:00:12Z",
        "tools": [{"name": "add", "description": "Adds.", "parameters": {}}],
        "output": {"choices": [{"message": {"id": reply}}], "usage": usage(sent, made), "time": 1.5},
    }
