from __future__ import annotations

from pathlib import Path

import pytest

from nano_agent.formats import Source
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.jsonl import Records, opening


def records(tmp_path: Path, data: bytes) -> Records:
    (tmp_path / "x.jsonl").write_bytes(data)
    return Records(Source(tmp_path / "x.jsonl").lines())


def test_what_could_not_be_read_is_said(tmp_path: Path) -> None:
    lines = records(tmp_path, b'{"a": 1}\nnonsense\n[2]\n{"a": 2}\n{"a": ')
    assert [record["a"] for record in lines] == [1, 2]
    assert lines.warnings == [
        "2 lines are no JSON object and could not be read.",
        "The last line is cut off and could not be read.",
    ]


def test_a_sound_file_has_nothing_to_say(tmp_path: Path) -> None:
    lines = records(tmp_path, b'{"a": 1}\n\n{"a": 2}')
    assert len(list(lines)) == 2
    assert lines.warnings == []


def test_several_records_on_one_line_are_several(tmp_path: Path) -> None:
    lines = records(tmp_path, b'{"a": 1}{"a": 2} {"a": 3}\n{"a": 4}\n')
    assert [record["a"] for record in lines] == [1, 2, 3, 4]
    assert lines.warnings == []


def test_the_opening_is_of_json_lines_only(tmp_path: Path) -> None:
    for data, count in ((b'\xef\xbb\xbf{"a": 1}\n{"b": 2}\n', 2), (b'[\n{"a": 1}\n]', 0), (b"", 0)):
        (tmp_path / "x").write_bytes(data)
        assert len(list(opening(Source(tmp_path / "x")))) == count


@pytest.mark.parametrize(
    ("node", "left"),
    [
        ({"data": "iVBO" * 1000}, "[data, 3.0 kB, left in the file]"),
        ({"image_url": "data:image/png;base64," + "A" * 4_000_000}, "[image/png, 3.0 MB, left in the file]"),
        ({"parts": [{"inlineData": {"data": "AAAA" * 700}}]}, "2.1 kB"),
    ],
)
def test_blobs_are_left_in_the_file(node: object, left: str) -> None:
    assert left in repr(without_blobs(node))
    assert len(repr(without_blobs(node))) < 200


@pytest.mark.parametrize(
    "node",
    [
        {"data": "short"},
        {"content": "iVBO" * 1000},  # the model was shown this
        {"data": "plain words, many of them " * 100},
        {"data": [1, None, "x"]},
    ],
)
def test_everything_else_stays_the_same_object(node: object) -> None:
    assert without_blobs(node) is node


def test_an_indented_document_has_no_opening_even_where_a_line_of_it_is_an_object(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n  "messages": [\n    {"role": "user"}\n  ]\n}\n')
    assert opening(Source(path)) == []
