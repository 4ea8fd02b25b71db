"""The bytes of a message's record are those that stand in the file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from nano_agent.formats import first, stored
from nano_agent.formats.on_disk import is_quick, on_disk
from nano_agent.trajectory import Trajectory
from support.runs import call, history, mini_file, nano_folder, result, say

SAMPLES = Path(__file__).parents[3] / "sample_trajectories"


def records(run: Trajectory) -> list[bytes]:
    """The only record of each message."""
    found = on_disk(run, range(len(run.messages)))
    pieces = [piece for i in range(len(run.messages)) for piece in found[i]]
    assert len(pieces) == len(run.messages)
    for piece in pieces:
        assert piece is not None
        assert piece.path.read_bytes()[piece.offset : piece.offset + len(piece.data)] == piece.data
    return [piece.data for piece in pieces if piece is not None]


@pytest.mark.parametrize(
    "path", sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md"), ids=lambda path: path.name
)
def test_every_message_of_the_samples(path: Path) -> None:
    run = first(path)
    assert [json.loads(data) for data in records(run)] == [message.raw for message in run.messages]


def test_lines_are_found_as_they_were_written_and_equal_ones_in_their_order(tmp_path: Path) -> None:
    folder = nano_folder(tmp_path / "2026-01-01T00-00-00")
    lines = [
        b'{"role": "system", "content": "You are Nano."}',
        b'{"role":"user","content":"\\u0041"}',
        b'{ "role":"user",  "content":"A" }',
        b'{"role": "user", "content": "{\\"role\\": \\"user\\"}"}',
        b'{"role": "assistant", "content": "\xff\xe9 broken"}',
    ]
    (folder / "messages.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    assert records(first(folder)) == lines


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_and_a_large_one_of_which_the_messages_stay_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    path = tmp_path / "a.traj.json"
    mini_file(path, commands=("ls", "ls", "cat x"))
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps(document, indent=indent))
    held = records(first(path))
    assert [json.loads(data) for data in held] == document["messages"]
    monkeypatch.setattr(stored, "FROM_BYTES", 1)
    run = first(path)
    assert isinstance(run.messages, stored.StoredMessages)
    assert records(run) == held
    path.write_text("[]")
    assert on_disk(run, [0]) == {0: [None]}, "the file was changed"


def test_a_row_of_a_table_of_messages(tmp_path: Path) -> None:
    rows = [{"messages": history(f"Task {n}", call("c", "sh", cmd="ls"), result("c", "x"), say("Ok"))} for n in "ab"]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    assert [json.loads(data) for data in records(first(path))] == rows[0]["messages"]
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    found = on_disk(first(packed), [1])[1]
    assert [piece and json.loads(piece.data) for piece in found] == [rows[0]["messages"][1]]


def test_what_takes_time_is_known_before(tmp_path: Path) -> None:
    small, large = nano_folder(tmp_path / "2026-01-01T00-00-00"), tmp_path / "2026-01-02T00-00-00"
    nano_folder(large, history("x", say("y" * 400_000)))
    assert is_quick(first(small), [0])
    assert not is_quick(first(large), [0])
