"""Queries against an index, sorted, grouped and paged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nano_agent.library import library as library_module
from nano_agent.library.candidates import Candidate
from nano_agent.library.grouped import AHEAD
from nano_agent.library.library import Library
from nano_agent.library.query import parse
from nano_agent.library.reading import Reading
from nano_agent.library.rows import PAGE
from nano_agent.library.schema import to_row
from nano_agent.library.selection import Selection, Totals
from nano_agent.library.summary import summarise
from nano_agent.library.text_index import answer
from nano_agent.trajectory import Trajectory

NOW = time.time()
BARE = summarise(Trajectory("nano", Path("/r/x")))
HOUR, DAY = 3600, 86400
A = replace(BARE, model="qwen/Qwen3-8B", exit_status="done", cost_usd=0.5, n_steps=3)
B = replace(BARE, model="gpt-4.1-mini", exit_status="tool_limit", cost_usd=0.05, n_steps=30)
C = replace(BARE, model="gpt-4.1", exit_status="LimitsExceeded", cost_usd=2.0, cost_estimated=True, n_steps=7)
D = replace(BARE, format="mini", exit_status="RuntimeError", reward=0.1, has_error=True, group="g1")
E = replace(BARE, format="mini", exit_status="Submitted", reward=0.9, has_diff=True, group="g1")
F = replace(BARE, live=True, prompt_tokens=9000, completion_tokens=500, size=20_000_000)
G = replace(BARE, exit_status="submitted (exit_cost)", seconds=400.0, n_warnings=1)
RUNS = {
    "a": replace(A, started_at=NOW - 60, task="Fix it"),
    "b": replace(B, started_at=NOW - HOUR),
    "c": C,
    "d": replace(D, tools=("bash",)),
    "e": replace(E, tools=("a_b", "x")),
    "f": replace(F, repo="/home/me/Project 100%"),
    "g": replace(G, started_at=NOW - 3 * DAY),
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library([], tmp_path / "library.db")
    for number, (name, summary) in enumerate(RUNS.items()):
        path = f"/r/{name}"
        # Those without a start are as old as their file.
        row = to_row(replace(summary, path=path, mtime_ns=int((NOW - 10 * 86400 - number) * 1e9)), path)
        library.index.store([Reading(Candidate(path, 1, 1, 1), (row,), summary.live)])
    return library


def found(library: Library, query: str) -> str:
    names = "".join(row.path[-1] for row in library.rows(query))
    library.close()
    return names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort:path", "abcdefg"),
        ("", "abgcdef"),
        ("model:QWEN", "a"),
        ("model:gpt", "bc"),
        ("model=gpt-4.1", "c"),
        ("model:qwen,mini", "ab"),
        ("model:g*mini", "b"),
        ("model!=gpt-4.1 sort:path", "abdefg"),
        ("status:done", "ae"),
        ("status=done", "a"),
        ("exit:tool_limit", "b"),
        ("status:limit", "bgc"),
        ("status:error", "d"),
        ("status:live", "f"),
        ("is:live", "f"),
        ("is:ended model:gpt", "bc"),
        ("is:estimated", "c"),
        ("is:done,error", "ade"),
        ("status:none", ""),
        ("cost>0.1", "ac"),
        ("cost>=0.5 cost<=0.5", "a"),
        ("cost:0.05", "b"),
        ("cost!=0.05 has:cost", "ac"),
        ("steps<5 has:cost", "a"),
        ("steps:5..10", "c"),
        ("tokens>8k", "f"),
        ("size>10MB", "f"),
        ("reward<0.2", "d"),
        ("reward>50%", "e"),
        ("seconds>5m", "g"),
        ("age<2h", "ab"),
        ("age>2d age<4d", "g"),
        ("age:30min", "a"),
        ("age:50min..4d", "bg"),
        ("started:today has:cost cost<1 age<1min", ""),
        ("has:diff", "e"),
        ("has:error", "d"),
        ("has:warnings", "g"),
        ("has:reward,warnings", "gde"),
        ("tool:bash", "d"),
        ("tool:a_b", "e"),
        ("tool:axb", ""),
        ('repo:"Project 100%"', "f"),
        ("repo:100_", ""),
        ("task:fix", "a"),
        ("not cost>0.1 sort:path", "bdefg"),
        ("not (model:gpt or format:mini) sort:path", "afg"),
        ("-has:cost -format:mini sort:path", "fg"),
        ("(model:qwen or has:diff) sort:path", "ae"),
        ("sort:cost", "bacgdef"),
        ("sort:-cost", "cabgdef"),
        ("sort:age", "abgcdef"),
        ("sort:-age", "fedcgba"),
        ("sort:format sort:-steps", "debcagf"),
        ("path:/r/c", "c"),
        ("group:g1 sort:reward", "de"),
    ],
)
def test_a_query_finds_what_it_says_in_its_order(library: Library, query: str, names: str) -> None:
    assert found(library, query) == names


def test_totals_are_over_what_is_known(library: Library) -> None:
    totals = library.totals()
    assert (totals.runs, totals.cost_known, totals.live, totals.done) == (7, 3, 1, 2)
    assert totals.cost_usd == pytest.approx(2.55)
    assert totals.reward == pytest.approx(0.5)
    assert library.totals("format:mini").cost_usd is None
    assert library.totals("model:nothing").runs == 0
    library.close()


def test_groups_are_counted_the_largest_first(library: Library) -> None:
    groups = library.groups("format")
    assert [(group.key, group.totals.runs) for group in groups] == [("nano", 5), ("mini", 2)]
    assert library.groups("group")[0].key is None, "those without a group are one too"
    assert [group.key for group in library.groups("folder")] == ["/r"]
    assert ("live", 1) in [(group.key, group.totals.runs) for group in library.groups("status")]
    library.close()


def test_groups_are_one_view_with_their_runs_in_order(library: Library) -> None:
    found = library.grouped("format", "sort:-cost")
    assert [(group.key, group.totals.runs) for group in map(found.__getitem__, range(len(found)))] == [
        ("nano", 5),
        ("mini", 2),
    ]
    assert list(found.starts) == [0, 5, 7]
    assert "".join(row.path[-1] for row in found.rows) == "cabgfde"
    assert found[1].totals.reward == pytest.approx(0.5)
    assert (found[0].totals.limit, found[0].totals.live, found[0].totals.done) == (3, 1, 1)
    assert [library.grouped("format", query).key(0) for query in ("sort:-reward", "sort:steps", "sort:-format")] == [
        "mini",
        "mini",
        "nano",
    ]
    few = library.grouped("model", "sort:model", among=library.rows("model:gpt").ids)
    assert [few.key(i) for i in range(len(few))] == ["gpt-4.1", "gpt-4.1-mini"]
    assert library.grouped("group", "").key(1) is None or library.grouped("group", "").key(0) is None
    assert len(library.grouped("task", "model:nothing")) == 0
    library.close()


def test_chosen_runs_are_taken_together(library: Library) -> None:
    ids = list(library.rows("sort:path").ids)
    totals = library.totals(among=ids[:2])
    assert (totals.runs, totals.cost_usd, totals.done, totals.limit) == (2, pytest.approx(0.55), 1, 1)
    assert library.totals(among=[]).runs == 0
    assert [row.path[-1] for row in library.rows_of([ids[3], ids[0]])] == ["d", "a"]
    library.close()


def test_values_for_completion_come_by_frequency(library: Library) -> None:
    assert library.values("format") == ["nano", "mini"]
    assert set(library.values("tool")) == {"bash", "a_b", "x"}
    library.close()


def test_rows_are_fetched_page_by_page_and_keep_their_place(tmp_path: Path) -> None:
    library = Library([], tmp_path / "library.db")
    count = 3 * PAGE + 7
    readings = [
        Reading(Candidate(f"/r/{n:04}", 1, 1, 1), (to_row(replace(BARE, n_steps=n), f"/r/{n:04}"),), False)
        for n in range(count)
    ]
    library.index.store(readings)
    rows = library.rows("sort:-steps")
    assert len(rows) == count
    for i in (0, count - 1, -1, PAGE, PAGE - 1, 2 * PAGE):
        row = rows[i]
        assert row is not None
        assert row.n_steps == count - 1 - (i % count)
    assert [row.n_steps for row in rows] == list(range(count - 1, -1, -1))
    place = rows.position(rows.ids[5])
    assert place == 5
    library.index.forget([f"/r/{count - 1:04}"])
    again = library.rows("sort:-steps")
    assert again.position(rows.ids[5]) == 4
    assert again.position(rows.ids[0]) is None
    assert library.rows("sort:-steps").ids == again.ids
    with pytest.raises(IndexError):
        rows[count]
    library.close()


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        ("", "SCAN runs USING COVERING INDEX runs_light"),
        ("model:qwen not status:limit or has:error age<2d", "SCAN runs USING COVERING INDEX runs_light"),
        ("cost>0.05 tokens<8k sort:age", "SCAN runs USING COVERING INDEX runs_light"),
        ("format:nano-run age<12h", "SEARCH runs USING COVERING INDEX runs_light (<expr>>?)"),
        ("is:live", "SCAN runs USING INDEX runs_live"),
        ("sort:cost path:x", "SCAN runs USING COVERING INDEX runs_light, USE TEMP B-TREE FOR ORDER BY"),
        ("task:parser", "SCAN runs, USE TEMP B-TREE FOR ORDER BY"),
    ],
)
def test_what_the_small_index_has_is_read_from_it_alone_and_in_its_order(
    library: Library, query: str, plan: str
) -> None:
    asked = Selection(library.index, parse(query), [], answer)
    sql = f"EXPLAIN QUERY PLAN SELECT id FROM runs WHERE {asked.condition} ORDER BY {asked.order}"
    steps = library.index.database.run(lambda db: db.execute(sql, asked.parameters).fetchall())
    library.close()
    assert ", ".join(step[3] for step in steps) == plan


def test_a_sorted_list_has_its_first_rows_before_all_are_sorted(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "FIRST", 2)
    first, whole = library.rows_soon("sort:-cost")
    assert list(first.ids) == [*whole.ids[:2], 0, 0, 0, 0, 0]
    assert [row and row.cost_usd for row in map(first.__getitem__, range(7))] == [2.0, 0.5, *[None] * 5]
    assert whole.ids == library.rows("sort:-cost").ids
    # With nothing to sort, or little, there is nothing to wait for.
    assert [len(rows) for rows in library.rows_soon("")] == [7]
    assert [len(rows) for rows in library.rows_soon("sort:cost model:gpt")] == [2]
    monkeypatch.setattr(library_module, "FIRST", 7)
    assert [list(rows.ids) for rows in library.rows_soon("sort:-cost")] == [list(whole.ids)]
    library.close()


def test_a_row_that_went_away_meanwhile_is_none(library: Library) -> None:
    rows = library.rows("sort:path")
    library.index.forget(["/r/a"])
    assert rows[0] is None
    assert next(iter(rows)).path == "/r/b"
    library.close()


def test_roots_decide_what_is_seen(tmp_path: Path) -> None:
    library = Library([], tmp_path / "library.db")
    for path in ("/r/a/1", "/r/ab/2", "/r/a/b/3", "/s/4"):
        library.index.store([Reading(Candidate(path, 1, 1, 1), (to_row(BARE, path),), False)])

    def below(*roots: str) -> list[str]:
        library.roots = list(roots)
        return [row.path[-1] for row in library.rows("sort:path")]

    assert below() == below("/") == ["1", "3", "2", "4"]
    assert below("/r/a") == ["1", "3"]
    assert below("/r/a/1", "/s") == ["1", "4"]
    assert below("/r", "/s") == ["1", "3", "2", "4"]
    assert below("/nowhere") == []
    library.close()


@pytest.mark.parametrize(
    ("by", "sort"),
    [
        ("task", "-started"),
        ("task", "cost"),
        ("task", "-status"),
        ("group", "-reward"),
        ("group", "path"),
        ("folder", "-steps"),
        ("folder", "age"),
        ("folder", "-age"),
        ("folder", "-cost"),
        ("task", "reward"),
        ("task", "tokens"),
        ("model", "tokens"),
    ],
)
def test_groups_have_the_same_totals_whether_or_not_they_are_many(tmp_path: Path, by: str, sort: str) -> None:
    library = Library([], tmp_path / "library.db")
    rows = list[tuple[object, ...]]()
    for n in range(AHEAD + 60):
        task = f"t{n % 25}" if n < 50 else None
        costs = replace(A, cost_usd=n / 8 if n % 3 else None, n_steps=n % 7, reward=n / 64 if n % 2 else None)
        rows.append(to_row(replace(costs, task=task, group=task, started_at=NOW - n, prompt_tokens=n), f"/r/{n}/x"))
    path = "/r/many.jsonl"
    library.index.store([Reading(Candidate(path, 1, 1, 1), tuple(rows), False)])
    found = library.grouped(by, f"sort:{sort}")
    expected = {group.key: group.totals for group in library.groups(by)}
    assert {group.key: group.totals for group in map(found.__getitem__, range(len(found)))} == expected
    assert len(found) == len(expected)
    for i in range(len(found)):
        ids = found.rows.ids[found.starts[i] : found.starts[i + 1]]
        assert library.totals(among=ids) == expected[found.key(i)], "its runs are those that were counted"
        assert list(ids) == [id_ for id_ in library.rows(f"sort:{sort}").ids if id_ in ids], "in the order asked for"
        assert found.place_of(found.key(i)) == i
    assert found.place_of("nobody's") is None
    amounts = [_AMOUNT_OF[sort.lstrip("-")](found[i].totals) for i in range(len(found)) if sort != "path"]
    known = [amount for amount in amounts if amount is not None]
    assert amounts == [
        *sorted(known, reverse=sort.startswith("-") != sort.endswith("age")),
        *[None] * amounts.count(None),
    ]
    library.close()


_AMOUNT_OF: dict[str, Callable[[Totals], float | None]] = {
    "started": lambda totals: totals.newest,
    "age": lambda totals: totals.newest,
    "cost": lambda totals: totals.cost_usd,
    "tokens": lambda totals: totals.tokens,
    "steps": lambda totals: (totals.steps or 0) / totals.runs,
    "reward": lambda totals: totals.reward,
    "status": lambda totals: totals.runs,
}
