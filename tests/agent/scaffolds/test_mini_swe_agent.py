"""mini-swe-agent: bash alone, templates, the sentinel, format errors, the cost limit; with and without tool calls."""

from __future__ import annotations

import json
import platform

from nano_agent import Agent, Trajectory
from nano_agent.trajectory import Usage
from support.engine import Bench, answers, events, metadata
from support.recordings import Call, Entry, Said

SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


def bash(command: str) -> Call:
    return Call("bash", json.dumps({"command": command}))


def fenced(command: str) -> str:
    return f"I'll see.\n\n```mswea_bash_command\n{command}\n```\n"


def run(bench: Bench, replies: list[Entry], **settings: object) -> Agent:
    return bench.run(replies, **{"scaffold": "mini-swe-agent", **settings})


def test_the_submitting_command_ends_the_run_and_is_no_failure(bench: Bench) -> None:
    agent = run(bench, [bash("echo b > a.py"), [bash(f"{SUBMIT}; git diff --stat; echo é"), bash("echo never")]])
    assert agent.exit_status == "done"
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["answer"].endswith("1 file changed, 1 insertion(+), 1 deletion(-)\né\n")
    ends = events(agent.out_dir, "tool_end")
    assert [(end["failed"], end["exit_code"]) for end in ends[:2]] == [(False, 0), (False, 0)]
    assert answers(agent)[2] == "[not run: the model submitted its work]"


def test_only_a_successful_command_with_the_word_as_its_first_line_submits(bench: Bench) -> None:
    wrong = [f"{SUBMIT}; false", f"echo first; {SUBMIT}", f"{SUBMIT}X", "echo x COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"]
    agent = run(bench, [*map(bash, wrong), bash(f"echo; {SUBMIT}")])
    assert agent.exit_status == "done"
    assert len(answers(agent)) == 5


def test_each_command_has_a_subshell_of_its_own(bench: Bench) -> None:
    agent = run(bench, [bash("cd src; export X=1"), bash('echo "$PWD $X"'), bash(SUBMIT)])
    assert answers(agent)[1] == f"<returncode>0</returncode>\n<output>\n{bench.repo.root} \n</output>"


def test_long_output_keeps_head_and_tail_and_says_how_much_is_left_out(bench: Bench) -> None:
    agent = run(bench, [bash("seq 10000; exit 2"), bash(SUBMIT)])
    shown = answers(agent)[0]
    whole = "".join(f"{n}\n" for n in range(1, 10001))
    assert shown.startswith("<returncode>2</returncode>\n<warning>")
    assert f"<output_head>\n{whole[:5000]}\n</output_head>" in shown
    assert f"<elided_chars>{len(whole) - 10000}</elided_chars>" in shown
    assert f"<output_tail>\n{whole[-5000:]}\n</output_tail>" in shown


def test_a_killed_command_is_told_as_it_was(bench: Bench) -> None:
    agent = run(bench, [bash("echo begun; sleep 60"), bash(SUBMIT)], config=["command_timeout=0.5"])
    assert answers(agent)[0].startswith("<exception>[killed after 0.5 s, the limit for one command")
    assert "<returncode>-1</returncode>\n<output>\nbegun\n</output>" in answers(agent)[0]


def test_the_task_is_rendered_with_facts_of_the_system(bench: Bench) -> None:
    prompt = run(bench, [bash(SUBMIT)], task="Fix {{ nothing }} {% in %} here").messages[1]["content"]
    assert "Fix {{ nothing }} {% in %} here" in prompt
    assert platform.system() in prompt
    assert str(bench.repo.root) in prompt


def test_three_format_errors_in_a_row_end_the_run(bench: Bench) -> None:
    talk = Said("Hm.", usage=Usage(10, 2, cost_usd=0.5))
    agent = run(bench, [talk, talk, bash("true"), talk, talk, talk, bash(SUBMIT)])
    assert agent.exit_status == "format_errors"
    roles = [m["role"] for m in agent.messages[2:]]
    assert roles == [*["assistant", "user"] * 2, "assistant", "tool", *["assistant", "user"] * 2, "assistant"]
    assert agent.out_dir is not None
    notes = [m.note for m in Trajectory.load(agent.out_dir).messages if m.role == "assistant"]
    assert notes.count("format error") == 5


def test_the_cost_limit_is_three_dollars_and_rejected_turns_count(bench: Bench) -> None:
    dear = Usage(10, 2, cost_usd=1.0)
    replies: list[Entry] = [Said("Hm.", usage=dear), Said(calls=[bash("true")], usage=dear), Said("Hm.", usage=dear)]
    agent = run(bench, [*replies, bash(SUBMIT)])
    assert agent.exit_status == "cost_limit"
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["totals"]["cost_usd"] == 3.0


def test_one_fenced_block_where_there_are_no_tool_calls(bench: Bench) -> None:
    two = fenced("ls") + fenced("ls")
    other = "```bash\nls\n```"
    agent = run(bench, [fenced("cat <<'X'\n```\nX"), two, other, fenced(SUBMIT)], scaffold="mini-swe-agent-text")
    assert agent.exit_status == "done"
    said = [m["content"] for m in agent.messages[2:] if m["role"] == "user"]
    assert "That reply had 2 blocks" in said[1]
    assert "That reply had 0 blocks" in said[2]
    assert said[3] == "<returncode>0</returncode>\n<output>\nCOMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\n</output>"
    assert agent.out_dir is not None
    trajectory = Trajectory.load(agent.out_dir)
    assert [len(m.tool_calls) for m in trajectory.messages if m.role == "assistant"] == [1, 0, 0, 1]
    assert trajectory.n_tool_calls == 0


def test_no_schemas_are_sent_for_a_text_protocol(bench: Bench) -> None:
    from support.model_server import ModelServer, Text

    with ModelServer([Text(fenced(SUBMIT))]) as server:
        agent = Agent("hosted_vllm/x", server.base_url, scaffold="mini-swe-agent-text")
        agent.run("Do it", bench.repo.root, client="http")
    assert agent.exit_status == "done"
    assert "tools" not in server.requests[0].body
