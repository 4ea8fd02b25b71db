"""nano-codex: looks with a shell, and is done with its first patch."""

from __future__ import annotations

from support.engine import Bench, answers
from support.recordings import patch, shell

FIX = patch("print('a')", "print('b')", "a.py")


def test_the_first_applied_patch_ends_the_run_and_the_rest_is_not_run(bench: Bench) -> None:
    agent = bench.run(
        [shell("cat a.py"), [patch("x", "y", "a.py"), FIX, shell("echo never")], "never"], scaffold="nano-codex"
    )
    assert agent.exit_status == "done"
    assert [text.split(":")[0] for text in answers(agent)[1:]] == [
        "[patch failed",
        "[patch applied to a.py]",
        "[not run",
    ]
    assert (bench.repo.root / "a.py").read_text() == "print('b')\n"


def test_a_plain_reply_ends_the_run_without_a_change(bench: Bench) -> None:
    agent = bench.run(["Nothing is to be done.", "never"], scaffold="nano-codex")
    assert agent.exit_status == "done"
    assert [m["role"] for m in agent.messages] == ["system", "user", "assistant"]


def test_ten_calls_of_four_seconds_and_1024_characters(bench: Bench) -> None:
    agent = bench.run([shell("seq 1000")] * 11, scaffold="nano-codex")
    assert agent.exit_status == "tool_limit"
    assert len(answers(agent)) == 10
    shown = answers(agent)[0]
    assert shown.startswith("1\n2\n")
    assert len(shown.partition("\n[cut here")[0]) == 1024


def test_a_slow_command_is_killed_after_four_seconds(bench: Bench) -> None:
    agent = bench.run([shell("sleep 60"), "so be it"], scaffold="nano-codex")
    assert "[killed after 4 s, the limit for one command" in answers(agent)[0]
    assert answers(agent)[0].endswith("]")


def test_the_shell_has_no_way_to_write_that_is_plain(bench: Bench) -> None:
    agent = bench.run([[shell("echo x > a.py"), shell("cd src")], "no"], scaffold="nano-codex")
    assert all("restricted" in text for text in answers(agent))
    assert bench.repo.status() == ""
