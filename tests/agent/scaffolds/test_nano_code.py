"""nano-code: whole files, an unconfined shell, and the Ralph loop."""

from __future__ import annotations

import json
import time

import pytest

from nano_agent import Agent
from nano_agent.models.base import Retrying
from support.engine import Bench, answers, check_history, events
from support.model_server import ModelServer, Status, Text
from support.recordings import Call


def call(name: str, **arguments: object) -> Call:
    return Call(name, json.dumps(arguments))


def test_the_goal_is_stated_again_until_it_is_said_to_be_reached(bench: Bench) -> None:
    replies = ["I think so.", "GOAL_COMPLETE", "never"]
    agent = bench.run(["Is it GOAL_COMPLETE?", *replies], task="Make it so", scaffold="nano-code")
    assert agent.exit_status == "done"
    stated = [m["content"] for m in agent.messages if m["role"] == "user"]
    assert len(stated) == 3
    assert all("Make it so" in text for text in stated)
    assert agent.tool_usage == 0


def test_the_rounds_have_a_cap(bench: Bench) -> None:
    agent = bench.run(["no"] * 9, scaffold="nano-code", config=["done.rounds=3"])
    assert agent.exit_status == "step_limit"
    assert [m["role"] for m in agent.messages[2:]] == ["assistant", "user", "assistant", "user", "assistant"]


def test_limits_hold_in_the_rounds(bench: Bench) -> None:
    agent = bench.run(["no"] * 9, scaffold="nano-code", step_limit=2)
    assert agent.exit_status == "step_limit"
    assert len([m for m in agent.messages if m["role"] == "assistant"]) == 2


def test_files_are_written_read_and_listed_by_the_shell(bench: Bench) -> None:
    agent = bench.run(
        [
            [call("write_file", path="new/x.txt", content="one\ntwo\n"), call("read_file", path="new/x.txt")],
            call("shell", command="cd new && cat x.txt > y.txt && ls"),
            "GOAL_COMPLETE There are two files.",
        ],
        scaffold="nano-code",
    )
    assert answers(agent) == ["wrote new/x.txt (8 characters)", "one\ntwo\n", "x.txt\ny.txt\n"]
    assert (bench.repo.root / "new/y.txt").read_text() == "one\ntwo\n"


@pytest.mark.parametrize("path", ["../out.txt", "/etc/nano-test", ".git/config", "link/x", "src"])
def test_nothing_is_written_outside_the_repository_or_to_git(bench: Bench, path: str) -> None:
    (bench.repo.root / "link").symlink_to("/tmp")
    bench.repo.commit()
    agent = bench.run([call("write_file", path=path, content="x"), "GOAL_COMPLETE"], scaffold="nano-code")
    assert answers(agent)[0].startswith("error: ")
    assert bench.repo.status() == ""


def test_writing_keeps_mode_and_line_ends_and_refuses_binary_files(bench: Bench) -> None:
    root = bench.repo.write({"w.bat": "one\r\ntwo\r\n", "b.bin": b"\0\1"}).root
    (root / "w.bat").chmod(0o755)
    bench.repo.commit()
    writes = [call("write_file", path=name, content="three\n") for name in ("w.bat", "b.bin")]
    agent = bench.run([writes, call("read_file", path="b.bin"), "GOAL_COMPLETE"], scaffold="nano-code")
    assert answers(agent)[1:] == ["error: binary file", "error: this is a binary file"]
    assert (root / "w.bat").read_bytes() == b"three\r\n"
    assert (root / "w.bat").stat().st_mode & 0o777 == 0o755


def test_an_error_of_the_provider_is_a_round_more_after_a_delay(bench: Bench) -> None:
    with ModelServer([Status(400, "no such thing"), Text("GOAL_COMPLETE")]) as server:
        agent = Agent(
            "hosted_vllm/x", server.base_url, scaffold="nano-code", config=["done.delay=0.3", "limits.token_limit=null"]
        )
        started = time.monotonic()
        seen = [e for e in agent.stream("Do it", bench.repo.root, client="http") if not isinstance(e, Retrying)]
    assert seen
    assert agent.exit_status == "done"
    assert time.monotonic() - started >= 0.3
    check_history(agent.messages)
    assert [m["role"] for m in agent.messages] == ["system", "user", "assistant"]
    assert agent.out_dir is not None
    assert "no such thing" in events(agent.out_dir, "warning")[0]["text"]


def test_errors_without_end_end_the_run_with_their_reason(bench: Bench) -> None:
    with ModelServer([Status(400, "no such thing")] * 9) as server:
        agent = Agent("hosted_vllm/x", server.base_url, scaffold="nano-code", config=["done={delay: 0, rounds: 3}"])
        agent.run("Do it", bench.repo.root, client="http")
    assert agent.exit_status == "error"
    assert len(server.requests) == 3
