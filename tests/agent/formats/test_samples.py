"""One of many trajectories in a file: found by its name, and with its place without looking at those before it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nano_agent import formats
from nano_agent.formats import NotATrajectory, Source, read_sample
from nano_agent.formats.source import Begin
from nano_agent.library.candidates import candidate_at
from nano_agent.library.reading import read_candidate
from nano_agent.library.schema import from_row
from nano_agent.library.summary import Summary
from support.parquets import parquet_of

ROWS = [
    {"messages": [{"role": "user", "content": f"task {i}"}, {"role": "assistant", "content": "x" * i}], "reward": i}
    for i in range(40)
]


def listed(path: Path) -> list[Summary]:
    candidate = candidate_at(str(path))
    assert candidate is not None
    return [from_row((0, *row)) for row in read_candidate(candidate).rows]


@pytest.fixture(params=["lines", "parquet"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "parquet":
        path = tmp_path / "table.parquet"
        path.write_bytes(parquet_of(ROWS, row_group_size=7))
        return path
    lines = [json.dumps(row) for row in ROWS]
    lines[3:3] = ["torn {", '{"other": 1}', ""]
    path = tmp_path / "table.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_every_sample_opens_alone_as_it_does_among_the_others(table: Path) -> None:
    whole = list(formats.read(table))
    places = [summary.place for summary in listed(table)]
    assert len(whole) == len(places) == len(ROWS)
    for trajectory, place in zip(whole, places, strict=True):
        assert place is not None
        for found in (read_sample(table, trajectory.sample), read_sample(table, trajectory.sample, place)):
            assert found is not None
            assert (found.sample, found.messages, found.reward) == (
                trajectory.sample,
                trajectory.messages,
                trajectory.reward,
            )


def test_with_a_place_nothing_before_it_is_read(table: Path) -> None:
    place = listed(table)[-1].place
    assert place is not None
    source = Source(table, begin=Begin(40, place))
    reader = formats.recognise(source)
    assert reader is not None
    assert [trajectory.sample for trajectory in reader.read(source)] == ["40"]
    if table.suffix == ".jsonl":
        data = bytearray(table.read_bytes())
        second = data.index(b"\n") + 1
        data[second:place] = b" " * (place - second - 1) + b"\n"
        table.write_bytes(data)
        found = read_sample(table, "40", place)
        assert found is not None
        assert found.reward == 39


def test_a_place_that_holds_no_more_is_looked_for(table: Path) -> None:
    if table.suffix != ".jsonl":
        return  # a Parquet file is never changed in its place
    place = listed(table)[20].place
    table.write_bytes(b'{"messages": [{"role": "user", "content": "a new first row"}]}\n' + table.read_bytes())
    found = read_sample(table, "21", place)
    assert found is not None
    assert found.reward == 19


def test_what_is_not_there_is_said(table: Path, tmp_path: Path) -> None:
    assert read_sample(table, "41") is None
    assert read_sample(table, "no number") is None
    with pytest.raises(NotATrajectory):
        read_sample(tmp_path / "absent.jsonl", "1")
