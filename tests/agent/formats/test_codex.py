from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import zstandard

from nano_agent.formats import NotATrajectory, Source
from nano_agent.formats.codex import CodexReader
from support.conformance import check_damaged_bytes, check_reader, file_named
from support.told import loader, write

READER = CodexReader()
load = loader(READER)
CLOCK = "2026-03-01T12:00:{:02d}.000Z"


def record(second: int, type_: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": CLOCK.format(second), "type": type_, "payload": payload}


def item(second: int, kind: str, **more: Any) -> dict[str, Any]:
    return record(second, "response_item", type=kind, **more)


def event(second: int, kind: str, **more: Any) -> dict[str, Any]:
    return record(second, "event_msg", type=kind, **more)


def user(second: int, text: str) -> dict[str, Any]:
    return item(second, "message", role="user", content=[{"type": "input_text", "text": text}])


def answer(second: int, text: str) -> dict[str, Any]:
    return item(second, "message", role="assistant", content=[{"type": "output_text", "text": text}])


def call(second: int, id_: str, **arguments: Any) -> dict[str, Any]:
    return item(second, "function_call", name="shell", call_id=id_, arguments=json.dumps(arguments))


def output(second: int, id_: str, text: Any) -> dict[str, Any]:
    return item(second, "function_call_output", call_id=id_, output=text)


def tokens(second: int, total: int, last: int) -> dict[str, Any]:
    def counts(n: int) -> dict[str, int]:
        return {"input_tokens": n, "cached_input_tokens": n // 2, "output_tokens": 3, "reasoning_output_tokens": 1}

    return event(second, "token_count", info={"total_token_usage": counts(total), "last_token_usage": counts(last)})


META = record(0, "session_meta", id="me", cwd="/w", cli_version="0.99.0", base_instructions={"text": "You are Codex."})
SESSION = [
    META,
    user(0, "<environment_context>\n  <cwd>/w</cwd>\n</environment_context>"),
    user(1, "Run the tests."),
    event(1, "user_message", message="Run the tests."),
    record(1, "turn_context", model="gpt-x", cwd="/w"),
    item(3, "reasoning", summary=[{"type": "summary_text", "text": "Tests first."}], encrypted_content="gAAAA"),
    event(3, "agent_reasoning", text="Tests first."),
    call(4, "c1", command=["pytest"]),
    tokens(4, 100, 100),
    output(6, "c1", "Exit code: 1\nWall time: 1.5 seconds\nOutput:\n1 failed"),
    tokens(6, 100, 100),
    item(7, "custom_tool_call", name="apply_patch", call_id="c2", input="*** Begin Patch\n*** End Patch"),
    event(8, "patch_apply_end", call_id="c2", success=True, changes={}),
    item(8, "custom_tool_call_output", call_id="c2", output="Success."),
    answer(9, "Fixed."),
    event(9, "agent_message", message="Fixed."),
    tokens(9, 300, 200),
]


def test_items_of_one_call_are_one_reply_and_echoes_are_dropped(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "rollout.jsonl", *SESSION))
    roles = ["system", "user", "user", "assistant", "tool", "assistant", "tool", "assistant"]
    assert [m.role for m in trajectory.messages] == roles
    first = trajectory.messages[3]
    assert (first.reasoning, first.tool_calls[0].arguments) == ("Tests first.", {"command": ["pytest"]})
    assert first.seconds == 3.0
    assert trajectory.messages[5].tool_calls[0].raw_arguments.startswith("*** Begin Patch")
    assert (trajectory.n_messages, trajectory.n_assistant, trajectory.n_tool_calls) == (3, 1, 2)
    assert (trajectory.task, trajectory.model, trajectory.repo) == ("Run the tests.", "gpt-x", "/w")
    assert trajectory.messages[1].note == "context"
    assert trajectory.seconds == 9.0


def test_cumulative_tokens_become_those_of_each_call(tmp_path: Path) -> None:
    trajectory = load(write(tmp_path / "rollout.jsonl", *SESSION))
    usages = [m.usage for m in trajectory.messages if m.role == "assistant"]
    assert [u and u.prompt_tokens for u in usages] == [100, None, 200]  # repeated when only rate limits changed
    assert (trajectory.usage.prompt_tokens, trajectory.usage.cached_tokens) == (300, 150)
    assert trajectory.usage.cost_usd is None


def test_a_count_that_comes_again_is_not_the_next_calls(tmp_path: Path) -> None:
    again = [META, answer(1, "One."), tokens(2, 100, 100), user(3, "More."), answer(4, "Two."), tokens(4, 100, 100)]
    messages = load(write(tmp_path / "r.jsonl", *again, call(5, "c1"))).messages
    assert [m.role for m in messages] == ["system", "assistant", "user", "assistant"]
    assert (messages[3].usage, len(messages[3].tool_calls)) == (None, 1)


def test_without_the_last_call_the_difference_of_the_totals_is_taken(tmp_path: Path) -> None:
    records = json.loads(json.dumps(SESSION).replace("last_token_usage", "no_such_key"))
    usages = [m.usage for m in load(write(tmp_path / "r.jsonl", *records)).messages if m.role == "assistant"]
    assert [u and u.prompt_tokens for u in usages] == [100, None, 200]


def test_the_end_of_a_command_is_read_from_its_output_and_its_event(tmp_path: Path) -> None:
    observations = [m for m in load(write(tmp_path / "rollout.jsonl", *SESSION)).messages if m.role == "tool"]
    assert (observations[0].exit_code, observations[0].seconds) == (1, 1.5)
    assert (observations[1].call_id, observations[1].failed) == ("c2", False)


def test_an_old_output_is_unwrapped_beside_what_the_model_saw(tmp_path: Path) -> None:
    wrapped = json.dumps({"output": "a.txt\n", "metadata": {"exit_code": 2, "duration_seconds": 0.25}})
    path = write(tmp_path / "r.jsonl", META, call(1, "c1"), output(2, "c1", wrapped))
    observation = load(path).messages[-1]
    assert (observation.exit_code, observation.seconds, observation.output) == (2, 0.25, "a.txt\n")
    assert observation.text == wrapped


@pytest.mark.parametrize(
    "shape",
    [{"type": "input_text", "text": "a"}, [{"type": "input_text", "text": "a"}], {"content": "a", "success": False}],
)
def test_an_output_may_have_other_shapes(tmp_path: Path, shape: Any) -> None:
    observation = load(write(tmp_path / "r.jsonl", META, call(1, "c1"), output(2, "c1", shape))).messages[-1]
    assert observation.text == "a"
    assert observation.failed is (True if "success" in shape else None)


def test_an_aborted_turn_is_said(tmp_path: Path) -> None:
    aborted = [META, user(1, "Go."), call(2, "c1"), event(3, "turn_aborted", reason="interrupted")]
    trajectory = load(write(tmp_path / "r.jsonl", *aborted))
    assert (trajectory.exit_status, trajectory.exit_reason) == (None, "the last turn was aborted: interrupted")
    assert trajectory.messages[-1].note == "turn aborted"
    assert load(write(tmp_path / "r.jsonl", *aborted, user(4, "Again."))).exit_reason is None


def test_rolled_back_turns_leave_the_history(tmp_path: Path) -> None:
    turns = [META, user(1, "one"), answer(2, "1"), user(3, "two"), answer(4, "2"), user(5, "three"), answer(6, "3")]
    undone = event(7, "thread_rolled_back", num_turns=2)
    trajectory = load(write(tmp_path / "r.jsonl", *turns, undone, user(8, "four"), answer(9, "4")))
    texts = [m.text for m in trajectory.messages if m.role in ("user", "assistant")]
    assert texts == ["one", "1", "four", "4"]
    (gone,) = [m for m in trajectory.messages if m.note == "rolled back"]
    assert "three" in gone.text
    assert len(gone.raw) == 4
    assert any("2 turns were rolled back" in warning for warning in trajectory.warnings)
    assert trajectory.n_assistant == 4


def test_a_compaction_keeps_its_summary_and_none_of_its_copies(tmp_path: Path) -> None:
    for copies in (3, 4000):
        history = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "copy " * 20}]}]
        compacted = record(2, "compacted", message='So far: "a".', replacement_history=history * copies)
        path = write(tmp_path / "r.jsonl", META, user(1, "one"), compacted, answer(3, "1"))
        trajectory = load(path)
        (summary,) = [m for m in trajectory.messages if m.note == "compacted"]
        assert (summary.text, summary.timestamp) == ('So far: "a".', 1772366402.0)
        assert "copy" not in repr(summary.raw)
        assert "left in the file" in repr(summary.raw)
        assert trajectory.n_messages == 2


