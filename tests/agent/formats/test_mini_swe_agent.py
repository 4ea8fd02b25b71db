from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, Source, read, recognise
from nano_agent.formats.mini_swe_agent import MiniSweAgentReader
from support.conformance import check_reader, file_named
from support.mini_swe import NOT_RUN, PROMPTS, document, leave, observation, open_, turn, write


def test_a_run_with_tool_calls(tmp_path: Path) -> None:
    run = open_(
        tmp_path,
        *(turn(1, at=1), observation(1, "a long output", at=3.5)),
        *(turn(2, "false", at=5), observation(2, "", returncode=1, at=6)),
        leave(submission="the diff"),
        submission="the diff",
    )
    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (7, 2, 2)
    assert (run.model, run.task, run.exit_status, run.diff) == ("openai/tiny", "Mend the sum.", "Submitted", "the diff")
    assert run.usage.cost_usd == 0.5
    assert (run.usage.prompt_tokens, run.usage.completion_tokens, run.usage.cached_tokens) == (20, 4, 8)
    _, _, first, answer, second, failure, end = run.messages
    assert first.usage is not None
    assert first.usage.cost_usd == 0.1
    assert first.seconds is None
    assert (answer.seconds, second.seconds) == (2.5, 1.5)
    assert answer.output == "a long output"
    assert (answer.exit_code, answer.failed, failure.exit_code, failure.failed) == (0, False, 1, True)
    assert (answer.call_id, answer.timestamp) == ("c1", 1003.5)
    assert (end.role, end.note) == ("exit", "Submitted")
    assert [step.observations for step in run.steps] == [(3,), (5,)]


def test_the_submitting_command_is_no_failure(tmp_path: Path) -> None:
    run = open_(tmp_path, turn(1), observation(1), turn(2), observation(2, **NOT_RUN), leave())
    submitting = run.messages[5]
    assert (submitting.failed, submitting.exit_code, submitting.note) == (False, None, "submitted")
    assert submitting.seconds is None


def test_calls_behind_the_submitting_one_did_not_run(tmp_path: Path) -> None:
    several = turn(1)
    several["tool_calls"] *= 3
    run = open_(tmp_path, several, observation(1), observation(1, **NOT_RUN), observation(1, **NOT_RUN), leave())
    assert [(m.failed, m.note) for m in run.messages[3:6]] == [(False, ""), (False, "submitted"), (None, "not run")]


@pytest.mark.parametrize("kind", ["UserRejection", "UserInterruption", "UserNewTask"])
def test_what_the_user_stopped_is_no_failure(tmp_path: Path, kind: str) -> None:
    words = {"role": "user", "content": "No.", "extra": {"interrupt_type": kind}}
    run = open_(tmp_path, turn(1), observation(1, **NOT_RUN), words, turn(2), observation(2), leave())
    stopped = run.messages[3]
    assert (stopped.failed, stopped.exit_code) == (None, None)
    assert "user" in stopped.note
    assert "user" in run.messages[4].note
    assert run.messages[5].seconds is None


def test_a_timeout_is_a_failure(tmp_path: Path) -> None:
    late = observation(1, returncode=-1, exception_type="TimeoutExpired", exception_info="timed out after 2 seconds")
    message = open_(tmp_path, turn(1), late).messages[3]
    assert (message.failed, message.note) == (True, "timed out")


def test_a_command_of_the_user_is_a_step_without_a_reply(tmp_path: Path) -> None:
    typed = {"role": "user", "content": "User command: pwd", "extra": {"actions": [{"command": "pwd"}]}}
    shown = observation(0, "/here\n")
    shown = {"role": "user", "content": shown["content"], "extra": shown["extra"]}
    run = open_(tmp_path, turn(1), observation(1), typed, shown, turn(2), observation(2))
    assert run.n_assistant == 2
    assert run.n_tool_calls == 2
    answer = run.messages[5]
    assert answer.answers
    assert answer.tool_calls[0].arguments == {"command": "pwd"}
    assert [step.reply for step in run.steps] == [2, 5, 6]


