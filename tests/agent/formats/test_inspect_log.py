from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import NotATrajectory, Source
from nano_agent.formats.inspect_log import InspectReader
from nano_agent.trajectory import Trajectory
from support.conformance import check_damaged_bytes, check_reader, file_named
from support.inspect_logs import HEADER, START, sample, usage
from support.zips import zipped, zipped_with_zstandard

READER = InspectReader()


def members(*samples: dict[str, Any], header: dict[str, Any] | None = HEADER) -> dict[str, bytes]:
    found: dict[str, Any] = {"_journal/start.json": START}
    found |= {f"samples/{s['id']}_epoch_{s['epoch']}.json": s for s in samples}
    return packed(found | ({"summaries.json": [], "header.json": header} if header else {}))


def packed(found: dict[str, Any]) -> dict[str, bytes]:
    return {name: json.dumps(value).encode() for name, value in found.items()}


def opened(tmp_path: Path, data: bytes, name: str = "log.eval") -> list[Trajectory]:
    path = tmp_path / name
    path.write_bytes(data)
    source = Source(path)
    return list(READER.read(source)) if READER.sniff(source) else []


def check_whole(run: Trajectory) -> None:
    assert [(m.role, m.text) for m in run.messages] == [
        ("user", "What is 1 + 2?"),
        ("assistant", "I add."),
        ("tool", "3"),
        ("assistant", "It is 3."),
    ]
    assert run.messages[1].tool_calls[0].arguments == {"x": 1, "y": 2}
    assert run.messages[2].call_id == "c1"
    assert run.messages[3].reasoning == "Easy."
    assert [m.usage.prompt_tokens for m in run.messages if m.usage] == [40, 60]
    assert run.messages[1].seconds == 1.5
    assert (run.task, run.model, run.exit_status) == ("What is 1 + 2?", "mock/model", "success")
    assert (run.usage.prompt_tokens, run.usage.completion_tokens) == (150, 15)
    assert (run.reward, run.seconds, run.started_at) == (1.0, 2.5, 1767225610.0)
    assert run.tools is not None
    assert run.tools[0]["name"] == "add"
    assert "big" not in repr(run.metadata)


@pytest.mark.parametrize("make", [zipped, zipped_with_zstandard])
def test_a_sample_of_an_archive(tmp_path: Path, make: Any) -> None:
    [run] = opened(tmp_path, make(members(sample("a"))))

    check_whole(run)
    assert run.sample is None
    assert run.warnings == ()


def test_the_json_form(tmp_path: Path) -> None:
    [run] = opened(tmp_path, json.dumps({**HEADER, "samples": [sample("a")]}).encode(), "log.json")

    check_whole(run)


def test_a_sample_in_chunks(tmp_path: Path) -> None:
    whole = sample("a/b")
    shell = {k: v for k, v in whole.items() if k not in ("messages", "events", "attachments")}
    messages = json.loads(json.dumps(whole["messages"]).replace("attachment://abc", "attachment://2"))
    shell |= {"input": "attachment://2", "message_refs": [[1, 3], [4, 6]]}
    at = "samples/a/b_epoch_1"
    found = {
        f"{at}/sample.json": shell,
        f"{at}/skeleton.json": {},
        f"{at}/messages/0.json": [{"role": "user", "content": "not in the history"}, *messages[:1]],
        f"{at}/messages/2.json": [messages[1], {"role": "user", "content": "nor this"}],
        f"{at}/messages/4.json": messages[2:],
        f"{at}/events/0.json": whole["events"][:1],
        f"{at}/events/1.json": whole["events"][1:],
        f"{at}/events/stats.json": {},
        f"{at}/attachments/0.json": ["no", "neither"],
        f"{at}/attachments/2.json": ["What is 1 + 2?"],
        "header.json": HEADER,
    }

    [run] = opened(tmp_path, zipped(packed(found)))

    check_whole(run)
    assert run.instance == "a/b"


def test_samples_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    runs = opened(tmp_path, zipped(members(sample(10), sample(9), sample(9, 2), sample("x"))))

    assert [run.sample for run in runs] == ["9 epoch 1", "9 epoch 2", "10 epoch 1", "x epoch 1"]
    assert runs[0].group == runs[1].group == "sums/9"


def test_a_log_that_was_not_closed_has_what_its_journal_says(tmp_path: Path) -> None:
    [run] = opened(tmp_path, zipped(members(sample("a"), header=None)))

    assert (run.exit_status, run.model, run.n_messages) == ("started", "mock/model", 4)
    assert "not closed" in run.warnings[0]
    assert not run.live


def test_a_log_without_samples_shows_its_status(tmp_path: Path) -> None:
    header = {**HEADER, "status": "error", "error": {"message": "no\nkey"}}

    for data, name in ((zipped(members(header=header)), "a.eval"), (json.dumps(header).encode(), "a.json")):
        [run] = opened(tmp_path, data, name)
        assert (run.exit_status, run.exit_reason, run.n_messages) == ("error", "no key", 0)


