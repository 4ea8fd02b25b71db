"""Words, phrases and commands: found in files, found through the full-text index, and the same both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_agent.library.content import Lookup, call_text, pieces
from nano_agent.library.library import Library
from nano_agent.library.query import Words
from nano_agent.library.search import Hit
from nano_agent.library.text_index import TextIndex
from nano_agent.trajectory import Message, ToolCall, Trajectory
from support.live_run import LiveRun
from support.runs import call, history, mini_file, nano_folder, result, say

from .conftest import OpenLibrary


def test_arguments_are_searched_as_they_are_and_not_as_json_escapes_them() -> None:
    assert call_text(ToolCall("1", "shell", '{"cmd": "cd x\\nls"}', {"cmd": "cd x\nls", "n": [3, {"k": "v"}]})) == (
        "shell\ncd x\nls\n3\nv"
    )
    assert call_text(ToolCall("1", "shell", "{broken", None)) == "shell\n{broken"


def test_all_that_a_trajectory_says_can_be_found() -> None:
    messages = (
        Message("user", "in-text"),
        Message("assistant", "x", reasoning="in-reasoning", tool_calls=(ToolCall("1", "in-name", "{}", {}),)),
        Message("tool", "cut", output="in-output"),
    )
    trajectory = Trajectory(
        "x", Path("/in-folder/in-file"), messages, model="in-model", diff="in-diff", instance="in-id"
    )
    text = "\n".join(piece.text for piece in pieces(trajectory))
    for what in ("text", "reasoning", "name", "output", "file", "folder", "model", "diff", "id"):
        assert f"in-{what}" in text


@pytest.fixture
def library(tmp_path: Path, open_library: OpenLibrary) -> Library:
    runs = tmp_path / "runs"
    danger = call("c1", "shell", cmd="cd src\nrm -rf build")
    nano_folder(
        runs / "2026-01-01T00:00:00-0000000a",
        history("Fix the naïve parser", danger, result("c1", "KeyError: 'x'\nrm: cannot remove"), say("done")),
    )
    nano_folder(
        runs / "2026-01-02T00:00:00-0000000b",
        history("Fix the lexer", call("c1", "shell", cmd="ls"), result("c1", "nothing"), say("I would never rm -rf")),
        model="hosted/qwen",
    )
    mini_file(runs / "c.traj.json", commands=["pytest -x", "rm -r x"], cost=2.0, task="Make 處理 faster")
    return open_library()


def names(hits: list[Hit]) -> str:
    return "".join(sorted({hit.summary.path.removesuffix(".traj.json")[-1] for hit in hits}))


QUERIES = [
    ("parser", "a"),
    ("naïve", "a"),
    ('"rm -rf"', "ab"),
    ('cmd:"rm -rf"', "a"),
    ("cmd:rm", "ac"),
    ("cmd!=rm", "b"),
    ("error", "a"),
    ("rror", ""),
    ("fix", "ab"),
    ("fix not parser", "b"),
    ("not fix", "c"),
    ("not cmd:rm", "b"),
    ("not cmd!=rm", "ac"),
    ("parser or cost>1", "ac"),
    ("parser cost>1", ""),
    ("(parser or lexer) model:qwen", "b"),
    ("not (parser or lexer)", "c"),
    ("處", "c"),
    ("處理", "c"),
    ("qwen", "b"),
    ("c.traj", "c"),
    ("\"'x'\"", "a"),
    ("model:qwen", "b"),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_search_finds_the_same_with_and_without_the_full_text_index(
    library: Library, query: str, expected: str
) -> None:
    assert names(list(library.search(query))) == expected
    text = TextIndex(library.index)
    while text.build(1.0):
        pass
    assert text.progress().done == text.progress().total == 3
    assert names(list(library.search(query))) == expected
    rows = "".join(sorted(row.path.removesuffix(".traj.json")[-1] for row in library.rows(query)))
    assert set(expected) <= set(rows), "the list never leaves out what the search finds"
    if library.is_exact(query):
        assert rows == expected
    assert "".join(sorted(r.path.removesuffix(".traj.json")[-1] for r in library.found(query))) == expected


LEAVES = st.sampled_from(
    [
        *("parser", "rm", '"rm -rf"', "fix", "error", "qwen", "處", "nothing", "zebra", "cmd:rm", "cmd!=rm"),
        *('cmd:"rm -r"', "model:qwen", "cost>1", "has:diff", "steps<2", "format:mini", "status:done", "is:live"),
    ]
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not {}".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=EXPRESSIONS)
def test_any_query_finds_the_same_with_and_without_the_full_text_index(
    library: Library, tmp_path: Path, query: str
) -> None:
    indexed = Library(library.roots, tmp_path / "indexed.db")
    if not indexed.rows():
        indexed.scan()
        while TextIndex(indexed.index).build(1.0):
            pass
    streamed = names(list(library.search(query)))
    assert names(list(indexed.search(query))) == streamed
    rows = "".join(sorted(row.path.removesuffix(".traj.json")[-1] for row in indexed.rows(query)))
    assert set(streamed) <= set(rows)
    if indexed.is_exact(query):
        assert rows == streamed
    indexed.close()


def test_single_words_are_final_once_the_text_is_indexed(library: Library) -> None:
    assert not library.is_exact("parser")
    assert library.is_exact("model:qwen sort:cost")
    while TextIndex(library.index).build(1.0):
        pass
    assert library.is_exact("parser or not KeyError")
    assert not library.is_exact('"rm -rf"')
    assert not library.is_exact("cmd:rm")


def test_a_hit_names_its_step_and_marks_the_words(library: Library) -> None:
    (hit,) = library.search("cmd:build")
    assert hit.find is not None
    assert (hit.find.piece, hit.find.message, hit.find.step, hit.find.count) == ("call", 2, 1, 1)
    (span,) = hit.find.spans
    assert hit.find.excerpt[slice(*span)] == "build"
    assert "\n" not in hit.find.excerpt
    (about,) = library.search('"Fix the lexer"')
    assert about.find is not None
    assert (about.find.message, about.find.step) == (1, None)
    (absent, *_) = library.search("not fix")
    assert absent.find is None


def test_a_long_text_gives_a_short_excerpt(tmp_path: Path, open_library: OpenLibrary) -> None:
    text = "before " * 5000 + "needle" + " after" * 5000 + " needle"
    nano_folder(tmp_path / "runs" / "2026-01-01T00:00:00-0000000a", history(text))
    (hit,) = open_library().search("needle")
    assert hit.find is not None
    assert len(hit.find.excerpt) < 200
    assert hit.find.excerpt.startswith("…")
    assert hit.find.excerpt.endswith("…")
    assert [hit.find.excerpt[a:b] for a, b in hit.find.spans] == ["needle"]
    assert hit.find.count == 2


def test_several_trajectories_in_one_file_are_told_apart(tmp_path: Path, open_library: OpenLibrary) -> None:
    (tmp_path / "runs").mkdir()
    rows = [json.dumps({"messages": history(f"Task {word}", say("ok"))}) for word in ("apple", "pear", "plum")]
    (tmp_path / "runs" / "rows.jsonl").write_text("\n".join(rows) + "\n")
    library = open_library()
    (hit,) = library.search("pear")
    assert hit.summary.sample == "2"
    assert sorted(str(one.summary.sample) for one in library.search("not pear")) == ["1", "3"]


def test_a_file_that_changed_is_searched_as_it_is_now(tmp_path: Path, library: Library) -> None:
    while TextIndex(library.index).build(1.0):
        pass
    mini_file(tmp_path / "runs" / "c.traj.json", task="Something about bananas")
    library.scan()
    assert names(list(library.search("bananas"))) == "c"
    assert names(list(library.search("處"))) == ""


def test_a_search_can_be_cancelled(library: Library) -> None:
    stop = iter([False, True, True, True])
    assert len({hit.id for hit in library.search("rm", lambda: next(stop, True))}) < 3


def test_an_output_that_the_model_was_shown_a_part_of_is_searched_whole(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    run = LiveRun(tmp_path / "runs" / "2026-01-01T00-00-00-aaaaaaaa", "Hang the door")
    run.ask()
    run.reply("I count", "seq 9")
    run.result("1\n[cut]\n9", whole="1\n2\nneedle\n9")
    run.end()
    library = open_library()
    (streamed,) = library.search("needle")
    assert streamed.find is not None
    assert (streamed.find.piece, streamed.find.step) == ("output", 1)
    while TextIndex(library.index).build(1.0):
        pass
    assert library.is_exact("needle")
    assert len(library.rows("needle")) == 1


def test_the_first_place_in_each_of_some_runs_is_found(library: Library) -> None:
    ids = {row.path[-1]: id_ for id_ in library.rows().ids if (row := library.rows_of([id_])[0])}
    found = {hit.id: hit for hit in library.finds("rm", [ids["a"], ids["b"]])}
    assert found.keys() == {ids["a"], ids["b"]}
    assert found[ids["a"]].find is not None
    assert found[ids["a"]].find.step == 1
    assert not list(library.finds("rm", []))


def test_a_search_stops_in_the_middle_of_a_long_run() -> None:
    class Counted(list[Message]):
        seen = 0

        def __iter__(self) -> Iterator[Message]:
            for message in super().__iter__():
                self.seen += 1
                yield message

    messages = Counted(Message("user", f"word {number}") for number in range(5000))
    leaf = Words("needle")
    Lookup([leaf], lambda: messages.seen > 500).examine(Trajectory("x", Path("/x"), messages), [True], 1)
    assert 500 < messages.seen < 1000


def test_a_file_that_vanished_is_no_error(tmp_path: Path, library: Library) -> None:
    (tmp_path / "runs" / "c.traj.json").unlink()
    assert names(list(library.search("rm"))) == "ab"
    while TextIndex(library.index).build(1.0):
        pass
    assert TextIndex(library.index).progress().total == 3


def test_only_one_process_builds_at_a_time(library: Library) -> None:
    first, second = TextIndex(library.index), TextIndex(library.index)
    first.build(0.0)
    assert not second.build(1.0), "it is left to the first"
    assert second.progress().done == 0
    while first.build(1.0):
        pass
    assert second.progress().done == 3


def test_what_changes_leave_behind_is_thrown_away(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nano_agent.library.text_index._WASTE", 2)
    text = TextIndex(library.index)
    for number in range(12):
        mini_file(tmp_path / "runs" / "c.traj.json", task=f"fruit{number}")
        library.scan()
        while text.build(1.0):
            pass
        assert names(list(library.search(f"fruit{number}"))) == "c"
        assert names(list(library.search("parser"))) == "a"
    made = library.index.get("next_doc")
    assert made < 15, "it was begun anew at some time"
