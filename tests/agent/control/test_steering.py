"""Steering a run through its inbox, from another process: said, interrupted, limited, stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nano_agent.control import send
from nano_agent.record.process import birth
from support.engine import Bench, events, metadata
from support.eventually import eventually
from support.model_server import Call as ServedCall
from support.model_server import Hang, ModelServer, Text
from support.recordings import Said, patch, shell
from support.steered import steered

FIX = patch("one", "1", "b.txt")
SLOW = Said("word " * 400, seconds=1000)


def test_what_is_said_reaches_the_model_at_its_next_turn(bench: Bench) -> None:
    call = ServedCall("shell", {"cmd": "touch begun; until test -e go; do sleep 0.02; done"})
    with ModelServer([Text("Look.", [call, call]), Text("Done.")]) as server:
        where = {"api_base": server.base_url, "client": "http"}
        with steered(bench, "hosted_vllm/scripted", **where) as run:
            eventually((bench.repo.root / "begun").exists)
            first, second = run.send("say", text="Use the other file."), run.send("say", text="And hurry.")
            eventually(lambda: len([c for c in run.commands if c["outcome"] == "waits"]) == 2)
            (bench.repo.root / "go").touch()
            assert run.ends() == "done"
            said = "Use the other file.\n\nAnd hurry."
            assert [m["role"] for m in run.messages][2:] == ["assistant", "tool", "tool", "user", "assistant"]
            assert run.messages[5] == {"role": "user", "content": said}
            assert server.requests[1].body["messages"][-1]["content"] == said
            for command, text in ((first, "Use the other file."), (second, "And hurry.")):
                became = run.became(command)
                assert (became["outcome"], became["message"], became["text"]) == ("taken", 5, text)


def test_a_run_that_would_be_done_hears_what_was_said_before(bench: Bench) -> None:
    model = bench.model([FIX, Said("I am done. " * 30, seconds=2), "Now I am."], speed=4)
    with steered(bench, model) as run:
        run.streams("I am")
        run.send("say", text="One more thing.")
        assert run.ends() == "done"
    assert [m["content"] for m in run.messages[-2:]] == ["One more thing.", "Now I am."]


def test_a_reply_is_interrupted_and_the_run_goes_on(bench: Bench) -> None:
    with steered(bench, bench.model([SLOW, FIX, "Done."], speed=100)) as run:
        run.streams("word word")
        command = run.send("interrupt", text="Stop talking.")
        assert run.ends() == "done"
    assert run.became(command)["what"] == "a reply"
    partial, told = run.messages[2:4]
    assert partial["role"] == "assistant"
    assert partial["content"].startswith("word word")
    assert partial["content"] in "word " * 400
    assert told["role"] == "user"
    assert told["content"].startswith("[The user interrupted your reply after ")
    assert told["content"].endswith("\n\nStop talking.")
    (cut,) = events(run.folder, "cut")
    assert cut["text"] == partial["content"]


def test_a_call_that_was_being_written_is_told_and_never_run(bench: Bench) -> None:
    writing = Said(calls=[shell("touch ran; " + "echo much; " * 300)], seconds=1000)
    with steered(bench, bench.model([writing, FIX, "Done."], speed=100)) as run:
        eventually(lambda: (tail := run.follower.poll().tail) and tail.calls and "much" in tail.calls[0].arguments)
        run.send("interrupt")
        assert run.ends() == "done"
    assert "tool_calls" not in run.messages[2]
    assert 'The call of shell that you were writing was not run: {"cmd": "touch ran; ' in run.messages[3]["content"]
    assert not (bench.repo.root / "ran").exists()


def test_a_server_that_hangs_is_asked_again(bench: Bench) -> None:
    with ModelServer(
        [Hang(after=None, of=Text("x")), Text("", [ServedCall("shell", {"cmd": "touch x"})]), Text("Done.")]
    ) as server:
        where = {"api_base": server.base_url, "client": "http"}
        with steered(bench, "hosted_vllm/scripted", **where) as run:
            eventually(lambda: len(server.requests) == 1)
            run.send("interrupt")
            assert run.ends() == "done"
    assert [m["role"] for m in run.messages] == ["system", "user", "assistant", "tool", "assistant"]


def test_a_command_is_interrupted_and_the_rest_is_not_run(bench: Bench) -> None:
    calls = [shell("echo $$ > pid; echo begun; sleep 1000; true"), shell("touch never")]
    with steered(bench, bench.model([calls, FIX, "Done."])) as run:
        run.streams("begun")
        run.send("interrupt", text="Too slow.")
        assert run.ends() == "done"
        pid = int((bench.repo.root / "pid").read_text())
        eventually(lambda: birth(pid) is None, "the command goes on")
    killed, rest = run.answers[:2]
    assert killed.startswith("begun\n[killed after ")
    assert killed.endswith(": the user interrupted]")
    assert rest == "[not run: the user interrupted]"
    assert run.messages[5] == {"role": "user", "content": "Too slow."}
    assert not (bench.repo.root / "never").exists()


def test_limits_are_raised_and_lowered(bench: Bench) -> None:
    wait = shell("touch begun; until test -e go; do sleep 0.02; done")
    with steered(bench, bench.model([wait, shell("true"), FIX, "Done."]), limits={"tool_limit": 1}) as run:
        eventually((bench.repo.root / "begun").exists)
        wrong = [run.send("limits", set={"tool_limit": 0}), run.send("limits", set={"response_limit": None})]
        right = run.send("limits", set={"tool_limit": 4, "time_limit": None})
        assert "greater than" in run.became(wrong[0])["why"]
        assert "valid integer" in run.became(wrong[1])["why"]
        assert run.became(right)["outcome"] == "taken"
        assert run.follower.poll().state.limits == {"tool_limit": 4, "time_limit": None}
        (bench.repo.root / "go").touch()
        assert run.ends() == "done"
    assert metadata(run.folder)["limits"]["tool_limit"] == 4


def test_the_time_of_a_running_command_is_moved(bench: Bench) -> None:
    wait = shell("touch begun; until test -e go; do sleep 0.02; done; echo fine")
    with steered(bench, bench.model([wait, FIX, "Done."]), limits={"time_limit": 3600}) as run:
        eventually((bench.repo.root / "begun").exists)
        run.send("limits", set={"time_limit": 0.1})
        assert run.ends() == "time_limit"
    assert run.answers[0].endswith(": the time limit of the whole run was reached]")


def test_what_comes_too_late_is_refused_with_the_reason(bench: Bench) -> None:
    with steered(bench, bench.model([Said("word " * 100, seconds=100)], speed=10)) as run:
        run.streams("word")
        said = run.send("say", text="Hello?")
        gone = run.send("approve", ask="abc")
        eventually(lambda: len(run.commands) == 2)
        run.send("stop")
        assert run.ends() == "interrupted"
        assert run.became(said)["why"] == "the run has ended: stopped by a stop command"
        assert run.became(gone)["why"] == "that call does not wait any more"


def test_lines_that_make_no_sense_are_skipped_and_said(bench: Bench) -> None:
    junk = [b"not json", b"[]", b'{"do": "dance"}', b'{"do": "say"}', b'{"do": "say", "text": 5}', b"\xff\xfe", b"{}"]
    more = [b'{"do": "limits", "set": {"luck": 1}}', b'{"do": "limits", "set": {"tool_limit": "9"}}', b"", b"null"]
    with steered(bench, bench.model([Said("word " * 100, seconds=100)], speed=10)) as run:
        run.streams("word")
        with (run.folder / "inbox.jsonl").open("ab") as inbox:
            inbox.write(b"\n".join([*junk, *more, b'{"do": "say", "text": "torn']))
        run.send("stop")
        assert run.ends() == "interrupted"
    warned = [event["text"] for event in events(run.folder, "warning") if "inbox: not understood" in event["text"]]
    assert len(warned) == len(junk) + len(more) - 1 + 1
    assert "there is no limit 'luck'; there are: tool_limit" in warned[7]


def test_many_writers_at_once(bench: Bench) -> None:
    with steered(bench, bench.model([Said("word " * 100, seconds=100), FIX, "Done."], speed=10)) as run:
        run.streams("word")

        def write(who: int) -> None:
            for number in range(20):
                send(run.folder, "say", text=f"{who}.{number} " + "x" * 3000)

        writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        eventually(lambda: len(run.commands) == 80)
        run.send("interrupt")
        assert run.ends() == "done"
    heard = run.messages[3]["content"]
    assert all(f"{who}.{number} x" in heard for who in range(4) for number in range(20))
    assert sum(c["outcome"] == "taken" for c in run.commands if c["do"] == "say") == 80


def test_a_folder_that_is_gone_is_an_error_and_no_new_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        send(tmp_path / "gone", "stop")
    assert not (tmp_path / "gone").exists()
