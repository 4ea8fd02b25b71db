from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import Source, first
from nano_agent.formats.openai_chat import OpenAIChatReader
from nano_agent.trajectory import Trajectory
from support.conformance import check_reader, file_named

READER = OpenAIChatReader()
CALL = {"id": "c1", "type": "function", "function": {"name": "shell", "arguments": '{"cmd": "ls"}'}}
TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "List the files."},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "a.py"},
    {"role": "assistant", "content": "a.py", "reasoning_content": "One."},
]


def opened(tmp_path: Path, text: str, name: str = "chat.json") -> list[Trajectory]:
    path = tmp_path / name
    path.write_text(text)
    source = Source(path)
    return list(READER.read(source)) if READER.sniff(source) else []


def lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TALK),
        json.dumps(TALK, indent=2),
        json.dumps({"messages": TALK}),
        json.dumps({"id": 1, "messages": TALK}, indent=2),
        json.dumps([{"messages": TALK}]),
        json.dumps([TALK]),
        lines(*TALK),
        lines({"messages": TALK}),
        lines(TALK),
        "\n\n" + lines(*TALK),
        "\ufeff" + json.dumps(TALK),
    ],
)
def test_one_conversation_in_each_of_its_shapes(tmp_path: Path, text: str) -> None:
    [run] = opened(tmp_path, text)

    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (5, 2, 1)
    assert [m.role for m in run.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert run.messages[2].tool_calls[0].arguments == {"cmd": "ls"}
    assert (run.messages[3].call_id, run.messages[4].reasoning) == ("c1", "One.")
    assert (run.task, run.sample, run.warnings) == ("List the files.", None, ())


def test_a_conversation_a_line_with_what_its_row_says(tmp_path: Path) -> None:
    row = {"messages": TALK, "tools": json.dumps([{"type": "function"}]), "reward": 1, "instance_id": "org__x-1"}
    row |= {"oracle_diff": "gold", "generated_diff": "", "problem_statement": "It fails.", "repo": "org/x", "note": 5}

    one, two = opened(tmp_path, lines(row, {"messages": TALK[:2]}), "rows.jsonl")

    assert (one.sample, two.sample) == ("1", "2")
    assert (one.reward, one.instance, one.repo, one.task) == (1.0, "org__x-1", "org/x", "It fails.")
    assert (one.diff, one.gold_diff, one.tools) == ("", "gold", [{"type": "function"}])
    assert one.metadata["note"] == 5
    assert (two.n_messages, two.reward) == (2, None)


def test_sharegpt(tmp_path: Path) -> None:
    turns = [
        {"from": "system", "value": "Use tools."},
        {"from": "human", "value": "Add."},
        {"from": "function_call", "value": '{"name": "add", "arguments": {"x": 1}}'},
        {"from": "observation", "value": "2"},
        {"from": "gpt", "value": "It is 2."},
    ]

    for text in (json.dumps([{"id": "a", "conversations": turns}]), lines({"conversations": turns})):
        [run] = opened(tmp_path, text)
        assert [m.role for m in run.messages] == ["system", "user", "assistant", "tool", "assistant"]
        assert (run.messages[2].tool_calls[0].name, run.n_tool_calls) == ("add", 1)
        assert run.messages[4].text == "It is 2."


def test_a_logged_request_shows_its_reply_beyond_the_history_it_was_given(tmp_path: Path) -> None:
    response = {
        "model": "m/x",
        "choices": [{"message": {"role": "assistant", "content": "And now this."}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 60}},
    }
    log = {
        "messages": TALK,
        "response": response,
        "args": [],
        "kwargs": {"tools": [CALL]},
        "timestamp": 10.0,
        "cost": 0.5,
    }

    [run] = opened(tmp_path, json.dumps(log))

    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (5, 2, 1)
    assert (run.messages[-1].text, run.messages[-1].timestamp) == ("And now this.", 10.0)
    assert (run.model, run.usage.prompt_tokens, run.usage.cached_tokens, run.usage.cost_usd) == ("m/x", 100, 60, 0.5)
    assert run.tools == [CALL]


def test_anthropics_blocks_are_calls_results_and_thinking(tmp_path: Path) -> None:
    picture = {"type": "image", "source": {"type": "base64", "data": "iVBORw0KGgo" * 500}}
    talk = [
        {"role": "user", "content": [{"type": "text", "text": "Look."}, picture]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm."},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "read", "input": {"path": "a"}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True}]},
    ]

    [run] = opened(tmp_path, json.dumps({"messages": talk}))

    question, reply, answer = run.messages
    assert question.text == "Look.\n[image]"
    assert "iVBORw0KGgo" not in repr(question.raw)
    assert (reply.text, reply.reasoning, reply.tool_calls[0].arguments) == ("I look.", "Hm.", {"path": "a"})
    assert (answer.is_observation, answer.call_id, answer.text, answer.failed) == (True, "t1", "no", True)
    assert run.n_tool_calls == 1


def test_several_results_in_one_message_are_an_observation_each(tmp_path: Path) -> None:
    uses = [{"type": "tool_use", "id": f"t{i}", "name": "read", "input": {"n": i}} for i in (1, 2)]
    results: list[Any] = [{"type": "tool_result", "tool_use_id": f"t{i}", "content": f"file {i}"} for i in (1, 2)]
    answer = {"role": "user", "content": [*results, {"type": "text", "text": "Go on."}]}
    talk = [TALK[1], {"role": "assistant", "content": uses}, answer, TALK[4]]

    for text in (json.dumps(talk), lines(*talk)):
        [run] = opened(tmp_path, text)
        told = [(m.is_observation, m.call_id, m.text) for m in run.messages[2:5]]
        assert told == [(True, "t1", "file 1"), (True, "t2", "file 2"), (False, None, "Go on.")]
        assert (run.n_messages, run.n_assistant, run.n_tool_calls, len(run.steps)) == (4, 2, 2, 2)


def test_calls_written_as_json_text_are_calls(tmp_path: Path) -> None:
    talk = [
        {"role": "assistant", "content": "", "tool_calls": json.dumps([CALL])},
        {"role": "assistant", "content": "", "tool_calls": [json.dumps(CALL)]},
    ]

    [run] = opened(tmp_path, json.dumps(talk))

    assert [m.tool_calls[0].id for m in run.messages] == ["c1", "c1"]


def test_other_records_between_messages_keep_their_places(tmp_path: Path) -> None:
    text = lines(TALK[1]) + '{"role": "user", "cont\n' + lines({"event": "compacted"}, TALK[4])

    [run] = opened(tmp_path, text, "chat.jsonl")

    assert [m.role for m in run.messages] == ["user", "other", "assistant"]
    assert run.messages[1].raw == {"event": "compacted"}
    assert "1 line could not be read" in run.warnings[0]


def test_rows_of_another_kind_are_left_out_and_told(tmp_path: Path) -> None:
    one, two = opened(tmp_path, lines({"messages": TALK}, {"total": 2}, {"messages": TALK}, [1, 2]), "rows.jsonl")

    assert one.warnings == ()
    assert "left out" in two.warnings[0]


def test_a_list_without_its_end_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = json.dumps({"messages": TALK}, indent=1)

    [run] = opened(tmp_path, whole[: whole.rindex("reasoning_content")])

    assert run.n_messages >= 4
    assert any("cut off" in warning for warning in run.warnings)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"messages": []}),
        json.dumps({"messages": ["hello"]}),
        json.dumps({"messages": {"en": "hello"}}),
        json.dumps([{"role": "admin", "content": "x"}]),
        json.dumps([{"role": "user", "permissions": []}]),
        json.dumps({"role": "user", "name": "x"}),
        json.dumps([{"from": "a@b.c", "value": 1}]),
        json.dumps({"instance_id": "a", "model_patch": "role"}),
        lines({"type": "user", "message": {"role": "user", "content": "hi"}}),
        lines({"message": {"role": "user", "content": "hi"}}),
        "role: user\ncontent: hi\n",
        '{"role": "user"',
        "",
    ],
)
def test_what_only_looks_alike_is_refused(tmp_path: Path, text: str) -> None:
    assert opened(tmp_path, text) == []


def test_it_is_asked_last(tmp_path: Path) -> None:
    path = tmp_path / "run.traj.json"
    path.write_text(json.dumps({"info": {"exit_status": "Submitted"}, "messages": TALK, "trajectory_format": "x"}))

    assert first(path).format != "openai_chat"


@pytest.mark.parametrize("name", ["chat.json", "rows.jsonl", "talk.jsonl"])
def test_stands_damage(tmp_path: Path, name: str) -> None:
    shapes = {"chat.json": json.dumps({"messages": TALK}), "rows.jsonl": lines({"messages": TALK}, {"messages": TALK})}

    check_reader(READER, shapes.get(name, lines(*TALK)).encode(), file_named(name), tmp_path)
