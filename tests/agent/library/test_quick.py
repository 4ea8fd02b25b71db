"""A reader's quick way says what reading the whole says, or leaves it to the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_agent.formats import Source, readers
from nano_agent.library.reading import quick_ways, read_candidate
from nano_agent.library.schema import COLUMNS
from nano_agent.library.summary import Summary, summarise
from nano_agent.library.walk import Walk
from nano_agent.trajectory import Trajectory
from support.runs import call, history, mini_file, nano_folder, result, say
from support.sessions import HEADS, session

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "sample_trajectories"
REAL = ROOT.parent / "shared" / "trajectories"


def both(path: Path) -> tuple[list[Summary] | None, list[Summary]]:
    """What the quick ways say of a path, and what reading it whole says."""
    quick = None
    for way in quick_ways():
        found = way.summarise(Source(path), 5, 6)
        assert found is None or quick is None, "two of them claim it"
        quick = quick if found is None else list(found)
    if quick is None:
        return None, []
    whole = next(reader for reader in readers() if reader.sniff(Source(path)))
    assert whole.name == quick[0].format, "a quick way knows only what its reader knows"
    return quick, [summarise(trajectory, 5, 6) for trajectory in whole.read(Source(path))]


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(SAMPLES, id="samples"),
        pytest.param(
            REAL, id="real", marks=pytest.mark.skipif(not REAL.is_dir(), reason="../shared/trajectories is not there")
        ),
    ],
)
def test_real_trajectories_come_out_the_same(root: Path) -> None:
    taken = 0
    for candidate in (one for batch in Walk([root]) for one in batch):
        quick, whole = both(Path(candidate.path))
        if quick is not None:
            taken += 1
            assert quick == whole, candidate.path
    assert taken > 4, "the quick ways are hardly ever taken"


VERDICTS = (
    "command failed with exit code 2\n",
    "  command failed (exit 1)",
    "12 tools left\ncommand timed out",
    "<nano:feedback>unknown tool `x`",
    "[command succeeded]",
    "patch applied successfully",
    "the command failed in the middle",
    "file é not found",
    "\u00e9\n" * 50 + "command failed",
    "You have 3 tool calls and 200 tokens remaining \u2028\ncommand failed with exit code 1",
)
TEXT = st.one_of(st.sampled_from(VERDICTS), st.text(max_size=30))
REPLY = st.builds(lambda text, cmd: {**call("c1", "shell", cmd=cmd), "content": text}, TEXT, TEXT)
ANSWER = TEXT.map(lambda text: result("c1", text))
ODD = st.one_of(
    st.sampled_from(
        [
            {"role": "assistant", "content": "hm", "name": "reasoning"},
            {"role": "developer", "content": "x"},
            {"role": "tool", "content": [{"type": "text", "text": "command failed"}], "tool_call_id": "c1"},
            {"role": "assistant", "content": None, "tool_calls": [{"function": "shell"}]},
            {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}},
            {"message": {"role": "tool", "content": "command timed out", "tool_call_id": "c1"}},
            {"message": {"role": "assistant", "content": "x", "tool_calls": None}},
            {"role": "tool", "content": "x", "tool_call_id": 'a"b'},
            {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url"}]},
            {"role": "system", "content": "again"},
            {"role": "assistant", "x": {"role": "tool", "tool_call_id": "c1"}},
            [],
            "tool",
        ]
    ),
    TEXT.map(say),
)
HISTORIES = st.lists(st.one_of(REPLY, ANSWER, ODD), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    rest=HISTORIES, sort=st.booleans(), spaced=st.booleans(), ascii_=st.booleans(), end=st.sampled_from(["\n", "", "{"])
)
def test_any_nano_history_comes_out_the_same(
    tmp_path_factory: pytest.TempPathFactory, rest: list[Any], sort: bool, spaced: bool, ascii_: bool, end: str
) -> None:
    folder = nano_folder(tmp_path_factory.mktemp("runs") / "2026-01-01T00:00:00-0123abcd")
    separators = (", ", ": ") if spaced else (",", ":")
    lines = [
        json.dumps(one, sort_keys=sort, ensure_ascii=ascii_, separators=separators) for one in history("Fix", *rest)
    ]
    (folder / "messages.jsonl").write_text("\n".join(lines) + end)
    quick, whole = both(folder)
    assert quick is None or quick == whole


EXTRA = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": st.sampled_from([1.76e9, 1.77e9, "2026-01-01T00:00:00", None, -1]),
        "returncode": st.sampled_from([0, 1, -1, None, "0"]),
        "exception_info": st.sampled_from(["", "action was not executed", "boom"]),
        "exception_type": st.sampled_from(["TimeoutExpired", "OSError"]),
        "interrupt_type": st.sampled_from(["FormatError", "UserRejection"]),
        "exit_status": st.sampled_from(["Submitted", "LimitsExceeded"]),
        "actions": st.sampled_from([[], [{"command": "ls"}]]),
        "cost": st.sampled_from([0.5, 0, None]),
        "response": st.sampled_from(
            [
                {"usage": {"prompt_tokens": 5, "completion_tokens": 6}},
                {"usage": {"prompt_tokens": 5, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 2}}},
                {"usage": {"input_tokens": 5, "output_tokens": 6}},
                {"usage": {"prompt_tokens": -5, "completion_tokens": 6}},
                {"usage": None},
                None,
                "printed",
            ]
        ),
    },
)
RECORD = st.one_of(REPLY, ANSWER, TEXT.map(say), TEXT.map(lambda text: {"role": "user", "content": text}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(rest=st.lists(st.tuples(RECORD, EXTRA), max_size=6), ignored=st.booleans(), cost=st.sampled_from([0, 0.5, None]))
def test_any_mini_history_comes_out_the_same(
    tmp_path_factory: pytest.TempPathFactory, rest: list[tuple[Any, Any]], ignored: bool, cost: float | None
) -> None:
    path = mini_file(tmp_path_factory.mktemp("runs") / "a.traj.json")
    document = json.loads(path.read_text())
    document["messages"][2:] = [{**record, "extra": extra} for record, extra in rest]
    document["info"]["model_stats"]["instance_cost"] = cost
    document["info"]["config"]["model"]["cost_tracking"] = "ignore_errors" if ignored else "default"
    path.write_text(json.dumps(document))
    quick, whole = both(path)
    assert quick is None or quick == whole


ODD_LINES = (
    b'{"type": "user", "x": "\\ud800"}',
    b'{"type": "user", "x": "\xff\x01"}',
    b'{"type": "user", "uuid": "z", "sessionId": "s", "message": {"content": "\xff"}}',
    b'{"type": "system", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"type": "system", "x": NaN}',
    b'{"type": "assistant", "type": "user", "uuid": "y", "sessionId": "s", "message": {"content": "last"}}',
    b'{"type": "assistant", "costUSD": 12345678901234567890123, "message": {"content": "a", "usage": {}}}',
    b'{"type": "assistant", "message": {"content": [], "usage": {"output_tokens": 1e400, "input_tokens": 5.0}}}',
    b'{"type": ["user"], "message": {"content": 5}}',
    b'{"type": "user", "message": "said"}',
    b'{"type": "assistant", "message": {"content": "a"}, "timestamp": "1970-01-01T00:00:00Z"}',
    b"[]",
    b'{"type": "response_item", "payload": {"type": "function_call_output", "output": {"success": false}}}',
    b'{"type": "response_item", "payload": {"type": "local_shell_call", "id": 5, "action": {}}}',
    b'{"type": "response_item", "payload": {"type": "tool_search_output", "tools": [{"text": "Exit code: 3"}]}}',
    b'{"type": "event_msg", "payload": {"type": "patch_apply_end", "success": false}}',
    b'{"type": "session_meta", "payload": {"base_instructions": {"text": "Be kind."}, "cwd": "/w"}}',
    b'{"type": "turn_context", "payload": "x", "timestamp": 5}',
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    text=session("claude", whole=True) | session("codex", whole=True),
    odd=st.none() | st.sampled_from(ODD_LINES),
    data=st.data(),
)
def test_any_session_comes_out_the_same(
    tmp_path_factory: pytest.TempPathFactory, text: str, odd: bytes | None, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("sessions") / "a.jsonl"
    lines = text.encode().splitlines(keepends=True)
    lines.insert(data.draw(st.integers(1, len(lines))), odd + b"\n" if odd else b"")
    path.write_bytes(b"".join(lines))
    quick, whole = both(path)
    assert quick is None or quick == whole


def test_what_is_taken_back_or_said_twice_is_counted_as_the_reader_does(tmp_path: Path) -> None:
    asked = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix it"}]}
    called = {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c1"}
    items = [asked, called, {"type": "function_call_output", "call_id": "c1", "output": "Exit code: 1\nOutput:\n"}]
    records = [{"type": "response_item", "payload": item} for item in [*items, {**asked, "content": "Again"}, called]]
    records.append({"type": "event_msg", "payload": {"type": "thread_rolled_back", "num_turns": 1}})
    (rollout := tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, [HEADS["codex"], *records])))
    quick, whole = both(rollout)
    assert quick == whole
    assert [(one.n_steps, one.has_error, one.n_warnings) for one in whole] == [(1, True, 1)]
    lines: list[Any] = [HEADS["claude"]]
    for number, name in enumerate(("Bash", "Bash", "Said again by another name")):
        block = {"type": "tool_use", "id": "c1", "name": name, "input": {}}
        message = {"id": "m1", "content": [block], "usage": {"input_tokens": 1, "output_tokens": 3 - number}}
        link = {"uuid": f"r{number}", "parentUuid": f"r{number - 1}" if number else "0"}
        lines.append({"type": "assistant", "message": message, **link})
    (spoken := tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, lines)))
    quick, whole = both(spoken)
    assert quick == whole
    assert [(one.n_assistant, one.n_tool_calls, one.tools) for one in whole] == [(1, 1, ("Bash",))]


def test_answers_before_any_reply_are_a_step_as_for_the_reader(tmp_path: Path) -> None:
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done"}]}
    items = [{"type": "function_call_output", "call_id": "c1", "output": "a.py"}, said]
    answer = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "a.py"}]}
    spoken = [
        {"type": "user", "uuid": "1", "parentUuid": "0", "message": answer},
        {"type": "assistant", "uuid": "2", "parentUuid": "1", "message": {"id": "m", "content": "Done"}},
    ]
    for kind, records in {
        "codex": [{"type": "response_item", "payload": item} for item in items],
        "claude": spoken,
    }.items():
        (path := tmp_path / f"{kind}.jsonl").write_text("\n".join(map(json.dumps, [HEADS[kind], *records])))
        quick, whole = both(path)
        assert quick == whole
        assert [one.n_steps for one in whole] == [2]


def test_the_usual_is_taken_quickly(tmp_path: Path) -> None:
    assert both(nano_folder(tmp_path / "2026-01-01T00:00:00-0123abcd"))[0] is not None
    assert both(mini_file(tmp_path / "a.traj.json"))[0] is not None
    reply = {"type": "assistant", "uuid": "1", "parentUuid": "0", "message": {"id": "m", "content": "I look."}}
    item = {"type": "response_item", "payload": {"type": "message", "role": "user", "content": "Fix"}}
    for kind, line in {"claude": reply, "codex": item}.items():
        path = tmp_path / f"{kind}.jsonl"
        path.write_text(json.dumps(HEADS[kind]) + "\n" + json.dumps(line))
        assert both(path)[0] is not None


class Theirs:
    """A reader of another package, with a quick way."""

    name = "theirs"

    def sniff(self, source: Source) -> bool:
        return source.head.startswith(b'{"theirs"')

    def summarise(self, source: Source, size: int, mtime_ns: int) -> list[Summary] | None:
        if b"unusual" in source.head:
            return None
        return [replace(summarise(trajectory, size, mtime_ns), task="quick") for trajectory in self.read(source)]

    def read(self, source: Source) -> Iterator[Trajectory]:
        yield Trajectory(self.name, source.path, task="whole")


def test_a_reader_of_another_package_may_have_a_quick_way_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nano_agent.formats.readers", lambda: (*readers(), Theirs()))
    (tmp_path / "a.json").write_text('{"theirs": 1}')
    (tmp_path / "b.json").write_text('{"theirs": "unusual"}')
    (found,) = Walk([tmp_path])
    tasks = {Path(one.path).name: read_candidate(one).rows[0][COLUMNS.index("task")] for one in found}
    assert tasks == {"a.json": "quick", "b.json": "whole"}


def test_a_reader_that_breaks_costs_one_row_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mini_file(tmp_path / "a.traj.json")

    def broken(source: Source, size: int, mtime_ns: int) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(quick_ways()[0], "summarise", broken)
    (candidate,) = next(iter(Walk([path])))
    reading = read_candidate(candidate)
    assert (reading.rows, reading.why) == ((), "its reader failed: ZeroDivisionError: oh")
