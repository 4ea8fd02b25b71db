"""mini-coding-agent: tags, a working prompt that stays short, memory, refusal of repeats, delegation."""

from __future__ import annotations

from pathlib import Path

import pytest

from nano_agent import Agent, Trajectory
from nano_agent.trajectory import Usage
from support.engine import Bench, events, lines, metadata
from support.recordings import Entry, Said
from support.tags import final, tool


def run(bench: Bench, replies: list[Entry], task: str = "Do it", **settings: object) -> Agent:
    return bench.run(replies, task=task, scaffold="mini-coding-agent", **settings)


def said(agent: Agent) -> list[str]:
    """What the program answered, the task left out."""
    return [m["content"] for m in agent.messages[2:] if m["role"] == "user"]


def sent(agent: Agent) -> list[str]:
    """The last message of every request, as it left."""
    assert agent.out_dir is not None
    return [lines(agent.out_dir / event["sent"])[-1]["content"] for event in events(agent.out_dir, "request")]


def test_files_are_read_written_patched_and_searched(bench: Bench) -> None:
    write = '<tool name="write_file" path="new.py"><content>\nprint("<hi> & \\n")\n</content></tool>'
    agent = run(
        bench,
        [
            "I look first.\n" + tool("list_files"),
            tool("read_file", path="b.txt", start=2, end=3),
            write,
            "<tool name=\"patch_file\" path=\"a.py\"><old_text>'a'</old_text><new_text>'z'</new_text></tool>",
            tool("search", pattern="def c"),
            final("It is **done**."),
        ],
    )
    assert said(agent) == [
        "[D] src\n[F] a.py\n[F] b.txt",
        "# b.txt\n   2: two\n   3: three",
        "wrote new.py (19 characters)",
        "[patch applied to a.py]",
        "./src/c.py:1:def c():\n",
    ]
    assert (bench.repo.root / "new.py").read_text() == 'print("<hi> & \\n")\n'
    assert (bench.repo.root / "a.py").read_text() == "print('z')\n"
    assert agent.exit_status == "done"
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["answer"] == "It is **done**."


def test_the_record_shows_actions_and_what_answers_them(bench: Bench) -> None:
    agent = run(bench, [tool("read_file", path="a.py"), "Nothing to do."])
    assert agent.out_dir is not None
    trajectory = Trajectory.load(agent.out_dir)
    (action,) = trajectory.messages[2].tool_calls
    assert (action.name, action.arguments, action.from_text) == ("read_file", {"path": "a.py"}, True)
    assert trajectory.messages[3].answers
    assert trajectory.messages[3].call_id == action.id
    assert [step.observations for step in trajectory.steps] == [(3,), ()]
    assert agent.tools[0]["function"]["name"] == "list_files"


def test_the_snapshot_is_in_the_prompt_and_tools_with_their_examples(bench: Bench) -> None:
    bench.repo.write({"README.md": "A project\n" + "x" * 5000, "AGENTS.md": "Be kind."}).commit("Say so")
    prompt = run(bench, [final("ok")]).messages[0]["content"]
    for part in ("branch: ", "Say so", "AGENTS.md:\nBe kind.", "A project", "clean", str(bench.repo.root)):
        assert part in prompt
    assert len(prompt) < 9000
    assert "- read_file(path: string, start: integer = 1" in prompt


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("", "the reply is empty"),
        ("<final>  </final>", "the <final> answer is empty"),
        ("<tool>{bad}</tool>", "not valid JSON"),
        ('<tool>["read_file"]</tool>', "must hold one object"),
        ('<tool name="write_file" path="x"><content>half of a fi', "</tool> is missing"),
        ("<tool path='x'></tool>", "has no name"),
        ("<tool name='x'", "is not closed"),
    ],
)
def test_malformed_replies_are_noticed_and_stay_with_their_cost(bench: Bench, reply: str, problem: str) -> None:
    agent = run(
        bench, [Said(reply, usage=Usage(10, 5, cost_usd=0.25)), Said(final("ok"), usage=Usage(1, 1, cost_usd=0.25))]
    )
    assert (agent.messages[2]["content"] or "") == reply
    assert said(agent)[0].startswith("Runtime notice: ")
    assert problem in said(agent)[0]
    assert agent.tool_usage == 0
    assert not (bench.repo.root / "x").exists()
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["totals"]["cost_usd"] == 0.5
    assert Trajectory.load(agent.out_dir).messages[2].note == "format error"


def test_attempts_and_steps_are_limited(bench: Bench) -> None:
    malformed = run(bench, ["<tool>x</tool>"] * 30)
    assert malformed.exit_status == "format_errors"
    assert len([m for m in malformed.messages if m["role"] == "assistant"]) == 18
    steps = run(bench, [tool("search", pattern=f"x{n}") for n in range(9)])
    assert steps.exit_status == "tool_limit"
    assert steps.tool_usage == 6
    few = run(bench, [""] * 9, tool_limit=1)
    assert len([m for m in few.messages if m["role"] == "assistant"]) == 5


