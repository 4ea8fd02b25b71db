"""The person at the terminal of a run in the foreground: asked, interrupting, typing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nano_agent.control import send
from support.engine import Bench, check_history, events, lines, metadata
from support.recordings import Entry, Said, patch, shell
from support.terminal import Terminal

FIX = patch("print('a')", "print('b')", "a.py")
ASKED = r"or n and why:"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def run_in(bench: Bench, replies: list[Entry], *options: str, speed: float | None = None) -> Terminal:
    command = [sys.executable, "-m", "nano_tui", "run", "Fix it", "--repo", str(bench.repo.root), "--sandbox", "local"]
    editor = bench.place / "editor.sh"
    editor.write_text("#!/bin/sh\nprintf 'echo edited\\n' > \"$1\"\n")
    editor.chmod(0o755)
    model = bench.model(replies, speed)
    return Terminal([*command, "--model", model, *options], columns=160, rows=50, environ={"EDITOR": str(editor)})


def folder(bench: Bench) -> Path:
    (found,) = (bench.repo.root / ".nano-agent").glob("2*")
    return found


def answers(bench: Bench) -> list[str]:
    return [m["content"] for m in lines(folder(bench) / "messages.jsonl") if m["role"] == "tool"]


def test_calls_are_approved_edited_and_denied_in_the_terminal(bench: Bench) -> None:
    calls = [shell("echo '\033[2Jone'"), shell("rm b.txt"), shell("echo two"), FIX]
    with run_in(bench, [calls, "Done."], "--approval", "ask") as terminal:
        terminal.wait_for(f"␛\\[2Jone'\n.*{ASKED}")
        terminal.type("what\n")
        terminal.wait_for(f"(?s){ASKED} what.*{ASKED}")
        terminal.type("y\n")
        terminal.wait_for(f"rm b.txt\n.*{ASKED}")
        terminal.type("n We need it.\n")
        terminal.wait_for(f"echo two\n.*{ASKED}")
        (bench.place / "editor.sh").chmod(0o644)
        terminal.type("e\n")
        terminal.wait_for(rf"(?s)editor.sh' cannot be run \(.*set \$EDITOR to your editor.*{ASKED}")
        (bench.place / "editor.sh").chmod(0o755)
        terminal.type("e\n")
        terminal.wait_for("> shell  echo edited")
        terminal.wait_for(f"(?s)apply_patch waits for approval.*{ASKED}")
        # Answered from elsewhere, the question here is over.
        send(folder(bench), "approve")
        assert terminal.wait_for_exit() == 0
    shown = answers(bench)
    assert shown[1] == "[not run: the user denied it: We need it.]"
    assert shown[2] == "[The user changed this call. What ran instead: echo edited]\nedited\n"
    assert [e["decision"] for e in events(folder(bench), "decision")] == ["approved", "denied", "approved", "approved"]


def test_more_is_given_in_the_terminal_when_a_limit_is_reached(bench: Bench) -> None:
    calls = [shell("cat a.py"), FIX]
    options = ("--approval", "ask", "--tool-limit", "1", "-c", "approval.whitelist=['cat .*']")
    with run_in(bench, [calls, "Done."], *options) as terminal:
        terminal.wait_for(r"\? all 1 tool calls were used; the run waits for a higher tool_limit\n.*n ends the run:")
        terminal.type("some\n")
        terminal.wait_for("(?s)'tool_limit=some' is no limit.*n ends the run:")
        terminal.type("+20\n")
        terminal.wait_for(f"apply_patch waits for approval(?s:.*){ASKED}")
        terminal.type("y\n")
        assert terminal.wait_for_exit() == 0
    assert metadata(folder(bench))["limits"]["tool_limit"] == 21


def test_ctrl_c_offers_a_word_to_the_model(bench: Bench) -> None:
    with run_in(bench, [Said("word " * 400, seconds=1000), FIX, "Done."], speed=100) as terminal:
        terminal.wait_for("word word")
        terminal.type("\x03")
        terminal.wait_for("Interrupted. Say something to the model")
        terminal.type("Be brief.\n")
        assert terminal.wait_for_exit() == 0
    messages = lines(folder(bench) / "messages.jsonl")
    check_history(messages)
    assert messages[3]["content"].startswith("[The user interrupted your reply after ")
    assert messages[4]["content"] == "Be brief."


def test_actions_are_typed_and_handed_over_to_the_model(bench: Bench) -> None:
    with run_in(bench, [FIX, "Done."], "--approval", "human") as terminal:
        terminal.wait_for(r"Ctrl-D stops\.\n\$")
        terminal.type("echo by hand\n")
        terminal.wait_for(r"(?s)exit 0.*\n\$")
        terminal.type("/auto\n")
        assert terminal.wait_for_exit() == 0
    typed = lines(folder(bench) / "messages.jsonl")[2]
    assert typed == {"role": "user", "content": "[The user ran this themselves]\n$ echo by hand\nby hand\n"}


def test_the_end_of_the_input_stops_the_run(bench: Bench) -> None:
    with run_in(bench, [FIX, "Done."], "--approval", "ask") as terminal:
        terminal.wait_for(ASKED)
        terminal.type("\x04")
        assert terminal.wait_for_exit() == 130
    assert metadata(folder(bench))["exit_reason"] == "stopped by the end of the input"
