from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from nano_agent.formats import NotATrajectory, Source, read
from nano_agent.formats.source import documents_in, parse
from nano_agent.formats.torn import whole_part


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'"\xff"', "\ufffd"),
        (b"[1e999]", [float("inf")]),
        (rb'"\ud83d\ude00 \ud83d x \ude00 \\ud83d"', "\U0001f600 \ufffd x \ufffd \\ud83d"),
        (b"[" * 100_000, None),
        (b'{"a": ' + b"9" * 5000 + b"}", None),
        (b"", None),
        (b"\x00", None),
    ],
)
def test_parse_is_lenient(data: bytes, value: object) -> None:
    assert parse(data) == value


def test_no_lone_surrogate_comes_through() -> None:
    for escaped in (r"\ud800", r"\uDFFF", r"\ud800\ud800", r"\udc00\ud800"):
        assert str(parse(f'"{escaped}", NaN'[:-5].encode())).encode("utf-8")


@pytest.mark.parametrize("end", [1, 9, 17, 30, 40, 55, 70, 79])
def test_the_whole_part_of_a_document_is_a_beginning_of_it(end: int) -> None:
    document = {"a": [1, "x, [", {"b": '\\"'}], "c": {"d": [[], {}], "e": None}, "f": "last", "g": [2.5, True]}
    data = json.dumps(document).encode()
    part = whole_part(data[:end])
    if part is None:
        assert end < 12
        return
    assert is_beginning(part, document)


def is_beginning(part: object, whole: object) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_beginning(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_beginning, part, whole))
    return part == whole


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b'{"a": 1}', b'{"a": 1} {"b": 2', b"[1]}", b"[1}", b'"text', b"[" * 3000 + b"1,", b"[", b'{"a": '],
)
def test_nothing_to_save(data: bytes) -> None:
    assert whole_part(data) is None


def test_a_big_torn_document_takes_one_pass() -> None:
    whole = json.dumps({"messages": [{"text": 'a "quoted" \\ line\n' * 50}] * 5000}).encode()
    part = whole_part(whole[:-30])
    assert len(part["messages"]) >= 4999


def test_json_lines_are_no_document(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": 2}\n')
    source = Source(path)
    assert source.document is None
    assert source.torn_document is None
    assert source.first_line == {"a": 1}
    assert list(source.lines()) == [(0, b'{"a": 1}'), (9, b'{"a": 2}')]


def test_refusals_say_why(tmp_path: Path) -> None:
    empty, text, torn = tmp_path / "empty", tmp_path / "text", tmp_path / "torn"
    empty.touch()
    text.write_text("Dear diary,")
    torn.write_text('{"id": "x", "hist')
    for path, why in (
        (tmp_path / "absent", "no such file or folder"),
        (tmp_path, "this folder is not a run"),
        (empty, "the file is empty"),
        (text, "not a trajectory"),
        (torn, "cut off"),
    ):
        with pytest.raises(NotATrajectory, match=why) as refusal:
            list(read(path))
        assert str(path) in str(refusal.value)


def test_what_never_ends_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    os.mkfifo(tmp_path / "messages.jsonl")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind(str(tmp_path / "socket.json"))
        for name in ("pipe.jsonl", "zero.json", "socket.json", "messages.jsonl"):
            with pytest.raises(NotATrajectory, match="no regular file"):
                list(read(tmp_path / name))
    with pytest.raises(NotATrajectory, match="too many levels of symbolic links"):
        list(read(tmp_path / "loop.json"))
    (tmp_path / "metadata.json").write_text("{}")
    with pytest.raises(NotATrajectory):
        list(read(tmp_path))


def test_a_mark_of_the_byte_order_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b'\xef\xbb\xbf{"a": 1}\n{"b": 2}\n')
    source = Source(tmp_path / "x")
    assert source.head.startswith(b"{")
    assert [line for _, line in source.lines()] == [b'{"a": 1}', b'{"b": 2}']
    (tmp_path / "y").write_bytes(b'\xef\xbb\xbf{\n"a": 1}')
    assert Source(tmp_path / "y").document == {"a": 1}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
        (b'{\n "a": 1\n}\n\n[2]\n', [{"a": 1}, [2]]),
        (b'{"a": 1} and more', [{"a": 1}]),
        (b'{"a": 1}{"b": ', [{"a": 1}]),
        (b'{"a": ', []),
        (b"[" * 100_000, []),
    ],
)
def test_documents_one_behind_the_other(tmp_path: Path, data: bytes, found: list[object]) -> None:
    assert documents_in(data) == found
    (tmp_path / "x").write_bytes(data)
    assert list(Source(tmp_path / "x").documents) == found


def test_one_document_and_json_lines_are_not_several_documents(tmp_path: Path) -> None:
    for data in (b'{\n"a": 1}', b'{"a": 1}\n{"b": 2}\n', b'{"a": 1}'):
        (tmp_path / "x").write_bytes(data)
        assert list(Source(tmp_path / "x").documents) == []


def test_a_large_file_of_lines_is_never_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise AssertionError("read as a whole")

    (tmp_path / "x").write_bytes(b'{"messages": [], "info": {}}\n' * 1000)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    source = Source(tmp_path / "x")
    assert (source.document, source.torn_document, list(source.documents)) == (None, None, [])