def test_wrong_arguments_are_answered_with_an_example(bench: Bench) -> None:
    agent = run(
        bench,
        [
            tool("read_file"),
            tool("read_file", path="b.txt", start=3, end=1),
            tool("run_shell", command="ls", timeout=121),
            tool("fetch", url="x"),
            final("ok"),
        ],
    )
    first, second, third, fourth = said(agent)
    assert first.startswith("error: read_file: missing 'path'")
    assert 'example: <tool>{"name": "read_file"' in first
    assert second.startswith("error: start must be")
    assert third == "error: timeout must be from 1 to 120 seconds, not 121"
    assert fourth.startswith("error: no tool is called 'fetch'")
    assert agent.tool_usage == 4


def test_a_third_equal_call_is_refused(bench: Bench) -> None:
    read = tool("read_file", path="a.py")
    agent = run(bench, [read, read, read, tool("list_files"), read, final("ok")])
    assert [text.startswith("error: read_file was called with the same") for text in said(agent)] == [
        *(False, False, True, False, False)
    ]


@pytest.mark.parametrize(
    "pattern", ["--pre=touch ran", "-f/etc/passwd", "$(touch ran)", "'; touch ran; '", "`touch ran`"]
)
def test_a_pattern_is_data(bench: Bench, pattern: str) -> None:
    agent = run(bench, [tool("search", pattern=pattern), tool("search", pattern="print", path="--pre=x"), final("ok")])
    assert said(agent)[0] == "(no matches)"
    assert "No such file" in said(agent)[1]
    assert bench.repo.status() == ""


def test_how_a_command_ended_is_told(bench: Bench) -> None:
    agent = run(
        bench, [tool("run_shell", command="echo out; exit 3"), tool("run_shell", command="sleep 9", timeout=1), "ok"]
    )
    assert said(agent)[0] == "exit_code: 3\noutput:\nout\n"
    assert said(agent)[1].startswith("exit_code: -1\n")
    assert "killed after 1 s" in said(agent)[1]


def test_what_is_sent_is_short_and_true_and_the_newest_stays(bench: Bench) -> None:
    texts = {f"f{n}.txt": f"{n} " + f"word{n} " * 700 + f"end{n}\n" for n in range(12)}
    bench.repo.write(texts).commit()
    reads = [tool("read_file", path=name) for name in texts]
    agent = run(bench, [*reads, final("ok")], task="Read all", tool_limit=20)
    assert agent.out_dir is not None
    for request in sent(agent):
        assert len(request) < 16_000
    last = sent(agent)[-1]
    assert "earlier entries left out" in last or "f0.txt" in last
    assert "word11 " * 100 in last
    assert last.rstrip().endswith("Read all")
    assert [m["content"] for m in lines(agent.out_dir / "messages.jsonl")] == [m["content"] for m in agent.messages]
    assert "- files: f4.txt, f5.txt" in last
    assert last.count("  - read_file: ") == 5


def test_reads_that_a_later_one_covers_are_left_out_others_are_not(bench: Bench) -> None:
    numbered = "".join(f"line {n}\n" for n in range(1, 101))
    bench.repo.write({"n.txt": numbered}).commit()
    ranges = [(1, 10), (5, 20), (50, 60), (1, 30)]
    agent = run(bench, [*(tool("read_file", path="n.txt", start=a, end=b) for a, b in ranges), "ok"], tool_limit=20)
    last = sent(agent)[-1]
    assert last.count("line 7\n") == last.count("line 15\n") == 1
    assert "line 55" in last


def test_a_delegated_question_is_a_run_under_its_parent(bench: Bench) -> None:
    agent = run(
        bench,
        [
            tool("delegate", task="Where is c?", max_steps=50),
            tool("write_file", path="x", content="y"),
            tool("delegate", task="And who asks?"),
            tool("search", pattern="def c"),
            Said(final("In src/c.py."), usage=Usage(5, 5, cost_usd=0.5)),
            final("It is in src/c.py."),
        ],
    )
    assert said(agent) == ["delegate_result:\nIn src/c.py."]
    assert not (bench.repo.root / "x").exists()
    assert agent.out_dir is not None
    (child,) = Trajectory.load(agent.out_dir).children
    assert Trajectory.load(agent.out_dir).messages[3].note == f"child run {child.name}"
    run_of_child = Trajectory.load(child)
    assert (run_of_child.task, run_of_child.exit_status) == ("Where is c?", "done")
    assert run_of_child.metadata["parent"] == agent.out_dir.name
    assert run_of_child.metadata["limits"]["tool_limit"] == 6
    answers = [m.text for m in run_of_child.messages if m.answers]
    assert answers[0].startswith("error: no tool is called 'write_file'; there are: list_files, read_file, search")
    assert answers[1].startswith("error: no tool is called 'delegate'")
    again = Agent(f"replay/{agent.out_dir}", scaffold="mini-coding-agent", runs_dir=Path(bench.place / "again"))
    again.run("Do it", bench.repo.root)
    assert again.exit_status == "done"
    assert again.messages[2:] == agent.messages[2:]


def test_what_a_child_costs_counts_against_its_parents_limit(bench: Bench) -> None:
    dear = Said(final("There."), usage=Usage(5, 5, cost_usd=2.0))
    cheap = Said(tool("delegate", task="Where?"), usage=Usage(1, 1, cost_usd=0.1))
    agent = run(bench, [cheap, dear, cheap, final("never")], cost_limit=1.0)
    assert agent.exit_status == "cost_limit"
    assert len(said(agent)) == 1
