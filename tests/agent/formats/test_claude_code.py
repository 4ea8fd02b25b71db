from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, Source
from nano_agent.formats.claude_code import ClaudeCodeReader
from nano_agent.trajectory import Trajectory
from support.conformance import check_reader, file_named
from support.told import loader, write

READER = ClaudeCodeReader()
load = loader(READER)


def line(uuid: str, parent: str | None, type_: str, **more: Any) -> dict[str, Any]:
    return {"type": type_, "uuid": uuid, "parentUuid": parent, "sessionId": "s", "isSidechain": False, **more}


def user(uuid: str, parent: str | None, content: Any, **more: Any) -> dict[str, Any]:
    return line(uuid, parent, "user", message={"role": "user", "content": content}, **more)


def reply(uuid: str, parent: str | None, identity: str, *blocks: Any, **more: Any) -> dict[str, Any]:
    usage = more.pop("usage", {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 3})
    message = {"id": identity, "role": "assistant", "model": more.pop("model", "opus"), "content": list(blocks)}
    return line(uuid, parent, "assistant", message={**message, "usage": usage}, **more)


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def use(id_: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": "Bash", "input": arguments}


def result(id_: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id_, "content": content, **more}


def history(trajectory: Trajectory) -> list[tuple[str, str]]:
    return [(m.role, m.text) for m in trajectory.messages if m.role != "other"]


SESSION = (
    {"type": "mode", "mode": "default", "sessionId": "s"},
    user("u1", None, "Fix the off-by-one.", timestamp="2026-01-01T00:00:00.000Z", cwd="/w", version="2.1.0"),
    reply("a1", "u1", "m1", {"type": "thinking", "thinking": "Look first."}, timestamp="2026-01-01T00:00:02.000Z"),
    reply("a2", "a1", "m1", use("t1", command="false"), timestamp="2026-01-01T00:00:03.000Z"),
    user(
        "u2",
        "a2",
        [result("t1", "Exit code 1\nno such file", is_error=True)],
        toolUseResult={"stdout": "", "stderr": "no such file, and more", "durationMs": 1500},
        timestamp="2026-01-01T00:00:05.000Z",
    ),
    {**line("x1", "u2", "something-new"), "content": "?"},
    reply("a3", "x1", "m2", said("Done."), timestamp="2026-01-01T00:00:09.000Z"),
    {"type": "ai-title", "aiTitle": "Off by one", "sessionId": "s"},
)


def test_lines_of_one_reply_are_one_message_with_one_usage(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "s.jsonl", *SESSION))
    assert [m.role for m in trajectory.messages] == ["user", "assistant", "tool", "other", "assistant"]
    first = trajectory.messages[1]
    assert first.reasoning == "Look first."
    assert [call.arguments for call in first.tool_calls] == [{"command": "false"}]
    assert first.usage is not None
    assert (first.usage.prompt_tokens, first.usage.cached_tokens, first.usage.completion_tokens) == (15, 5, 3)
    assert first.seconds == 3.0  # from the prompt to the reply's last line
    assert (trajectory.usage.prompt_tokens, trajectory.usage.completion_tokens) == (30, 6)
    assert trajectory.usage.cost_usd is None
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (4, 2, 1)
    assert (trajectory.task, trajectory.model, trajectory.repo) == ("Fix the off-by-one.", "opus", "/w")
    assert (trajectory.started_at, trajectory.seconds) == (1767225600.0, 9.0)
    assert trajectory.metadata["title"] == "Off by one"
    assert trajectory.exit_status is None


def test_a_failed_command_keeps_its_exit_code_output_and_seconds(tmp_path: Path) -> None:
    observation = load(write(tmp_path / "s.jsonl", *SESSION)).messages[2]
    assert (observation.call_id, observation.failed, observation.exit_code) == ("t1", True, 1)
    assert (observation.output, observation.seconds) == ("no such file, and more", 1.5)


def test_the_reply_written_last_has_the_full_usage(tmp_path: Path) -> None:
    early = reply("a1", "u1", "m1", said("Hal"), usage={"input_tokens": 10, "output_tokens": 1})
    late = reply("a2", "a1", "m1", said("Halves"), usage={"input_tokens": 10, "output_tokens": 40})
    trajectory = load(write(tmp_path / "s.jsonl", user("u1", None, "hi"), late, early))
    assert trajectory.usage.completion_tokens == 40


def test_a_record_written_twice_counts_once(tmp_path: Path) -> None:
    resumed = [{**record, "sessionId": "another"} for record in SESSION]
    once, twice = load(write(tmp_path / "a.jsonl", *SESSION)), load(write(tmp_path / "b.jsonl", *SESSION, *resumed))
    assert history(twice) == history(once)
    assert twice.counts == once.counts