def test_a_giant_compaction_is_not_even_parsed(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", META, user(1, "one"))
    head = b'{"timestamp": "2026-03-01T12:00:02Z", "type": "compacted", "payload": {"message": "So \\"far\\".", '
    path.write_bytes(path.read_bytes() + head + b'"replacement_history": [' + b"not json " * 40_000 + b"]}}\n")
    trajectory = load(path)
    assert (trajectory.messages[-1].note, trajectory.messages[-1].text) == ("compacted", 'So "far".')
    assert not trajectory.warnings


def test_a_packed_rollout_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = write(tmp_path / "r.jsonl", *SESSION)
    packed = tmp_path / "r.jsonl.zst"
    packed.write_bytes(zstandard.compress(plain.read_bytes()))
    assert load(packed).messages == load(plain).messages


def test_a_packed_rollout_that_is_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    noise = random.Random(1)
    long = [answer(9, noise.randbytes(20_000).hex()) for _ in range(20)]
    packed = tmp_path / "r.jsonl.zst"
    packed.write_bytes(zstandard.compress(write(tmp_path / "r.jsonl", *SESSION, *long).read_bytes())[:-100_000])
    trajectory = load(packed)
    assert trajectory.warnings == ("The last line is cut off and could not be read.",)
    assert 5 < trajectory.n_messages < 20


def test_two_frames_one_after_the_other(tmp_path: Path) -> None:
    lines = [json.dumps(record).encode() + b"\n" for record in SESSION]
    packed = tmp_path / "r.jsonl.zst"
    packed.write_bytes(zstandard.compress(b"".join(lines[:8])) + zstandard.compress(b"".join(lines[8:])))
    assert load(packed).counts == load(write(tmp_path / "r.jsonl", *SESSION)).counts


def test_flat_files_of_old(tmp_path: Path) -> None:
    header = {"id": "old", "timestamp": "2025-05-01T10:00:00Z", "instructions": None}
    flat = [entry["payload"] for entry in (user(1, "Go."), call(2, "c1"), output(3, "c1", "ok"), answer(4, "Done."))]
    trajectory = load(write(tmp_path / "r.jsonl", header, {"record_type": "state"}, *flat))
    assert [m.role for m in trajectory.messages] == ["user", "assistant", "tool", "assistant"]
    assert (trajectory.n_messages, trajectory.n_tool_calls) == (2, 1)
    assert trajectory.metadata["session"]["id"] == "old"
    (tmp_path / "r.json").write_text(json.dumps({"session": header, "items": flat}, indent=2))
    assert load(tmp_path / "r.json").messages == trajectory.messages


def test_a_file_of_events_only_is_told_by_them(tmp_path: Path) -> None:
    events = [event(1, "user_message", message="Go."), event(2, "agent_message", message="Done.")]
    trajectory = load(write(tmp_path / "r.jsonl", META, *events))
    assert [(m.role, m.text) for m in trajectory.messages] == [("user", "Go."), ("assistant", "Done.")]
    assert (trajectory.n_messages, trajectory.n_assistant) == (0, 0)  # it is the items that count
    assert any("events" in warning for warning in trajectory.warnings)


def test_spawned_agents_are_children(tmp_path: Path) -> None:
    child = write(tmp_path / "rollout-2026-03-01T12-00-00-0199-beef.jsonl", META)
    spawned = [META, call(1, "c1"), output(2, "c1", '{"agent_id": "0199-beef"}')]
    assert load(write(tmp_path / "rollout-2026-03-01T12-00-00-0199-cafe.jsonl", *spawned)).children == (child,)


def test_unknown_records_are_kept(tmp_path: Path) -> None:
    new = [item(1, "telepathy", thought="x"), record(2, "weather", sky="blue")]
    trajectory = load(write(tmp_path / "r.jsonl", META, user(0, "Go."), *new))
    assert [m.raw for m in trajectory.messages if m.role == "other"] == new
    assert trajectory.n_messages == 1


def test_others_are_not_recognised(tmp_path: Path) -> None:
    for other in ({"type": "message", "role": "user", "content": "hi"}, {"type": "session_meta"}, {"id": "a"}):
        assert not READER.sniff(Source(write(tmp_path / "x.jsonl", other)))
    with pytest.raises(NotATrajectory):
        list(READER.read(Source(write(tmp_path / "x.jsonl", {"a": 1}))))


def test_stands_damage(tmp_path: Path) -> None:
    sample = b"".join(json.dumps(entry).encode() + b"\n" for entry in SESSION)
    check_reader(READER, sample, file_named("rollout.jsonl"), tmp_path)


def test_a_packed_file_stands_damage(tmp_path: Path) -> None:
    sample = zstandard.compress(b"".join(json.dumps(entry).encode() + b"\n" for entry in SESSION))
    check_damaged_bytes(READER, sample, file_named("rollout.jsonl.zst"), tmp_path)
