"""The rules of the shared loop and of the nano scaffold, with a recorded model; tools really run."""

from __future__ import annotations

import re

import pytest

from nano_agent import Agent
from nano_agent.budget import Budget
from nano_agent.scaffolds import Limits, load_scaffold
from nano_agent.tools import ArgumentError, check_arguments, make_tools
from nano_agent.trajectory import Usage
from support.engine import Bench, answers, check_history, events, metadata
from support.recordings import Call, Said, patch, shell

FIX = patch("print('a')", "print('b')", "a.py")


def test_thirty_calls_of_thirty_run_and_the_rest_of_the_batch_is_answered_as_not_run(bench: Bench) -> None:
    agent = bench.run([[shell(f"echo {n}") for n in range(20)], [shell(f"echo {n}") for n in range(20, 37)]])
    said = answers(agent)
    assert agent.exit_status == "tool_limit"
    assert agent.tool_usage == 30
    assert [re.search(r"\d+\n", text[-4:])[0] for text in said[:30]] == [f"{n}\n" for n in range(30)]  # type: ignore[index]
    assert said[30:] == ["[not run: all 30 tool calls were used]"] * 7
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["totals"]["tool_calls"] == 30
    assert len(events(agent.out_dir, "tool_start")) == 30


def test_the_last_call_may_be_the_one_that_reaches_the_limit(bench: Bench) -> None:
    agent = bench.run([shell("echo one"), shell("echo two"), "never said"], tool_limit=2)
    assert answers(agent)[1].endswith("two\n")
    assert agent.messages[-1]["role"] == "tool"


def test_warnings_say_what_is_true_when_the_model_reads_them(bench: Bench) -> None:
    agent = bench.run([shell("true"), shell("true"), [shell("true"), shell("true")], shell("true")], tool_limit=6)
    warned = [re.findall(r"\[(\d+) tool calls left", text) for text in answers(agent)]
    assert warned == [[], ["4"], [], ["2"], ["1"]]


def test_tokens_left_are_told_with_what_the_answer_itself_takes(bench: Bench) -> None:
    spent = Said(calls=[shell("printf 'x%.0s' $(seq 1800)")], usage=Usage(5000, 500))
    agent = bench.run([spent], token_limit=8192)
    told = re.match(r"\[about (\d+) tokens left: start to finish\]\n", answers(agent)[0])
    assert told is not None
    assert agent.token_usage == pytest.approx(8192 - int(told[1]), abs=40)


@pytest.mark.parametrize(("used", "word"), [(6600, "finish now"), (5300, "start to finish"), (5000, None)])
def test_token_warnings_begin_below_3000_and_1500(bench: Bench, used: int, word: str | None) -> None:
    agent = bench.run([Said(calls=[shell("true")], usage=Usage(used, 100))], token_limit=8192)
    assert (word in answers(agent)[0]) if word else answers(agent) == ["[no output]"]


def test_no_reply_is_asked_for_with_fewer_than_600_tokens_left(bench: Bench) -> None:
    agent = bench.run([Said(calls=[shell("true")], usage=Usage(7000, 592)), "never said"], token_limit=8192)
    assert agent.exit_status == "token_limit"
    assert agent.out_dir is not None
    assert len(events(agent.out_dir, "request")) == 1


@pytest.mark.parametrize(
    ("limit", "response", "used", "expected"),
    [(8192, 4096, 0, 3686), (8192, 1000, 0, 1000), (8192, 4096, 7000, 256), (8192, 100, 0, 256), (None, 900, 5, 900)],
)
def test_max_tokens(limit: int | None, response: int, used: int, expected: int) -> None:
    budget = Budget(Limits(token_limit=limit, response_limit=response))
    budget.tokens = used
    assert budget.max_tokens == expected


