"""Large documents and lists of events: whatever is in them, in memory and left on disk they tell the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.stored import CALLS, COUNTS, IDS, TEXTS, TIMES, check_both_ways, record

FLAGS = st.booleans() | st.none()
LAYOUTS: tuple[dict[str, Any], ...] = ({}, {"indent": 2}, {"separators": (",", ":")}, {"indent": 1, "sort_keys": True})


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


# --- OpenHands -----------------------------------------------------------------------------------------------------

FUNCTION = record(id=CALLS, function=record(name="bash", arguments=TEXTS))
REPLY = record(
    id=st.sampled_from(["r1", "r2"]),
    model="m",
    choices=st.lists(
        record(message=record(reasoning_content=TEXTS, tool_calls=st.lists(FUNCTION, max_size=2))), max_size=1
    ),
    usage=record(prompt_tokens=COUNTS, completion_tokens=COUNTS),
)
ASKED = maybe(
    tool_call_metadata=record(function_name="bash", tool_call_id=CALLS, model_response=REPLY), cause=st.integers(0, 5)
)
V0 = joined(
    record(id=st.integers(0, 9), timestamp=TIMES, source=st.sampled_from(["user", "agent", "environment", None])),
    ASKED,
    record(
        action=st.sampled_from(["message", "run", "finish", "system", "recall", "odd"]),
        args=record(content=TEXTS, thought=TEXTS, command=TEXTS),
    )
    | record(
        observation=st.sampled_from(["run", "error", "agent_state_changed", "null"]),
        content=TEXTS,
        extras=record(exit_code=COUNTS, agent_state=st.sampled_from(["finished", "running"])),
        success=FLAGS,
    )
    | st.just({"message": "neither"}),
)
V1 = joined(
    record(id=IDS, timestamp=TIMES, source=st.sampled_from(["user", "agent"])),
    maybe(parent_id=IDS | st.none()),
    record(
        kind="ActionEvent",
        thought=st.lists(record(type="text", text=TEXTS), max_size=2),
        tool_name="bash",
        tool_call_id=CALLS,
        llm_response_id=st.sampled_from(["r1", "r2"]),
        action=record(kind="Run", command=TEXTS),
    )
    | record(kind="ObservationEvent", tool_call_id=CALLS, observation=record(output=TEXTS, exit_code=COUNTS))
    | record(kind="MessageEvent", llm_message=record(role=st.sampled_from(["user", "assistant"]), content=TEXTS))
    | record(kind="AgentErrorEvent", error=TEXTS, tool_call_id=CALLS)
    | record(kind=st.sampled_from(["PauseEvent", "ConversationStateUpdateEvent", "OddEvent"]), detail=TEXTS),
)
FIRST_V0 = {"id": 0, "source": "user", "action": "message", "args": {"content": "begin"}}
FIRST_V1 = {"id": "0", "source": "user", "kind": "MessageEvent", "llm_message": {"role": "user", "content": "begin"}}

# --- Gemini CLI ----------------------------------------------------------------------------------------------------

GEMINI = record(
    id=IDS,
    type=st.sampled_from(["user", "gemini", "info"]),
    timestamp=TIMES,
    content=TEXTS,
    toolCalls=st.lists(record(id=CALLS, name="ls", args=record(path=TEXTS), result=TEXTS | st.none()), max_size=2),
)
FIRST_GEMINI = {"id": "0", "type": "user", "content": "begin"}

# --- ATIF ----------------------------------------------------------------------------------------------------------

STEP = joined(
    record(step_id=st.integers(1, 9), source=st.sampled_from(["user", "agent", "system", "odd"]), message=TEXTS),
    maybe(
        timestamp=TIMES,
        model_name=st.sampled_from(["m", "n"]),
        is_copied_context=FLAGS,
        metrics=record(prompt_tokens=COUNTS, completion_tokens=COUNTS, cost_usd=COUNTS),
        tool_calls=st.lists(record(tool_call_id=CALLS, function_name="bash", arguments=record(x=TEXTS)), max_size=2),
        observation=record(
            results=st.lists(
                record(source_call_id=CALLS | st.none(), content=TEXTS, extra=maybe(exit_code=COUNTS)),
                max_size=2,
            )
        ),
    ),
)
FIRST_STEP = {"step_id": 0, "source": "user", "message": "begin"}

# --- SWE-agent -----------------------------------------------------------------------------------------------------

ACTIONS = st.sampled_from(["ls", "open a.py", "submit", ""])
TAKEN = joined(
    record(action=ACTIONS, response=TEXTS, observation=TEXTS, execution_time=COUNTS),
    maybe(thought=TEXTS, query=st.lists(record(role="user", content=TEXTS), max_size=2)),
)
SAID = joined(
    record(role=st.sampled_from(["user", "assistant", "assistant", "tool", "system"]), content=TEXTS, agent="main"),
    maybe(action=ACTIONS, is_demo=st.booleans(), tool_call_ids=st.lists(CALLS, max_size=1), thought=TEXTS),
)
RUN = st.tuples(st.lists(TAKEN, max_size=6), st.lists(SAID, max_size=8), st.booleans(), st.booleans())
FIRST_TAKEN = {
    "action": "ls",
    "response": "I look.",
    "observation": "a.py",
    "query": [{"role": "user", "content": "q"}],
}
FIRST_SAID = {"role": "system", "content": "begin", "agent": "main", "message_type": "system_prompt"}


def swe_agent(run: Any) -> Any:
    steps, history, is_turned, has_history = run
    lists = {"trajectory": [FIRST_TAKEN, *steps], "history": [FIRST_SAID, *history] if has_history else []}
    lists = dict(reversed(lists.items())) if is_turned else lists
    stats = {"instance_cost": 0.5, "tokens_sent": 9, "tokens_received": 3}
    return {"environment": "swe_main", **lists, "info": {"exit_status": "submitted", "model_stats": stats}}


# --- mini-swe-agent 1.x --------------------------------------------------------------------------------------------

FENCED = st.sampled_from(["```bash\nls\n```", "I look.\n```bash\nls\n```", "```bash\na\n```\n```bash\nb\n```", "no"])
TEXTUAL = joined(
    record(role=st.sampled_from(["assistant", "assistant"]), content=FENCED),
    maybe(
        timestamp=st.integers(0, 99),
        extra=record(response=record(usage=record(prompt_tokens=COUNTS, completion_tokens=COUNTS))),
    ),
) | joined(
    record(
        role=st.sampled_from(["user", "user", "system"]),
        content=st.sampled_from(["<returncode>0</returncode>\nok", "<returncode>2</returncode>", "a word", ""]),
    ),
    maybe(timestamp=st.integers(0, 99)),
)
STATUS = st.sampled_from(["Submitted", "LimitsExceeded", None])


def textual(run: Any) -> Any:
    records, status, cost = run
    first = [{"role": "system", "content": "s"}, {"role": "user", "content": "t"}]
    first += [{"role": "assistant", "content": "```bash\nls\n```"}]
    info = {"exit_status": status, "submission": "d", "model_stats": {"instance_cost": cost, "api_calls": 2}}
    return {"info": info, "messages": [*first, {"role": "user", "content": "<returncode>0</returncode>"}, *records]}


# --- Chat ----------------------------------------------------------------------------------------------------------

PART = (
    record(type="text", text=TEXTS)
    | record(type="tool_result", tool_use_id=CALLS, content=TEXTS, is_error=FLAGS)
    | record(type="tool_use", id=CALLS, name="bash", input=record(command=TEXTS))
    | record(toolResult=record(toolUseId=CALLS, content=st.lists(record(text=TEXTS), max_size=2)))
)
TURN = joined(
    record(role=st.sampled_from(["user", "assistant", "tool", "system"]), content=TEXTS | st.lists(PART, max_size=3)),
    maybe(tool_calls=st.lists(FUNCTION, max_size=2), tool_call_id=CALLS, reasoning_content=TEXTS, odd=TEXTS),
    maybe(usage=record(prompt_tokens=COUNTS, completion_tokens=COUNTS), cost=COUNTS, timestamp=TIMES, status=TEXTS),
) | record(
    type=st.sampled_from(["human", "ai"]), content=TEXTS, tool_calls=st.lists(record(name="f", id=CALLS), max_size=1)
)
FIRST_TURN = {"role": "user", "content": "begin"}

Make = Callable[[list[Any]], Any]
KINDS: dict[str, tuple[st.SearchStrategy[Any], Make]] = {
    "openhands-0": (V0, lambda items: [FIRST_V0, *items]),
    "openhands-0-wrapped": (V0, lambda items: {"note": 1, "trajectory": [FIRST_V0, *items]}),
    "openhands-1": (V1, lambda items: [FIRST_V1, *items]),
    "gemini": (GEMINI, lambda items: {"sessionId": "s", "startTime": "x", "messages": [FIRST_GEMINI, *items], "z": 1}),
    "atif": (
        STEP,
        lambda items: {
            "schema_version": "ATIF-v1.7",
            "agent": {"name": "a"},
            "steps": [FIRST_STEP, *items],
            "extra": 1,
        },
    ),
    "chat": (TURN, lambda items: {"instance_id": "x", "messages": [FIRST_TURN, *items], "reward": 0.5}),
    "chat-list": (TURN, lambda items: [FIRST_TURN, *items]),
}


def on_lines(document: Any) -> str:
    """The document as some write it, each item of its list on a line of its own."""
    if isinstance(document, list):
        return "[\n  " + ",\n  ".join(map(json.dumps, document)) + "\n]\n"
    parts = {key: on_lines(value) if isinstance(value, list) else json.dumps(value) for key, value in document.items()}
    return "{" + ",\n ".join(f"{json.dumps(key)}: {text}" for key, text in parts.items()) + "}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    RUN.map(swe_agent) | st.tuples(st.lists(TEXTUAL, max_size=8), STATUS, COUNTS).map(textual),
    st.sampled_from(LAYOUTS),
    st.sampled_from([50, 1 << 20]),
)
def test_runs_come_out_the_same(tmp_path: Path, document: Any, layout: dict[str, Any], block: int) -> None:
    path = tmp_path / "a.traj"
    path.write_text(json.dumps(document, ensure_ascii=False, **layout))
    assert check_both_ways(path, block=block)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(sorted(KINDS)), st.sampled_from(LAYOUTS), st.sampled_from([1, 24]))
def test_documents_come_out_the_same(
    tmp_path: Path, data: st.DataObject, kind: str, layout: dict[str, Any], open_: int
) -> None:
    item, make = KINDS[kind]
    path = tmp_path / "document.json"
    document = make(data.draw(st.lists(item, max_size=10)))
    by_lines = data.draw(st.booleans())
    path.write_text(on_lines(document) if by_lines else json.dumps(document, ensure_ascii=False, **layout))
    assert check_both_ways(path, open_, data.draw(st.sampled_from([100, 1 << 20])), block=50)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(["openhands-0", "openhands-1"]), st.sampled_from(["\n", "\n\n", "", '\n{"torn": \n']))
def test_events_on_lines_come_out_the_same(tmp_path: Path, data: st.DataObject, kind: str, between: str) -> None:
    item, make = KINDS[kind]
    first, *events = map(json.dumps, make(data.draw(st.lists(item, max_size=10))))
    path = tmp_path / "events.jsonl"
    path.write_text(f"{first}\n" + between.join(events) + data.draw(st.sampled_from(["\n", "", '\n{"id": 3'])))
    assert check_both_ways(path, 1)