def test_a_rewind_leaves_the_other_branch_beside_the_history(tmp_path: Path) -> None:
    trajectory = load(
        write(
            tmp_path / "s.jsonl",
            user("u1", None, "Explain."),
            reply("a1", "u1", "m1", said("An LRU cache.")),
            user("u2", "a1", "In Python."),
            reply("a2", "u2", "m2", said("def"), use("t1", command="ls")),
            user("u3", "a1", "In Rust."),
            reply("a3", "u3", "m3", said("fn")),
        )
    )
    texts = [text for _, text in history(trajectory)]
    assert texts == ["Explain.", "An LRU cache.", "In Rust.", "fn"]
    (branch,) = [m for m in trajectory.messages if m.role == "other"]
    assert branch.note == "abandoned branch"
    assert "In Python." in branch.text
    assert [record["uuid"] for record in branch.raw] == ["u2", "a2"]
    assert trajectory.messages.index(branch) == 2
    assert (trajectory.n_assistant, trajectory.n_tool_calls) == (3, 1)  # they were paid for
    assert any("abandoned branch" in warning for warning in trajectory.warnings)


def test_parallel_calls_are_siblings_of_one_history(tmp_path: Path) -> None:
    trajectory = load(
        write(
            tmp_path / "s.jsonl",
            user("u1", None, "Both."),
            reply("a1", "u1", "m1", use("t1", command="ls")),
            reply("a2", "a1", "m1", use("t2", command="pwd")),
            user("r1", "a1", [result("t1", "one")]),
            user("r2", "a2", [result("t2", "two")]),
            reply("a3", "r2", "m2", said("Done.")),
        )
    )
    assert history(trajectory) == [
        ("user", "Both."),
        ("assistant", ""),
        ("tool", "one"),
        ("tool", "two"),
        ("assistant", "Done."),
    ]
    assert not trajectory.warnings


def test_history_goes_on_across_a_compaction(tmp_path: Path) -> None:
    boundary = line("c1", None, "system", subtype="compact_boundary", content="Compacted", logicalParentUuid="a1")
    trajectory = load(
        write(
            tmp_path / "s.jsonl",
            user("u1", None, "Long work."),
            reply("a1", "u1", "m1", said("Working.")),
            boundary,
            user("u2", "c1", "Summary: work.", isCompactSummary=True),
            reply("a2", "u2", "m2", said("More.")),
        )
    )
    assert [text for _, text in history(trajectory)] == ["Long work.", "Working.", "Summary: work.", "More."]
    notes = [m.note for m in trajectory.messages]
    assert notes == ["", "", "compact boundary", "compaction summary", ""]


def test_a_compaction_says_which_branch_it_goes_on_from(tmp_path: Path) -> None:
    boundary = line("c1", None, "system", subtype="compact_boundary", content="Compacted", logicalParentUuid="a1")
    trajectory = load(
        write(
            tmp_path / "s.jsonl",
            user("u1", None, "Long work."),
            reply("a1", "u1", "m1", said("Working.")),
            user("u2", "a1", "No, stop."),
            boundary,
            user("u3", "c1", "Go on."),
        )
    )
    assert [text for _, text in history(trajectory)] == ["Long work.", "Working.", "Go on."]


def test_a_side_chain_in_the_same_file_is_no_part_of_the_history(tmp_path: Path) -> None:
    side = [
        {**user("s1", None, "Look around."), "isSidechain": True},
        {**reply("s2", "s1", "m9", use("t9", command="ls")), "isSidechain": True},
    ]
    path = write(
        tmp_path / "s.jsonl",
        user("u1", None, "Go."),
        reply("a1", "u1", "m1", use("t1", prompt="Look around.")),
        *side,
        user("r1", "a1", [result("t1", "Seen.")]),
    )
    trajectory = load(path)
    assert [m.role for m in trajectory.messages] == ["user", "assistant", "other", "tool"]
    assert trajectory.messages[2].note == "sub-agent"
    assert "Look around." in trajectory.messages[2].text
    assert (trajectory.n_assistant, trajectory.n_tool_calls) == (2, 2)
    alone = load(write(tmp_path / "agent-1.jsonl", *side))
    assert [m.role for m in alone.messages] == ["user", "assistant"]


