from __future__ import annotations

from pathlib import Path

import pytest

from nano_agent.library.index import FORGET_AFTER, Index
from nano_agent.library.scan import Scan
from nano_agent.library.summary import summarise
from nano_agent.trajectory import Trajectory
from support.indexes import library_of, paths, scan
from support.runs import history, mini_file, nano_folder, say


def test_a_second_scan_reads_only_what_changed(tmp_path: Path, index: Index) -> None:
    runs = [nano_folder(tmp_path / "runs" / f"2026-01-0{day}T00:00:00-0123abcd") for day in (1, 2, 3)]
    file = mini_file(tmp_path / "runs" / "a.traj.json")
    (tmp_path / "runs" / "none.json").write_text('{"no": "trajectory"}')
    assert scan(index, tmp_path).read == 5
    assert scan(index, tmp_path).read == 0
    (runs[1] / "diff.txt").write_text("")
    mini_file(file, status="LimitsExceeded")
    progress = scan(index, tmp_path)
    assert (progress.read, progress.found) == (2, 5)
    library = library_of(index, tmp_path)
    assert [row.exit_status for row in library.summaries("format:mini")] == ["LimitsExceeded"]
    assert [row.path for row in library.summaries("not has:diff format=nano")] == [str(runs[1])]


def test_rows_keep_their_ids_when_their_file_changes(tmp_path: Path, index: Index) -> None:
    run = nano_folder(tmp_path / "runs" / "2026-01-01T00:00:00-0123abcd")
    nano_folder(tmp_path / "runs" / "2026-01-02T00:00:00-0123abcd")
    library = library_of(index, tmp_path)
    library.scan()
    before = library.rows("sort:path").ids
    with (run / "messages.jsonl").open("a") as file:
        file.write('{"role": "user", "content": "more"}\n')
    library.scan()
    assert library.rows("sort:path").ids == before
    assert [row.n_messages for row in library.summaries("sort:path")] == [6, 5]


def test_what_is_gone_is_forgotten_and_what_cannot_be_seen_is_not(tmp_path: Path, index: Index) -> None:
    here = mini_file(tmp_path / "a" / "one.json")
    gone = mini_file(tmp_path / "a" / "two.json")
    other = mini_file(tmp_path / "b" / "three.json")
    scan(index, tmp_path / "a", tmp_path / "b")
    gone.unlink()
    assert scan(index, tmp_path / "a").removed == 1
    assert paths(index) == [str(here), str(other)], "another root's files are not touched"
    (tmp_path / "b").rename(tmp_path / "unmounted")
    scan(index, tmp_path / "a", tmp_path / "b")
    assert paths(index) == [str(here), str(other)], "a root that is away may come back"


def test_a_folder_that_only_looks_like_a_run_has_its_files_listed(tmp_path: Path, index: Index) -> None:
    folder = tmp_path / "results"
    inside = mini_file(folder / "deep.json")
    (folder / "messages.jsonl").write_text("nothing\n")
    (folder / "stats.json").write_text("{}")
    for _ in range(2):
        scan(index, tmp_path)
        assert paths(index) == [str(inside)], "also when nothing has changed"


def test_other_readers_read_everything_again(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    mini_file(tmp_path / "runs" / "one.json")
    scan(index, tmp_path / "runs")
    assert scan(index, tmp_path / "runs").read == 0
    monkeypatch.setattr("nano_agent.library.reading.__version__", "another")
    assert scan(index, tmp_path / "runs").read == 1
    assert scan(index, tmp_path / "runs").read == 0


def test_roots_that_nobody_looks_at_are_forgotten_in_the_end(tmp_path: Path, index: Index) -> None:
    old = mini_file(tmp_path / "old" / "one.json")
    new = mini_file(tmp_path / "new" / "two.json")
    scan(index, old.parent)
    index.scanned([str(old.parent)], now=1000.0)
    index.scanned([str(new.parent)], now=1000.0 + FORGET_AFTER)
    assert paths(index) == [str(old)]
    index.scanned([str(new.parent)], now=1001.0 + FORGET_AFTER)
    assert paths(index) == []


def test_the_index_is_bounded(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("old", "new"):
        for number in range(6):
            mini_file(tmp_path / name / f"{number}.json")
        monkeypatch.setattr("nano_agent.library.index.MOST_RUNS", 10)
        scan(index, tmp_path / name)
    assert paths(index) == sorted(map(str, (tmp_path / "new").iterdir()))


def test_names_that_are_no_utf8_are_listed_and_opened(tmp_path: Path, index: Index) -> None:
    import os

    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(folder)).mkdir()
    path = os.fsdecode(folder + b"/\xff.json")
    mini_file(Path(path))
    scan(index, tmp_path)
    assert scan(index, tmp_path).read == 0
    assert paths(index, Path(os.fsdecode(folder))) == [path]


def test_a_cancelled_scan_keeps_what_it_has_and_forgets_nothing(tmp_path: Path, index: Index) -> None:
    for number in range(20):
        mini_file(tmp_path / "runs" / f"{number}.json")
    scan(index, tmp_path)
    index.read_all_again()
    calls = iter([False] * 8)
    progress = Scan(index, [tmp_path], cancelled=lambda: next(calls, True)).run()
    assert not progress.finished
    assert 0 < progress.read < 20
    assert len(paths(index)) == 20


def test_a_large_scan_takes_several_processes_and_says_the_same(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        nano_folder(tmp_path / f"2026-01-01T00:00:00-{number:08x}", history(f"task {number}", say("x" * 3000)))
    scan(index, tmp_path)
    alone = list(library_of(index, tmp_path).summaries("sort:path"))
    index.read_all_again()
    monkeypatch.setattr("nano_agent.library.helpers.WORTH_IT", 1000)
    monkeypatch.setattr("nano_agent.library.helpers.CHUNK_BYTES", 20_000)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert scan(index, tmp_path).read == 150
    assert list(library_of(index, tmp_path).summaries("sort:path")) == alone


def test_a_summary_comes_out_as_it_went_in(tmp_path: Path, index: Index) -> None:
    from dataclasses import replace

    from nano_agent.library.candidates import Candidate
    from nano_agent.library.reading import Reading
    from nano_agent.library.schema import to_row

    bare = summarise(Trajectory("x", Path("/a/b")))
    full = replace(
        bare,
        sample="1",
        model="m",
        exit_status="done",
        n_messages=9,
        n_assistant=8,
        n_tool_calls=7,
        n_steps=6,
        prompt_tokens=5,
        completion_tokens=4,
        cached_tokens=3,
        cost_usd=2.5,
        cost_estimated=True,
        started_at=1.5,
        seconds=0.5,
        task="t",
        repo="r",
        group="g",
        instance="i",
        reward=-1.0,
        has_diff=True,
        has_error=True,
        live=True,
        tools=("a", "b"),
        n_warnings=2,
        warnings=("w", "v"),
        size=11,
        mtime_ns=12,
    )
    candidate = Candidate("/a/b", 1, 2, 3)
    index.store([Reading(candidate, (to_row(bare, "/a/b"), to_row(full, "/a/b")), True)])
    (first, _), (second, _) = index.runs_of("/a/b")
    assert index.fetch([second, 999, first]) == [full, None, bare]
    assert index.known(["/a"]) == {}, "a live one is read at every scan"