def test_fenced_commands_are_calls_from_text(tmp_path: Path) -> None:
    said = turn(1, "ls -la")
    said["tool_calls"] = None
    shown = observation(1)
    del shown["tool_call_id"]
    shown["role"] = "user"
    run = open_(tmp_path, said, shown, leave())
    assert run.n_tool_calls == 0
    assert run.messages[2].tool_calls[0].from_text
    assert run.messages[2].tool_calls[0].arguments == {"command": "ls -la"}
    assert run.messages[3].answers
    assert len(run.steps) == 1


def rejected(**extra: Any) -> dict[str, Any]:
    return {"role": "user", "content": "No call found.", "extra": {"interrupt_type": "FormatError"} | extra}


def test_a_rejected_turn_is_shown_with_its_cost(tmp_path: Path) -> None:
    response = {
        "choices": [{"message": {"role": "assistant", "content": "I forgot.", "tool_calls": turn(9)["tool_calls"]}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    run = open_(tmp_path, turn(1), observation(1), rejected(response=response, cost=0.2), turn(2), leave())
    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (7, 3, 2)
    lost, error = run.messages[4:6]
    assert (lost.role, lost.text, lost.note) == ("assistant", "I forgot.", "rejected turn")
    assert lost.usage is not None
    assert (lost.usage.cost_usd, lost.usage.prompt_tokens) == (0.2, 7)
    assert (error.answers, error.failed) == (True, True)
    assert any("1 rejected turn shown" in w for w in run.warnings)


def test_a_rejected_turn_saved_as_python_prints_it(tmp_path: Path) -> None:
    printed = (
        "ModelResponse(id='x', choices=[Choices(finish_reason='stop', message=Message(content='It\\'s\\nall', "
        "role='assistant'))], usage=Usage(completion_tokens=3, prompt_tokens=7, cached_tokens=2))"
    )
    run = open_(tmp_path, rejected(response=printed))
    lost = run.messages[2]
    assert lost.text == "It's\nall"
    assert lost.usage is not None
    assert (lost.usage.prompt_tokens, lost.usage.completion_tokens, lost.usage.cached_tokens) == (7, 3, 2)
    assert lost.usage.cost_usd is None
    assert any("leaves out rejected turns" in w for w in run.warnings)


def test_a_rejected_turn_that_was_not_kept(tmp_path: Path) -> None:
    run = open_(tmp_path, turn(1), observation(1), rejected(), turn(2))
    assert run.n_assistant == 2
    assert run.messages[4].note == "format error"
    assert not any("rejected" in w for w in run.warnings)
    assert open_(tmp_path, rejected(model_response="only words")).messages[2].text == "only words"


def test_replies_of_the_responses_api(tmp_path: Path) -> None:
    said = {
        "object": "response",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "message", "content": [{"type": "output_text", "text": "Looking."}]},
            {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command": "ls"}'},
        ],
        "usage": {"input_tokens": 10, "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 1}},
        "extra": {"actions": [{"command": "ls", "tool_call_id": "c1"}], "cost": 0.1, "timestamp": 5.0},
    }
    shown = {"type": "function_call_output", "call_id": "c1", "output": "ok", "extra": {"returncode": 0}}
    wrong: dict[str, Any] = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Wrong."}]}
    wrong["extra"] = {"interrupt_type": "FormatError", "cost": 0.1, "response": {"object": "response", "output": []}}
    run = open_(tmp_path, said, shown, wrong, leave())
    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (6, 2, 1)
    reply, answer = run.messages[2:4]
    assert (reply.role, reply.text, reply.reasoning) == ("assistant", "Looking.", "Hm.")
    assert not reply.tool_calls[0].from_text
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.reasoning_tokens) == (10, 1)
    assert (answer.role, answer.call_id, answer.text) == ("tool", "c1", "ok")
    assert run.messages[5].text == "Wrong."


def test_an_unfinished_run(tmp_path: Path) -> None:
    run = open_(tmp_path, turn(1), exit_status="", submission="")
    assert run.exit_status is None
    assert run.diff is None
    assert any("no end is recorded" in w for w in run.warnings)


def test_a_crash_gives_its_reason(tmp_path: Path) -> None:
    end = leave("RuntimeError", "", exception_str="it broke", traceback="Traceback ...")
    run = open_(tmp_path, turn(1), end, exit_status="RuntimeError", exception_str="it broke", submission="")
    assert (run.exit_status, run.exit_reason, run.diff) == ("RuntimeError", "it broke", None)


def test_a_cost_that_was_not_tracked_is_unknown(tmp_path: Path) -> None:
    free = {"instance_cost": 0.0, "api_calls": 1}
    said = turn(1, cost=0.0)
    assert open_(tmp_path, said, model_stats=free).usage.cost_usd == 0
    run = open_(tmp_path, said, model_stats=free, model={"cost_tracking": "ignore_errors"})
    assert run.usage.cost_usd is None
    assert run.messages[2].usage is not None
    assert run.messages[2].usage.cost_usd is None


def test_a_key_in_the_settings_is_noticed(tmp_path: Path) -> None:
    run = open_(tmp_path, turn(1), model={"model_kwargs": {"api_key": "sk-abcdefghijklmnopqrst"}})
    assert "config.model.model_kwargs.api_key holds a value that looks like a secret" in run.warnings


def test_plain_chats_are_left_alone(tmp_path: Path) -> None:
    chat = [*PROMPTS, {"role": "assistant", "content": "Use ```bash\nls\n```"}, {"role": "user", "content": "Thanks."}]
    reader = MiniSweAgentReader()
    assert not reader.sniff(Source(write(tmp_path, chat)))
    assert not reader.sniff(Source(write(tmp_path, {"messages": chat, "model": "m"})))
    assert not reader.sniff(Source(write(tmp_path, {"info": {"exit_status": "x"}, "messages": [], "trajectory": []})))
    with pytest.raises(NotATrajectory):
        list(reader.read(Source(write(tmp_path, {"messages": chat}))))


def test_a_file_that_is_being_written_opens_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path, document([*PROMPTS, turn(1), observation(1), turn(2)]))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"Turn 2")])
    run = next(read(path))
    assert run.n_messages == 4 + 1
    assert [m.text for m in run.messages[:3]] == [PROMPTS[0]["content"], PROMPTS[1]["content"], "Turn 1."]
    assert any("cut off" in w for w in run.warnings)


FULL = document(
    [
        *PROMPTS,
        turn(1),
        observation(1),
        rejected(response={"choices": [{"message": {"role": "assistant", "content": "x"}}]}, cost=0.1),
        turn(2),
        observation(2, **NOT_RUN),
        {"role": "user", "content": "User command: ls", "extra": {"actions": [{"command": "ls"}]}},
        leave(),
    ]
)


@pytest.mark.parametrize(
    "sample",
    [
        FULL,
        document([*PROMPTS, {"object": "response", "output": [{"type": "message"}], "extra": {"actions": []}}]),
        [*PROMPTS, turn(1), observation(1)],
    ],
    ids=["2", "responses", "bare"],
)
def test_stands_damage(tmp_path: Path, sample: Any) -> None:
    check_reader(MiniSweAgentReader(), json.dumps(sample).encode(), file_named("run.traj.json"), tmp_path)


def test_it_is_asked_before_the_general_readers(tmp_path: Path) -> None:
    reader = recognise(write(tmp_path, [*PROMPTS, turn(1), observation(1)]))
    assert reader is not None
    assert reader.name == "mini_swe_agent"