def test_a_samples_own_end_is_the_reason(tmp_path: Path) -> None:
    limited = sample("a", limit={"type": "token", "limit": 500})
    failed = sample("b", error={"message": "Docker\nis gone", "traceback": "..."})

    runs = opened(tmp_path, zipped(members(limited, failed)))

    assert [run.exit_reason for run in runs] == ["token limit of 500 reached", "Docker is gone"]


def test_an_unreadable_sample_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members(sample("a"), sample("b")).items():
            archive.writestr(name, b"{torn" if "a_epoch" in name else data)

    first, second = READER.read(Source(path))

    assert first.n_messages == 0
    assert "samples/a_epoch_1.json" in first.warnings[-1]
    assert second.n_messages == 4


def test_an_archive_cut_off_gives_the_samples_before_the_cut(tmp_path: Path) -> None:
    data = zipped(members(sample("a"), sample("b")))

    runs = opened(tmp_path, data[: data.index(b"samples/b") + 20])

    assert runs[0].n_messages == 4
    assert any("cut off" in warning for warning in runs[0].warnings)


def test_older_logs_keep_events_and_attachments_in_the_transcript(tmp_path: Path) -> None:
    answered = {"event": "model", "output": {"choices": [{"message": {"content": "tc://no"}}], "usage": usage(66, 2)}}
    old = {
        "id": 1,
        "epoch": 1,
        "input": "tc://abc",
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No"}],
        "score": {"value": "I"},
        "transcript": {
            "events": [{"timestamp": "2024-01-01T00:00:00Z"}, answered],
            "content": {"abc": "Would you?", "no": "No"},
        },
    }

    [run] = opened(tmp_path, json.dumps({**HEADER, "samples": [old]}).encode(), "old.json")

    assert (run.task, run.reward, run.started_at) == ("Would you?", 0.0, 1704067200.0)
    assert run.messages[1].usage == run.usage
    assert run.usage.prompt_tokens == 66


def test_without_events_the_last_reply_cost_what_the_output_did(tmp_path: Path) -> None:
    [run] = opened(tmp_path, zipped(members(sample("a", events=[]))))

    assert [m.usage.prompt_tokens for m in run.messages if m.usage] == [7]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ({"input_tokens": 10, "output_tokens": 1, "total_tokens": 41, "input_tokens_cache_read": 30}, 40),
        ({"input_tokens": 40, "output_tokens": 1, "total_tokens": 41, "input_tokens_cache_read": 30}, 40),
    ],
)
def test_prompt_tokens_include_cached_ones_once(tmp_path: Path, written: dict[str, int], sent: int) -> None:
    [run] = opened(tmp_path, zipped(members(sample("a", model_usage={"m": written}))))

    assert (run.usage.prompt_tokens, run.usage.cached_tokens) == (sent, 30)


def test_a_failed_tool_call_says_so(tmp_path: Path) -> None:
    failed = {"role": "tool", "content": "", "tool_call_id": "c", "error": {"type": "timeout", "message": "too slow"}}

    [run] = opened(tmp_path, zipped(members(sample("a", messages=[failed]))))

    assert (run.messages[0].text, run.messages[0].failed, run.messages[0].note) == ("too slow", True, "timeout")


def test_other_archives_and_documents_are_refused(tmp_path: Path) -> None:
    assert opened(tmp_path, zipped({"word/document.xml": b"<a/>", "header.json": b"{}"}), "a.docx") == []
    assert opened(tmp_path, b'{"status": "ok", "eval": {"score": 1}}', "a.json") == []
    path = tmp_path / "b.eval"
    path.write_bytes(zipped({"header.json": b"[]", "samples/1_epoch_1.json": b"{}"}))
    with pytest.raises(NotATrajectory, match="without the header"):
        list(READER.read(Source(path)))


def test_stands_damage_of_its_json(tmp_path: Path) -> None:
    log = {**HEADER, "samples": [sample("a")]}
    check_reader(READER, json.dumps(log).encode(), file_named("log.json"), tmp_path)


def test_stands_damage_of_a_sample_in_an_archive(tmp_path: Path) -> None:
    def in_archive(folder: Path, data: bytes) -> Path:
        (folder / "log.eval").write_bytes(zipped({"header.json": packed({"h": HEADER})["h"], NAME: data}))
        return folder / "log.eval"

    check_reader(READER, json.dumps(sample("a")).encode(), in_archive, tmp_path)


def test_stands_damage_of_the_archive(tmp_path: Path) -> None:
    for make in (zipped, zipped_with_zstandard):
        check_damaged_bytes(READER, make(members(sample("a"))), file_named("log.eval"), tmp_path)


NAME = "samples/a_epoch_1.json"
