"""Listing an Inspect archive: the same figures as from its whole samples, for the price of their start."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import Source
from nano_agent.formats.inspect_archive import Archive
from nano_agent.formats.inspect_log import InspectReader
from nano_agent.library.summary import Summary, summarise
from support.inspect_logs import HEADER, START, model_event, sample
from support.zips import zipped, zipped_with_zstandard

READER = InspectReader()
REAL = Path(__file__).parents[4] / "shared" / "trajectories" / "inspect"
KNOWN = ("id", "epoch", "input", "scores", "model_usage", "started_at", "total_time")


def timed(id_: Any, epoch: int = 1, **more: Any) -> dict[str, Any]:
    """A sample as newer versions write it, its record behind its events."""
    made = sample(id_, epoch, **{"input": "What is 1 + 2?", **more})
    behind = {key: made.pop(key) for key in ("events", "model_usage", "total_time", "attachments")}
    return {**made, **behind, "started_at": "2026-01-01T00:00:05Z"}


def archive(path: Path, *samples: dict[str, Any], journal: bool = False, **changes: Any) -> Path:
    known = [{key: each[key] for key in KNOWN if key in each} | changes for each in samples]
    files: dict[str, Any] = {f"samples/{each['id']}_epoch_{each['epoch']}.json": each for each in samples}
    said: dict[str, Any] = {"header.json": HEADER, "summaries.json": known}
    if journal:
        said = {"_journal/start.json": START}
        said |= {"_journal/summaries/1.json": known[:1], "_journal/summaries/2.json": known[1:]}
    path.write_bytes(zipped({name: json.dumps(value).encode() for name, value in {**said, **files}.items()}))
    return path


def both(path: Path) -> tuple[list[Summary], list[Summary]]:
    """The summaries from a glimpse at each sample, and from the whole of it."""
    quick = READER.summarise(Source(path), 7, 9)
    assert quick is not None
    whole = Source(path)
    return list(quick), [summarise(each, 7, 9, whole.at) for each in READER.read(whole)]


@pytest.mark.parametrize("journal", [False, True])
def test_a_listing_has_the_figures_of_the_whole(tmp_path: Path, journal: bool) -> None:
    nested = timed(2, store={"said": ', "events": [', "events": [1], "deep": {"x": 1, "events": [2]}})
    path = archive(tmp_path / "log.eval", timed(1), nested, timed(1, 2, scores={}), journal=journal)
    assert all(Archive(path).glimpse(name) is not None for name in Archive(path).samples)
    quick, whole = both(path)
    assert quick == whole
    assert [(each.n_steps, each.tools, each.prompt_tokens, each.place) for each in quick[:1]] == [(2, ("add",), 150, 0)]


@pytest.mark.parametrize(
    "changes",
    [{"model_usage": {}}, {"started_at": None}, {"total_time": None}, {"model_usage": {"m": None}}, {"id": 77}],
)
def test_what_a_summary_does_not_say_is_read(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = archive(tmp_path / "log.eval", timed(1), **changes)
    assert Archive(path).glimpse("samples/1_epoch_1.json") is None
    quick, whole = both(path)
    assert quick == whole


@pytest.mark.parametrize(
    "odd",
    [
        sample(1, started_at="2026-01-01T00:00:05Z"),  # what was asked stands behind the events
        {**timed(1), "input": [{"role": "user", "content": "attachment://abc"}]},
        {"events": [model_event("m1", 1, 1)], **timed(1)},  # everything stands behind them
        {key: value for key, value in timed(1).items() if key != "events"},
        {**timed(1), "messages": None},
    ],
)
def test_odd_samples_have_the_same_figures(tmp_path: Path, odd: dict[str, Any]) -> None:
    quick, whole = both(archive(tmp_path / "log.eval", odd))
    assert quick == whole


def test_zstandard(tmp_path: Path) -> None:
    made = archive(tmp_path / "log.eval", timed(1), timed(2))
    with zipfile.ZipFile(made) as read:
        made.write_bytes(zipped_with_zstandard({name: read.read(name) for name in read.namelist()}))
    quick, whole = both(made)
    assert quick == whole
    assert [each.n_messages for each in quick] == [4, 4]


def test_a_glimpse_does_not_unpack_the_events(tmp_path: Path) -> None:
    events = [{"event": "info", "data": f"{number**7}"} for number in range(50_000)]
    path = archive(tmp_path / "log.eval", timed(1, events=events))
    sound = both(path)[0]
    data = path.read_bytes()
    middle = data.index(b"samples/1") + len(data) // 2
    path.write_bytes(data[:middle] + bytes(1000) + data[middle + 1000 :])
    quick, whole = both(path)
    assert replace(quick[0], size=0) == replace(sound[0], size=0)
    assert whole[0].n_messages == 0
    assert "damaged" in whole[0].warnings[-1]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real logs are not beside this repository")
def test_real_archives_have_the_same_figures() -> None:
    for path in sorted(REAL.rglob("*.eval")):
        quick, whole = both(path)
        assert quick == whole, path