def test_max_tokens_is_what_was_asked_for(bench: Bench) -> None:
    agent = bench.run([Said(calls=[shell("true")], usage=Usage(4000, 192)), FIX, "done"], token_limit=8192)
    assert agent.out_dir is not None
    second = events(agent.out_dir, "request")[1]["max_tokens"]
    assert second == pytest.approx((8192 - 4192 - 819) // 2, abs=20)


def test_tokens_without_usage_are_counted_once_per_message(bench: Bench) -> None:
    agent = bench.run([shell("echo " + "x" * 400)] * 3)
    once = bench.run([shell("echo " + "x" * 400)])
    grown = agent.token_usage - once.token_usage
    assert 2 * 150 < grown < 2 * 320


def test_done_only_when_the_work_tree_has_changed(bench: Bench) -> None:
    agent = bench.run(["I am done.", FIX, "Now I am."], tool_limit=10)
    assert agent.exit_status == "done"
    nudge = agent.messages[3]
    assert nudge["role"] == "user"
    assert "9 left" in nudge["content"]
    assert agent.tool_usage == 2


def test_a_change_that_was_taken_back_is_no_change(bench: Bench) -> None:
    back = patch("print('b')", "print('a')", "a.py")
    agent = bench.run([FIX, back, "done"], tool_limit=10)
    assert agent.exit_status == "error"  # reminded, and the recording has no more to say
    assert agent.messages[-1]["role"] == "user"


def test_reminders_cost_calls_until_none_is_left(bench: Bench) -> None:
    agent = bench.run(["no"] * 9, tool_limit=3)
    assert agent.exit_status == "tool_limit"
    assert [m["role"] for m in agent.messages[2:]] == ["assistant", "user", "assistant", "user", "assistant"]


def test_without_a_limit_of_calls_a_reminder_names_no_number(bench: Bench) -> None:
    agent = Agent(bench.model(["no", FIX, "done"]), token_limit=100_000)
    agent.run("Do it", bench.repo.root, limits={"tool_limit": None})
    assert agent.exit_status == "done"
    assert "None" not in agent.messages[3]["content"]


def test_step_limit(bench: Bench) -> None:
    agent = bench.run([shell("true")] * 5, step_limit=2)
    assert agent.exit_status == "step_limit"
    assert len([m for m in agent.messages if m["role"] == "assistant"]) == 2


def test_cost_limit(bench: Bench) -> None:
    reply = Said(calls=[shell("true")], usage=Usage(10, 10, cost_usd=0.4))
    agent = bench.run([reply] * 5, cost_limit=1.0)
    assert agent.exit_status == "cost_limit"
    assert len(answers(agent)) == 3
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["totals"]["cost_usd"] == pytest.approx(1.2)


def test_a_cost_limit_that_cannot_hold_is_said_once(bench: Bench) -> None:
    agent = bench.run([shell("true")] * 3, cost_limit=1.0)
    assert agent.out_dir is not None
    said = [event["text"] for event in events(agent.out_dir, "warning") if "cost limit" in event["text"]]
    assert len(said) == 1
    assert metadata(agent.out_dir)["totals"]["cost_usd"] is None


def test_the_time_limit_ends_a_command(bench: Bench) -> None:
    agent = bench.run([[shell("echo begun; sleep 1000"), shell("echo never")]], time_limit=0.7)
    assert agent.exit_status == "time_limit"
    first, second = answers(agent)
    assert first.startswith("begun\n")
    assert "the time limit of the whole run" in first
    assert second == "[not run: the 0.7 seconds for the run are over]"


def test_the_time_limit_ends_a_model_call(bench: Bench) -> None:
    slow = Said(text="word " * 100, seconds=1000)
    agent = bench.run([shell("true"), slow], speed=1, time_limit=0.5)
    assert agent.exit_status == "time_limit"
    assert agent.messages[-1]["role"] == "tool"


WRONG = {
    "null": Call("shell", "null"),
    "a number": Call("shell", "5"),
    "a string": Call("shell", '"ls"'),
    "an array": Call("shell", '["ls"]'),
    "true": Call("shell", "true"),
    "a list for a string": Call("shell", '{"cmd": ["ls"]}'),
    "null for a string": Call("shell", '{"cmd": null}'),
    "a number for a string": Call("shell", '{"cmd": 5}'),
    "broken": Call("shell", '{"cmd": "ls'),
    "trailing": Call("shell", '{"cmd": "ls"} and more'),
    "empty": Call("shell", ""),
    "blank": Call("shell", "  \n"),
    "no key": Call("shell", "{}"),
    "another key": Call("shell", '{"command": "ls"}'),
    "two of three": Call("apply_patch", '{"search": "a", "replace": "b"}'),
    "unknown tool": Call("browser", '{"url": "x"}'),
    "no tool": Call("", "{}"),
    "a tool's name in another case": Call("Shell", '{"cmd": "ls"}'),
    "half a character": Call("shell", '{"cmd": "echo \\ud800"}'),
    "half a character in a file name": Call("apply_patch", '{"search": "", "replace": "x", "file": "\\udcff"}'),
    "deep": Call("shell", "[" * 100_000),
    "a huge number": Call("shell", '{"cmd": 1' + "0" * 10_000 + "}"),
    "NaN": Call("shell", '{"cmd": NaN}'),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_answered_and_cost_a_call(bench: Bench, name: str) -> None:
    agent = bench.run([[WRONG[name], shell("echo fine")]], tool_limit=10)
    said, fine = answers(agent)
    assert said.startswith("[")
    assert fine == "fine\n"
    assert agent.tool_usage == 2
    assert agent.out_dir is not None
    assert [event["failed"] for event in events(agent.out_dir, "tool_end")] == [True, False]


def test_what_was_wrong_is_said() -> None:
    schema = make_tools(load_scaffold("nano").tools)["shell"].schema
    expected = {
        "null": "must be a JSON object, not null",
        "a list for a string": "'cmd' must be a string, not an array",
        "another key": "missing 'cmd'",
        "broken": "not valid JSON",
    }
    for name, words in expected.items():
        with pytest.raises(ArgumentError, match=re.escape(words)):
            check_arguments(schema, WRONG[name].arguments)


def test_raw_newlines_and_unknown_keys_in_arguments_are_taken_as_meant(bench: Bench) -> None:
    agent = bench.run([Call("shell", '{"cmd": "echo one\necho two", "timeout": 5}')])
    assert answers(agent) == ["one\ntwo\n"]


@pytest.mark.parametrize("command", ["", "\0", "echo a\0b", "x" * 200_000, "exit 3", "kill -9 $$", "nonexistent-7f3"])
def test_commands_that_cannot_run_are_answered(bench: Bench, command: str) -> None:
    agent = bench.run([[shell(command), shell("echo fine")]])
    assert answers(agent)[1] == "fine\n"


def test_calls_with_the_same_id_are_answered_one_by_one(bench: Bench) -> None:
    agent = bench.run([[shell("echo 1", "same"), shell("echo 2", "same")], [shell("echo 3", "same")]])
    assert answers(agent) == ["1\n", "2\n", "3\n"]


def test_long_output_is_cut_and_how_it_ended_is_not(bench: Bench) -> None:
    agent = bench.run([[shell("seq 5000; exit 7", "a/../b"), shell("seq 5000", "a/../b")]])
    first, second = answers(agent)
    assert first.startswith("1\n2\n")
    assert re.search(r"\n\[cut here: \d+ more characters\]\n\[exit code 7\]$", first)
    assert len(first) < 2100
    assert agent.out_dir is not None
    whole = "".join(f"{n}\n" for n in range(1, 5001))
    outputs = [event["output"] for event in events(agent.out_dir, "tool_end")]
    assert len(set(outputs)) == 2
    for name in outputs:
        path = agent.out_dir / name
        assert path.parent == agent.out_dir / "outputs"
        assert path.read_text() == whole
        assert path.stat().st_mode & 0o777 == 0o600
    assert "exit code" not in second


def test_the_system_prompt_and_the_task_begin_the_history(bench: Bench) -> None:
    task = "Say {task} and {calls} \u2014 \udcff"
    agent = bench.run([FIX, "done"], task=task)
    assert agent.messages[0]["role"] == "system"
    assert agent.messages[1] == {"role": "user", "content": task.replace("\udcff", "?")}
    assert [tool["function"]["name"] for tool in agent.tools] == ["shell", "apply_patch"]


def test_stopping_before_the_next_call_answers_the_open_ones(bench: Bench) -> None:
    agent = Agent(bench.model([[shell("echo one"), shell("echo two"), shell("echo three")]]))
    for event in agent.stream("Do it", bench.repo.root):
        if type(event).__name__ == "ToolEnded":
            break
    check_history(agent.messages)
    assert agent.exit_status == "interrupted"
    assert answers(agent)[0] == "one\n"
    assert answers(agent)[2] == "[not run: stopped by the program that ran it]"
