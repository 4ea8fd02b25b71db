"""Conversations as datasets, request logs and other libraries keep them: each must be found, and nothing beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, read, read_sample
from nano_agent.trajectory import Trajectory
from support.parquets import parquet_of

ASKED = {"role": "user", "content": "Which files are there?"}
SAID = {"role": "assistant", "content": "One, a.py."}
CALL = {"id": "c1", "type": "function", "function": {"name": "bash", "arguments": {"command": "ls"}}}
TALK: list[Any] = [
    ASKED,
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "a.py"},
    SAID,
]
LANGCHAIN: list[dict[str, Any]] = [
    {"type": "human", "content": "Which files are there?"},
    {
        "type": "ai",
        "content": [
            {"type": "thinking", "thinking": "I look."},
            {"type": "tool_use", "id": "c1", "name": "bash", "input": {"command": "ls"}},
        ],
        "tool_calls": [{"name": "bash", "args": {"command": "ls"}, "id": "c1", "type": "tool_call"}],
        "usage_metadata": {"input_tokens": 30, "output_tokens": 4, "input_token_details": {"cache_read": 10}},
        "response_metadata": {"model_name": "m-1"},
    },
    {"type": "tool", "content": "a.py", "tool_call_id": "c1", "additional_kwargs": {}, "status": "error"},
    {"type": "ai", "content": "One, a.py.", "usage_metadata": {"input_tokens": 40, "output_tokens": 5}},
]
NAMES = {"human": "HumanMessage", "ai": "AIMessageChunk", "tool": "ToolMessage"}
ITEMS: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "input_text", "text": "Which files are there?"}]},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "I look."}]},
    {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command": "ls"}'},
    {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
    {"role": "assistant", "content": [{"type": "output_text", "text": "One, a.py."}]},
]
GOOGLES: list[dict[str, Any]] = [
    {"role": "user", "parts": [{"text": "Which files are there?"}]},
    {
        "role": "model",
        "parts": [{"text": "I look.", "thought": True}, {"functionCall": {"name": "bash", "args": {"command": "ls"}}}],
    },
    {"role": "user", "parts": [{"functionResponse": {"name": "bash", "response": {"output": "a.py"}}}]},
    {"role": "model", "parts": [{"text": "One, a.py."}]},
]
BEDROCKS: list[dict[str, Any]] = [
    {"role": "user", "content": [{"text": "Which files are there?"}]},
    {
        "role": "assistant",
        "content": [
            {"reasoningContent": {"reasoningText": {"text": "I look."}}},
            {"toolUse": {"toolUseId": "c1", "name": "bash", "input": {"command": "ls"}}},
        ],
    },
    {
        "role": "user",
        "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "a.py"}], "status": "error"}}],
    },
    {"role": "assistant", "content": [{"text": "One, a.py."}]},
]
VERCELS: list[dict[str, Any]] = [
    {"role": "user", "content": "Which files are there?"},
    {
        "role": "assistant",
        "content": [
            {"type": "reasoning", "text": "I look."},
            {"type": "tool-call", "toolCallId": "c1", "toolName": "bash", "input": {"command": "ls"}},
        ],
    },
    {
        "role": "tool",
        "content": [{"type": "tool-result", "toolCallId": "c1", "output": {"type": "text", "value": "a.py"}}],
    },
    {"role": "assistant", "content": [{"type": "text", "text": "One, a.py."}]},
]


def opened(tmp_path: Path, *records: Any) -> list[Trajectory]:
    path = tmp_path / "file"  # no name or ending helps
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return list(read(path))


@pytest.mark.parametrize(
    "record",
    [
        *({key: TALK} for key in ("history", "chat_history", "dialogue", "turns", "traj", "msgs", "input", "items")),
        {"messages": json.dumps(TALK)},
        {"messages": [TALK]},
        {"method": "POST", "url": "/v1/chat/completions", "body": {"messages": TALK}},
        {"request": {"messages": TALK}},
        {"inputs": {"messages": TALK[:2]}, "outputs": {"messages": TALK[2:]}},
        LANGCHAIN,
        {"messages": LANGCHAIN},
        [{"type": one["type"], "data": one} for one in LANGCHAIN],
        [{"lc": 1, "type": "constructor", "id": ["x", NAMES[o["type"]]], "kwargs": o} for o in LANGCHAIN],
        ITEMS,
        {"model": "m", "input": ITEMS},
        GOOGLES,
        {"contents": GOOGLES},
        BEDROCKS,
        VERCELS,
        {
            "trajectory": [
                {"role": {"assistant": "ai"}.get(t["role"], t["role"]), "text": t["content"], **t} for t in TALK
            ]
        },
        [{**t, "role": t["role"].upper()} for t in TALK],
    ],
)
def test_one_conversation_wherever_it_stands(tmp_path: Path, record: Any) -> None:
    [run] = opened(tmp_path, record)

    asked, reply, answer, said = run.messages
    assert (run.n_messages, run.n_assistant, run.n_tool_calls, len(run.steps)) == (4, 2, 1, 2)
    assert (run.task, asked.text, said.text) == (ASKED["content"], ASKED["content"], SAID["content"])
    assert (reply.tool_calls[0].name, reply.tool_calls[0].arguments) == ("bash", {"command": "ls"})
    assert (answer.is_observation, answer.text) == (True, "a.py")
    assert reply.reasoning in ("", "I look.")
    assert answer.call_id in ("c1", None)


@pytest.mark.parametrize("talk", [LANGCHAIN, ITEMS, GOOGLES, BEDROCKS, VERCELS])
def test_thoughts_are_no_text(tmp_path: Path, talk: Any) -> None:
    [run] = opened(tmp_path, talk)

    assert (run.messages[1].text, run.messages[1].reasoning) == ("", "I look.")


def test_what_langchain_notes_of_a_message(tmp_path: Path) -> None:
    [run] = opened(tmp_path, LANGCHAIN)

    assert (run.model, run.messages[2].failed) == ("m-1", True)
    assert (run.usage.prompt_tokens, run.usage.completion_tokens) == (70, 9)
    first = run.messages[1].usage
    assert first is not None
    assert first.cached_tokens == 10


@pytest.mark.parametrize(
    "beside",
    [{"system": "Be brief."}, {"system": [{"type": "text", "text": "Be brief."}]}, {"system_prompt": "Be brief."}],
)
def test_the_system_prompt_beside_the_messages_is_what_the_model_saw(tmp_path: Path, beside: Any) -> None:
    [run] = opened(tmp_path, {"model": "m", **beside, "messages": TALK})

    assert (run.messages[0].role, run.messages[0].text, run.n_messages) == ("system", "Be brief.", 5)


OPENAIS = {"choices": [{"message": SAID}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}, "model": "m-2"}
ANTHROPICS = {
    "type": "message",
    **SAID,
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 2, "cache_read_input_tokens": 7, "output_tokens": 2},
    "model": "m-2",
}
RESPONSE = {
    "object": "response",
    "model": "m-2",
    "output": [{"type": "message", **SAID}],
    "usage": {"input_tokens": 9, "output_tokens": 2},
}
GOOGLE = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": SAID["content"]}]}}],
    "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1, "thoughtsTokenCount": 1},
    "model": "m-2",
}


@pytest.mark.parametrize("reply", [OPENAIS, ANTHROPICS, RESPONSE, GOOGLE])
def test_replies_of_an_api_alone_and_beside_their_request(tmp_path: Path, reply: Any) -> None:
    [alone] = opened(tmp_path, reply)
    [batch] = opened(tmp_path, {"custom_id": "task-7", "response": {"status_code": 200, "body": reply}})
    [logged] = opened(tmp_path, {"request": {"messages": [ASKED]}, "response": reply, "cost": 0.25})

    assert [run.messages[-1].text for run in (alone, batch, logged)] == [SAID["content"]] * 3
    assert [(run.n_messages, run.n_assistant) for run in (alone, batch, logged)] == [(1, 1), (1, 1), (1, 0)]
    assert [(r.usage.prompt_tokens, r.usage.completion_tokens) for r in (alone, batch, logged)] == [(9, 2)] * 3
    assert [run.model for run in (alone, batch, logged)] == ["m-2"] * 3
    assert (batch.instance, logged.usage.cost_usd, logged.messages[0].role) == ("task-7", 0.25, "user")


def test_both_continuations_of_a_pair_open(tmp_path: Path) -> None:
    worse = {"role": "assistant", "content": "None."}
    for record in (
        {"prompt": [ASKED], "chosen": [SAID], "rejected": [worse]},
        {"chosen": [ASKED, SAID], "rejected": [ASKED, worse]},
        {"prompt": ASKED["content"], "chosen": SAID["content"], "rejected": "None."},
        {"input": {"messages": [ASKED]}, "preferred_output": [SAID], "non_preferred_output": [worse]},
    ):
        good, bad, *others = opened(tmp_path, record, record)
        assert [m.text for m in good.messages] == [ASKED["content"], SAID["content"]]
        assert [m.text for m in bad.messages] == [ASKED["content"], "None."]
        assert (len(others), str(good.sample)[:4], str(bad.sample)[:4]) == (2, "1.1 ", "1.2 ")
        assert read_sample(tmp_path / "file", others[1].sample) == others[1]


def test_rows_of_swe_datasets(tmp_path: Path) -> None:
    row = {"instance_id": "org__x-1", "model": "m", "resolved": True, "exit_status": "submitted"}
    smith = {**row, "messages": json.dumps(TALK), "traj_id": "org__x-1.a"}
    nebius = {**row, "resolved": None, "target": False, "trajectory": TALK, "generated_patch": "diff --git"}

    for run in (*opened(tmp_path, smith), *opened(tmp_path, nebius)):
        assert (run.instance, run.model, run.exit_status, run.n_tool_calls) == ("org__x-1", "m", "submitted", 1)
    assert [run.reward for run in opened(tmp_path, smith, nebius)] == [1.0, 0.0]
    (tmp_path / "rows.parquet").write_bytes(parquet_of([smith]))
    [table] = read(tmp_path / "rows.parquet")
    assert (table.format, table.n_messages, table.reward) == ("table", 4, 1.0)


def test_r2e_gyms_steps_are_replies_with_their_actions_and_observations(tmp_path: Path) -> None:
    action = "<function=execute_bash>\n<parameter=cmd>\nls\n</parameter>\n</function>"
    step = {"thought": "I look.", "action": action, "observation": "a.py", "done": False, "llm_exec_time": 1.5}
    step |= {"token_usage_prompt": 100, "token_usage_completion": 10}
    run = {"trajectory_steps": [step, step], "problem_statement": "It fails.", "output_patch": "diff", "reward": 0}
    run |= {"exit_reason": "agent", "agent_args": {"llm_name": "m"}, "ds": {"instance_id": "org__x-1"}}

    [found] = opened(tmp_path, run)

    assert (found.n_messages, found.n_assistant, found.n_tool_calls, len(found.steps)) == (4, 2, 0, 2)
    assert (found.messages[0].tool_calls[0].arguments, found.messages[1].text) == ({"cmd": "ls"}, "a.py")
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (200, 20)
    assert (found.model, found.exit_status, found.diff, found.reward) == ("m", "agent", "diff", 0.0)
    assert (found.task, found.instance) == ("It fails.", "org__x-1")


def test_tau_benchs_simulations_are_a_trajectory_each(tmp_path: Path) -> None:
    reply = {
        "role": "assistant",
        "content": "Hello.",
        "cost": 0.25,
        "usage": {"prompt_tokens": 5, "completion_tokens": 1},
    }
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "name": "look", "arguments": {"n": 1}}]}
    answer = {"role": "tool", "id": "c1", "content": "no", "error": True, "requestor": "assistant"}
    one = {"id": "s", "task_id": "7", "messages": [reply, ASKED, call, answer], "termination_reason": "user_stop"}
    one |= {
        "duration": 60.5,
        "start_time": "2026-01-01T00:00:00+00:00",
        "agent_cost": 0.5,
        "reward_info": {"reward": 1.0},
    }

    first, second = opened(tmp_path, {"info": {"agent_info": {"llm": "m"}}, "tasks": [], "simulations": [one, one]})

    assert (first.sample, second.sample, first.instance, first.model) == ("1", "2", "7", "m")
    assert (first.n_messages, first.n_assistant, first.n_tool_calls) == (4, 2, 1)
    assert (first.reward, first.exit_status, first.usage.cost_usd, first.seconds) == (1.0, "user_stop", 0.5, 60.5)
    assert (first.messages[3].call_id, first.messages[3].failed) == ("c1", True)


def test_calls_in_text_are_steps_to_look_at_and_no_calls_of_the_api(tmp_path: Path) -> None:
    for call, answer in (
        (
            '<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>',
            "<tool_response>a</tool_response>",
        ),
        (
            "<function=bash>\n<parameter=command>ls</parameter>\n</function>",
            "EXECUTION RESULT of [execute_bash]:\na.py",
        ),
    ):
        talk = [ASKED, {"role": "assistant", "content": call}, {"role": "user", "content": answer}, SAID]
        [run] = opened(tmp_path, {"messages": talk})
        assert run.messages[1].tool_calls[0].arguments == {"command": "ls"}
        assert (run.messages[2].is_observation, run.n_tool_calls, len(run.steps)) == (True, 0, 2)


@pytest.mark.parametrize(
    "record",
    [
        {"history": "We met in 1990."},
        {"history": [{"date": "today", "event": "met"}]},
        {"input": "text", "output": "text"},
        {"input": [ASKED], "target": "a.py"},
        {"items": [{"from": "a@b.c", "to": "x", "value": 1}]},
        {"instruction": "Add.", "input": "", "output": "2"},
        {"type": "system", "content": "x"},
        {"type": "tool", "content": "x"},
        {"choices": [{"text": "a"}], "question": "Which?"},
        {"request": {"url": "x"}, "response": {"status": 200, "content": "ok"}},
        {"chosen": "a", "rejected": "b"},
        {"evalId": "e", "results": {"results": [{"response": {"output": "a"}, "success": True}]}},
    ],
)
def test_what_only_has_the_names_is_refused_in_one_line(tmp_path: Path, record: Any) -> None:
    for text in ([record], [record, record]):
        with pytest.raises(NotATrajectory) as refused:
            opened(tmp_path, *text)
        assert "\n" not in str(refused.value)


def test_a_question_alone_is_a_conversation_where_a_model_is_asked(tmp_path: Path) -> None:
    for record in ({"messages": [ASKED]}, {"contents": [ASKED]}, {"input": [ASKED], "model": "m-1"}):
        [run] = opened(tmp_path, record)
        assert (run.n_messages, run.n_assistant) == (1, 0)
