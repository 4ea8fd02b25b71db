"""A child run under its parent: whose calls are asked about as the parent's are, and who shows it."""

from __future__ import annotations

from pathlib import Path

from nano_agent import Trajectory
from nano_agent.control import send
from nano_agent.family import family_of
from nano_agent.record import Follower
from support.engine import Bench, events, metadata
from support.eventually import eventually
from support.steered import steered
from support.tags import final, tool

SCAFFOLD = """
extends: mini-coding-agent
tools:
  - {kind: search, description: Lines that match., risky: true}
  - {kind: delegate, description: Ask a child., steps: 3, most_steps: 3}
"""


def replies(*searches: str) -> list[str]:
    return [
        tool("delegate", task="Where is c?"),
        *(tool("search", pattern=s) for s in searches),
        final("a"),
        final("b"),
    ]


def scaffold(bench: Bench) -> str:
    path = bench.place / "asking.yaml"
    path.write_text(SCAFFOLD)
    return str(path)


def test_a_childs_calls_are_asked_about_in_either_record(bench: Bench) -> None:
    model = bench.model(replies("def c", "print", "return"))
    with steered(bench, model, scaffold=scaffold(bench), approval="ask", limits={"time_limit": 60}) as run:
        ask = run.asked()
        assert (ask.name, ask.text) == ("search", "def c")
        child = bench.place / "runs" / run.follower.poll().state.child
        assert Follower(child).poll().state.ask == ask
        run.became(run.send("approve", ask=ask.id))
        second = eventually(lambda: (a := Follower(child).poll().state.ask) and a.id != ask.id and a)
        send(child, "deny", ask=second.id, reason="not that")
        third = eventually(lambda: (a := run.follower.poll().state.ask) and a.id not in (ask.id, second.id) and a)
        run.send("approve", ask=third.id, scope="tool")
        assert run.ends() == "done"
    answers = [message.text for message in Trajectory.load(child).messages if message.is_observation]
    assert [text.partition("\n")[0] for text in answers] == [
        "./src/c.py:1:def c():",
        "[not run: the user denied it: not that]",
        "./src/c.py:2:    return 1",
    ]
    for folder in (run.folder, child):
        assert [event["decision"] for event in events(folder, "decision")] == ["approved", "denied", "approved"]


def test_a_child_ends_at_its_limits_where_its_parent_would_wait_for_higher_ones(bench: Bench) -> None:
    model = bench.model([*replies(*"abc")[:4], final("It gave no answer.")])
    with steered(bench, model, scaffold=scaffold(bench), approval="ask") as run:
        first = run.asked()
        run.send("approve", ask=first.id, scope="tool")
        assert run.ends() == "done"
    (child,) = Trajectory.load(run.folder).children
    assert metadata(child)["exit_status"] == "tool_limit"


def test_never_holds_for_a_child_too_and_the_family_has_it(bench: Bench) -> None:
    agent = bench.run(replies("x"), scaffold=scaffold(bench), approval="never")
    assert agent.out_dir is not None
    parent = Path(agent.out_dir)
    messages = Trajectory.load(parent).messages
    (child,) = (message.child for message in messages if message.child)
    assert "nobody is there to approve" in Trajectory.load(child).messages[3].text
    for one in (parent, child):
        assert [(m.path.name, m.lead, m.delegated) for m in family_of(one)] == [
            (parent.name, "", False),
            (child.name, "└─ ", True),
        ]
    assert family_of(parent)[1].step == 1
