"""Approval of calls by a person, from another process, and the rules a person makes on the way."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from nano_agent import Agent
from nano_agent.checks import CannotStart
from support.engine import Bench, answers, events, metadata
from support.eventually import eventually
from support.recordings import patch, shell
from support.steered import Steered, steered

FIX = patch("one", "1", "b.txt")


def decisions(run: Steered) -> list[tuple[str, str]]:
    return [(event["decision"], event.get("scope") or event.get("by", "")) for event in events(run.folder, "decision")]


def test_a_call_waits_until_it_is_approved(bench: Bench) -> None:
    with steered(bench, bench.model([shell("touch made"), FIX, "Done."]), approval="ask") as run:
        ask = run.asked()
        assert (ask.name, ask.text, ask.edits) == ("shell", "touch made", "command")
        assert run.follower.state.doing == "approval"
        assert not (bench.repo.root / "made").exists()
        run.send("approve", ask=ask.id)
        eventually((bench.repo.root / "made").exists)
        other = run.asked()
        assert (other.name, other.edits) == ("apply_patch", "arguments")
        assert json.loads(other.text)["file"] == "b.txt"
        late = run.send("approve", ask=ask.id)
        assert run.became(late)["why"] == "another call waits for approval now"
        run.send("approve", ask=other.id)
        assert run.ends() == "done"
    assert metadata(run.folder)["approval"] == "ask"
    assert decisions(run) == [("approved", "once")] * 2


def test_the_reason_of_a_denial_goes_to_the_model(bench: Bench) -> None:
    with steered(bench, bench.model([[shell("rm b.txt"), shell("touch made")], FIX, "Done."]), approval="ask") as run:
        run.send("deny", ask=run.asked().id, reason="We need that file.")
        ask = eventually(lambda: (a := run.follower.poll().state.ask) and a.text == "touch made" and a)
        run.send("deny", ask=ask.id)
        run.send("mode", mode="auto")
        assert run.ends() == "done"
    assert metadata(run.folder)["approval"] == "auto", "what it is resumed with"
    assert run.answers[0] == "[not run: the user denied it: We need that file.]"
    assert run.answers[1] == "[not run: the user denied it]"
    assert (bench.repo.root / "b.txt").exists()
    assert metadata(run.folder)["totals"]["tool_calls"] == 1


def test_an_edited_command_is_run_and_told_as_such(bench: Bench) -> None:
    with steered(bench, bench.model([shell("rm -rf ."), FIX, "Done."]), approval="ask") as run:
        run.send("approve", ask=run.asked().id, edit="echo safe")
        run.send("mode", mode="auto")
        assert run.ends() == "done"
    assert json.loads(run.messages[2]["tool_calls"][0]["function"]["arguments"]) == {"cmd": "rm -rf ."}
    assert run.answers[0] == "[The user changed this call. What ran instead: echo safe]\nsafe\n"
    assert events(run.folder, "decision")[0]["edited"] == "echo safe"
    assert events(run.folder, "tool_start")[0]["command"] == "echo safe"


def test_edited_arguments_are_checked(bench: Bench) -> None:
    with steered(bench, bench.model([FIX, "Done."]), approval="ask") as run:
        ask = run.asked()
        for wrong, why in (("{", "not valid JSON"), ("{}", "missing 'search'"), ("[]", "must be a JSON object")):
            assert why in run.became(run.send("approve", ask=ask.id, edit=wrong))["why"]
        run.send("approve", ask=ask.id, edit=json.dumps({"search": "one", "replace": "11", "file": "b.txt"}))
        assert run.ends() == "done"
    assert "11" in (bench.repo.root / "b.txt").read_text()


@pytest.mark.parametrize(("scope", "asked"), [("command", ["echo 1", "echo 2"]), ("tool", ["echo 1"])])
def test_what_was_agreed_to_for_good_is_not_asked_again(bench: Bench, scope: str, asked: list[str]) -> None:
    calls = [shell("echo 1"), shell("echo 1"), shell("echo 2")]
    with steered(bench, bench.model([calls, FIX, "Done."]), approval="ask") as run:
        run.send("approve", ask=run.asked().id, scope=scope)
        last = asked[-1]
        if len(asked) > 1:
            run.send(
                "approve", ask=eventually(lambda: (a := run.follower.poll().state.ask) and a.text == last and a).id
            )
        patching = eventually(lambda: (a := run.follower.poll().state.ask) and a.name == "apply_patch" and a)
        run.send("approve", ask=patching.id)
        assert run.ends() == "done"
    assert [e["text"] for e in events(run.folder, "ask") if e["name"] == "shell"] == asked
    assert decisions(run).count(("approved", "rule")) == 3 - len(asked)


def test_an_interrupt_and_a_stop_while_a_call_waits(bench: Bench) -> None:
    calls = [shell("echo 1"), shell("echo 2")]
    with steered(bench, bench.model([calls, calls]), approval="ask") as run:
        first = run.asked()
        run.send("interrupt", text="Something else.")
        second = eventually(lambda: (a := run.follower.poll().state.ask) and a.id != first.id and a)
        assert run.answers == ["[not run: the user interrupted]"] * 2
        assert run.messages[5]["content"] == "Something else."
        assert second.text == "echo 1"
        run.send("stop")
        assert run.ends() == "interrupted"
    assert run.answers[2:] == ["[not run: stopped by a stop command]"] * 2
    assert [d for d, _ in decisions(run)] == ["withdrawn"] * 2


def test_never_refuses_what_can_do_harm(bench: Bench) -> None:
    agent = bench.run([shell("touch made")], approval="never", tool_limit=1)
    assert answers(agent)[0].endswith("[not run: nobody is there to approve calls that can do harm]")
    assert not (bench.repo.root / "made").exists()


def test_the_time_a_person_takes_is_not_the_runs(bench: Bench) -> None:
    model = bench.model([shell("echo 1"), FIX, "Done."])
    with steered(bench, model, approval="ask", limits={"time_limit": 1.5}) as run:
        ask, began = run.asked(), time.monotonic()
        eventually(lambda: time.monotonic() - began > 1.6)
        run.send("approve", ask=ask.id, scope="tool")
        run.send("mode", mode="auto")
        assert run.ends() == "done"
    assert events(run.folder, "tool_end")[0]["seconds"] < 1.5
    assert events(run.folder, "decision")[0]["seconds"] > 1.5


def test_a_whitelisted_command_is_not_asked_about(bench: Bench) -> None:
    calls = [shell("ls -l"), shell("ls; rm b.txt"), shell("cat a.py\nrm b.txt")]
    config = ["approval.mode=never", r"approval.whitelist=['ls( -\w+)*', 'cat [^\n]*']"]
    agent = Agent(bench.model([calls]), token_limit=10_000_000, tool_limit=10)
    agent.run("Do it", bench.repo.root, config=config)
    assert ["[not run" in answer for answer in answers(agent)] == [False, True, True]
    with pytest.raises(CannotStart, match=r"'\(' is no regular expression"):
        agent.run("Do it", bench.repo.root, config=["approval.whitelist=['(']"])


def test_a_person_types_the_actions(bench: Bench) -> None:
    with steered(bench, bench.model([FIX, "Done."]), approval="human") as run:
        ask = run.asked()
        assert (ask.text, ask.edits) == ("", "action")
        empty = run.send("approve", ask=ask.id)
        assert run.became(empty)["why"] == "type what is to run"
        run.send("approve", ask=ask.id, edit="cat b.txt; false")
        again = eventually(lambda: (a := run.follower.poll().state.ask) and a.id != ask.id and a)
        run.send("say", text="You see?")
        run.send("mode", mode="auto")
        assert run.ends() == "done"
    typed, said = run.messages[2:4]
    assert typed["role"] == "user"
    assert typed["content"].startswith("[The user ran this themselves]\n$ cat b.txt; false\n")
    assert typed["content"].endswith("[exit code 1]")
    assert said["content"] == "You see?"
    assert again.edits == "action"


def test_agent_hands_the_question_to_its_program(bench: Bench) -> None:
    from nano_agent.control import send

    agent = Agent(bench.model([FIX, "Done."]), approval="ask", runs_dir=bench.place / "runs", token_limit=10_000_000)
    seen: list[Any] = []
    for event in agent.stream("Do it", bench.repo.root):
        if type(event).__name__ == "Asked":
            assert agent.out_dir is not None
            send(agent.out_dir, "approve", ask=event.ask)  # type: ignore[union-attr]
        seen.append(type(event).__name__)
    assert agent.exit_status == "done"
    assert {"Asked", "Decided", "Steered"} <= set(seen)
