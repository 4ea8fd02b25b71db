"""Files packed with gzip or zstd are read like those that are not."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import pytest
import zstandard

from nano_agent import formats
from nano_agent.formats import NotATrajectory, packed, read_sample, stored
from nano_agent.formats.stored import StoredMessages
from nano_agent.library.candidates import is_candidate_name

LINES = b"".join(
    json.dumps({"role": ("user", "assistant")[i % 2], "content": f"message {i}"}).encode() + b"\n" for i in range(400)
)
TABLE = b"".join(
    json.dumps({"messages": [{"role": "user", "content": f"task {i}"}], "reward": i}).encode() + b"\n"
    for i in range(30)
)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_lines_and_documents_come_out_the_same(tmp_path: Path) -> None:
    document = json.dumps(json.loads(b"[" + LINES.strip().replace(b"\n", b",") + b"]"), indent=2).encode()
    for name, data in (("lines.jsonl", LINES), ("document.json", document)):
        plain = formats.first(written(tmp_path / name, data))
        for ending, pack in (("gz", gzip.compress), ("zst", zstandard.compress)):
            found = formats.first(written(tmp_path / f"{name}.{ending}", pack(data)))
            assert found.messages == plain.messages
            assert found.path.name == f"{name}.{ending}"
            assert is_candidate_name(found.path.name)


def test_a_large_one_stays_unpacked_as_long_as_its_messages_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "FROM_BYTES", 0)
    path = written(tmp_path / "lines.jsonl.gz", gzip.compress(LINES[:8000]) + gzip.compress(LINES[8000:]))
    messages = formats.first(path).messages
    path.unlink()
    assert isinstance(messages, StoredMessages)
    assert [message.text for message in messages] == [f"message {i}" for i in range(400)]


def test_a_sample_of_a_packed_table_opens_by_its_name_and_place(tmp_path: Path) -> None:
    path = written(tmp_path / "table.jsonl.gz", gzip.compress(TABLE))
    place = TABLE.index(b"task 20") - len(b'{"messages": [{"role": "user", "content": "')
    for found in (read_sample(path, "21"), read_sample(path, "21", place)):
        assert found is not None
        assert found.reward == 20


def test_what_is_cut_off_or_damaged_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    packed = gzip.compress(LINES)
    cut = formats.first(written(tmp_path / "cut.jsonl.gz", packed[: len(packed) // 2]))
    assert 0 < len(cut.messages) < 400
    with pytest.raises(NotATrajectory):
        formats.first(written(tmp_path / "broken.jsonl.gz", packed[:2] + b"broken"))


def test_a_bomb_is_unpacked_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_SMALL", 1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    path = written(tmp_path / "bomb.json.gz", packer.compress(b"[" * (64 << 20)) + packer.flush())
    with packed.unpacked(path) as file:
        assert Path(file.name).stat().st_size <= path.stat().st_size * 400 + (1 << 20)