def test_sub_agents_files_are_children(tmp_path: Path) -> None:
    by_name = user("r1", "a1", [result("t1", "Seen.")], toolUseResult={"agentId": "old1"})
    path = write(tmp_path / "s.jsonl", user("u1", None, "Go."), reply("a1", "u1", "m1", use("t1")), by_name)
    own = write(tmp_path / "s" / "subagents" / "agent-n1.jsonl", user("x", None, "hi"), reply("y", "x", "m", use("t2")))
    spawned = write(tmp_path / "s" / "subagents" / "agent-n2.jsonl", user("x", None, "hi"))
    spawned.with_suffix(".meta.json").write_text('{"toolUseId": "t2", "agentType": "Explore"}')
    beside = write(tmp_path / "agent-old1.jsonl", user("x", None, "hi"))
    write(tmp_path / "agent-stranger.jsonl", user("x", None, "hi"))
    assert load(path).children == (own, spawned, beside)
    assert load(own).children == (spawned,)
    assert load(spawned).metadata["sub_agent"]["agentType"] == "Explore"


def test_a_reply_of_the_program_itself_is_said_and_costs_nothing(tmp_path: Path) -> None:
    error = reply("a2", "a1", "m2", said("API Error"), model="<synthetic>", usage={"input_tokens": 0})
    trajectory = load(
        write(tmp_path / "s.jsonl", user("u1", None, "hi"), reply("a1", "u1", "m1", said("Hello.")), error)
    )
    assert trajectory.messages[-1].note == "written by the program"
    assert (trajectory.model, trajectory.usage.prompt_tokens) == ("opus", 15)


def test_costs_of_old_versions_are_taken_where_stated(tmp_path: Path) -> None:
    trajectory = load(
        write(tmp_path / "s.jsonl", user("u1", None, "hi"), {**reply("a1", "u1", "m1", said("Hello.")), "costUSD": 0.5})
    )
    assert trajectory.usage.cost_usd == 0.5


def test_images_are_named_and_not_held(tmp_path: Path) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBOR" * 1000}}
    trajectory = load(write(tmp_path / "s.jsonl", user("u1", None, [image, said("What is it?")])))
    assert trajectory.messages[0].text == "[image]\nWhat is it?"
    assert "3.8 kB" in repr(trajectory.messages[0].raw)
    assert len(repr(trajectory.messages[0].raw)) < 500


def test_a_torn_last_line_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", *SESSION)
    path.write_bytes(path.read_bytes() + b'{"type": "user", "uui')
    assert load(path).warnings == ("The last line is cut off and could not be read.",)


def test_a_file_of_summaries_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", {"type": "summary", "summary": "Old work", "leafUuid": "x"})
    assert READER.sniff(Source(path))
    with pytest.raises(NotATrajectory, match="without any message"):
        list(READER.read(Source(path)))


def test_others_with_a_like_shape_are_not_recognised(tmp_path: Path) -> None:
    qwen = line("u1", None, "user", message={"role": "user", "parts": [{"text": "hi"}]})
    del qwen["isSidechain"]
    assert not READER.sniff(Source(write(tmp_path / "q.jsonl", qwen)))
    assert not READER.sniff(Source(write(tmp_path / "c.jsonl", {"type": "user", "message": {"content": "hi"}})))


def test_stands_damage(tmp_path: Path) -> None:
    sample = b"".join(json.dumps(record).encode() + b"\n" for record in SESSION)
    check_reader(READER, sample, file_named("s.jsonl"), tmp_path)


def test_what_a_person_typed_while_the_model_worked_is_theirs(tmp_path: Path) -> None:
    queued = {"type": "queued_command", "commandMode": "prompt", "prompt": "And the tests."}
    notice = {"type": "queued_command", "commandMode": "task-notification", "prompt": "<task-notification>"}
    attached = [line(f"x{i}", "u2", "attachment", attachment=one) for i, one in enumerate((queued, notice))]
    trajectory = load(write(tmp_path / "s.jsonl", *SESSION[:5], *attached, SESSION[6]))
    assert [(m.role, m.text, m.note) for m in trajectory.messages[3:5]] == [
        ("user", "And the tests.", "said while it worked"),
        ("other", "<task-notification>", "attachment: queued_command"),
    ]
    assert trajectory.n_messages == 5


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("<command-name>/clear</command-name>\n<command-args></command-args>", "local command"),
        ("<local-command-stdout>done</local-command-stdout>", "local command"),
        ("<bash-input>ls</bash-input>", "command typed by the user"),
        ("[Request interrupted by user for tool use]", "interrupted"),
        ("This session is being continued from a previous conversation that ran out.", "compaction summary"),
    ],
)
def test_the_task_is_what_a_person_asked_for(tmp_path: Path, text: str, note: str) -> None:
    first = user("u0", None, text)
    trajectory = load(write(tmp_path / "s.jsonl", first, *SESSION))
    assert (trajectory.messages[0].note, trajectory.task) == (note, "Fix the off-by-one.")
    command = "<command-message>review is running</command-message>\n<command-name>/review</command-name>"
    assert load(write(tmp_path / "s.jsonl", user("u0", None, command), *SESSION)).task == command
