"""Messages that stay on disk: the same as those in memory, for next to no memory, whatever happens to the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_agent import formats
from nano_agent.formats import spans, stored
from nano_agent.formats.shrunk import KEPT, shrunk
from nano_agent.formats.source import parse
from nano_agent.formats.spans import ListSpans, NotApart
from nano_agent.formats.stored import CHANGED, StoredMessages
from nano_agent.trajectory import Message, Trajectory, glances

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared" / "trajectories"
SAMPLES = ROOT / "sample_trajectories"


@pytest.fixture
def all_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as a large one."""
    monkeypatch.setattr(stored, "FROM_BYTES", 0)


def read(path: Path) -> list[Trajectory]:
    return list(formats.read(path)) if formats.recognise(path) else []


def paths() -> list[Path]:
    kinds = (
        "nano",
        "nano_generations",
        "mini_swe_agent",
        "openai_chat",
        "claude_code",
        "codex",
        "other_pi",
        "openhands",
        "claude_stream_json",
        "swe_agent",
        "atif",
    )
    files = [path for kind in kinds for path in sorted((REAL / kind).rglob("*")) if path.is_file()]
    return [*(path for path in sorted(SAMPLES.iterdir()) if path.is_dir()), *files]


def check_same(held: Trajectory, kept: Trajectory) -> None:
    assert list(kept.messages) == list(held.messages)
    assert [kept.messages[i] for i in range(len(kept.messages))] == list(held.messages)
    assert kept.steps == held.steps
    assert (kept.n_messages, kept.n_assistant, kept.n_tool_calls) == (
        held.n_messages,
        held.n_assistant,
        held.n_tool_calls,
    )
    assert (kept.usage, kept.task, kept.exit_status, kept.exit_reason) == (
        held.usage,
        held.task,
        held.exit_status,
        held.exit_reason,
    )
    assert (kept.model, kept.seconds, kept.diff, kept.warnings) == (held.model, held.seconds, held.diff, held.warnings)
    for glance, message in zip(glances(kept.messages), held.messages, strict=True):
        assert glance.role == message.role
        assert (glance.is_observation, glance.failed, glance.exit_code) == (
            message.is_observation,
            message.failed,
            message.exit_code,
        )
        assert [call.from_text for call in glance.tool_calls] == sorted(call.from_text for call in message.tool_calls)
        assert (glance.usage, glance.seconds, glance.note) == (message.usage, message.seconds, message.note)


def test_real_files_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {path: read(path) for path in paths()}
    monkeypatch.setattr(stored, "FROM_BYTES", 0)
    n_stored = 0
    for path, before in held.items():
        after = read(path)
        assert len(after) == len(before), path
        for one, other in zip(before, after, strict=True):
            n_stored += isinstance(other.messages, StoredMessages)
            check_same(one, other)
    assert n_stored >= 3 * len(list(SAMPLES.iterdir())) // 4


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(max_size=60) | st.sampled_from(['}, {"role"', "},\n    {", '\\"}', "\x00\u2028", "```bash\nls\n```"])
RECORDS = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool", "exit", "odd"]), "content": TEXTS | VALUES},
    optional={
        "tool_calls": st.just([{"id": "c", "function": {"name": "f", "arguments": "{}"}}]) | VALUES,
        "tool_call_id": TEXTS,
        "object": st.just("response"),
        "extra": st.fixed_dictionaries(
            {},
            optional={
                "returncode": st.integers(-1, 3) | VALUES,
                "timestamp": st.floats(0, 1e9) | VALUES,
                "raw_output": TEXTS,
                "exception_info": st.sampled_from(["action was not executed", "boom"]),
                "interrupt_type": st.sampled_from(["FormatError", "UserRejection", "UserNewTask"]),
                "exit_status": st.just("Submitted"),
                "actions": st.just([{"command": "ls"}]) | VALUES,
                "model_response": TEXTS,
                "cost": st.floats(0, 1) | VALUES,
            },
        ),
    },
)
LAYOUTS: Sequence[dict[str, Any]] = ({}, {"indent": 2}, {"separators": (",", ":")}, {"sort_keys": True}, {"indent": 1})


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(RECORDS, min_size=1, max_size=8), st.sampled_from(LAYOUTS), st.booleans(), st.booleans())
def test_mini_documents_come_out_the_same(
    tmp_path: Path, records: list[Any], layout: dict[str, Any], asks: bool, info_first: bool
) -> None:
    info = {"info": {"config": {"agent": {"mode": "confirm" if asks else "yolo"}, "model": {}}, "exit_status": "x"}}
    rest = {"trajectory_format": "mini-swe-agent-1.1"}
    document = {**info, "messages": records, **rest} if info_first else {"messages": records, **info, **rest}
    path = tmp_path / "a.traj.json"
    path.write_text(json.dumps(document, **layout), encoding="utf-8", errors="replace")
    compare(path)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(RECORDS, min_size=1, max_size=8), st.sampled_from(["", "torn", '{"a":', "\n\n", "\ufeff"]))
def test_lines_come_out_the_same(tmp_path: Path, records: list[Any], odd: str) -> None:
    lines = [json.dumps(record) for record in records]
    path = tmp_path / "messages.jsonl"
    path.write_text("\n".join([odd * (odd == "\ufeff") + lines[0], *lines[1:], odd.strip("\ufeff")]))
    compare(path)


def compare(path: Path) -> None:
    held = read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "FROM_BYTES", 0)
        patch.setattr(spans, "_BLOCK", 37)
        kept = read(path)
    assert len(kept) == len(held)
    for one, other in zip(held, kept, strict=True):
        check_same(one, other)


LONG = st.builds(lambda text, length: (text * length)[:length], st.text(min_size=1), st.integers(KEPT, KEPT * 3))


@given(VALUES | LONG, st.text(alphabet='ab\\"\n\u00e9🚀 ', max_size=40))
def test_cutting_strings_keeps_the_structure(value: Any, repeated: str) -> None:
    long = repeated * (KEPT // 4)
    data = json.dumps({"a": value, "long": long, "b": [1, long], "c": "end"}, ensure_ascii=False)
    cut = parse(shrunk(data.encode()))
    assert list(cut) == ["a", "long", "b", "c"]
    assert cut["c"] == "end"
    assert cut["long"][:100] == long[:100]
    assert len(cut["long"]) <= KEPT + 100


def items(data: bytes, tmp_path: Path) -> tuple[list[Any], dict[str, Any]]:
    path = tmp_path / "document.json"
    path.write_bytes(data)
    with path.open("rb") as file:
        found = ListSpans(file, ("messages", "history"))
        cut = [(data[span.offset : span.offset + span.length], span.value) for span in found]
    assert all(json.loads(text) == value for text, value in cut)
    return [value for _, value in cut], found.rest


def test_items_that_look_like_their_own_ends(tmp_path: Path) -> None:
    nested = [{"role": "a", "x": [{"role": 1}, {"role": 2}]}, {"other": 1}, {"role": "b, }, {"}, {"role": "c"}]
    for layout in LAYOUTS:
        document = {"info": {"x": 1}, "messages": nested, "other": [{"role": 1}, {"role": 2}]}
        found, rest = items(json.dumps(document, **layout).encode(), tmp_path)
        assert found == nested
        assert rest == {**document, "messages": []}


def test_a_list_deeper_in_the_document_is_another(tmp_path: Path) -> None:
    data = b'{"info": {"messages": [{"a": 1}]}, "messages": [{"b": 1}], "after": {"messages": [{"c": 1}]}}'
    found, rest = items(data, tmp_path)
    assert found == [{"b": 1}]
    assert rest == {"info": {"messages": [{"a": 1}]}, "messages": [], "after": {"messages": [{"c": 1}]}}


@pytest.mark.parametrize(
    "data",
    [
        b'{"messages": [{"a": 1}, 5, {"a": 2}]}',
        b'{"messages": [{"a": 1}, {"a": 2}',
        b'{"messages": [{"a": 1}, {"a": }, {"a": 2}]}',
        b'{"messages": []}',
        b'{"messages": [{"a": 1}]} more',
        b'{"messages": [{"a": 1}], "history": [[], {"b": 1}]}',
    ],
)
def test_what_cannot_be_taken_apart_is_left_whole(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(NotApart):
        items(data, tmp_path)


@pytest.fixture
def lines(tmp_path: Path, all_stored: None) -> tuple[Path, Trajectory]:
    path = tmp_path / "chat.jsonl"
    records = [{"role": ("user", "assistant")[i % 2], "content": f"message {i} " + "x" * 50} for i in range(100)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path, formats.first(path)


def test_a_file_that_is_cut_short_says_so(lines: tuple[Path, Trajectory]) -> None:
    path, trajectory = lines
    os.truncate(path, 1000)
    assert trajectory.messages[0].text.startswith("message 0")
    last = trajectory.messages[-1]
    assert (last.text, last.role, last.note) == (CHANGED, "assistant", "changed on disk")


def test_a_file_that_is_written_anew_says_so(lines: tuple[Path, Trajectory]) -> None:
    path, trajectory = lines
    path.write_bytes(path.read_bytes().replace(b"message", b"MESSAGE"))
    assert {message.text for message in trajectory.messages} == {CHANGED}


def test_a_file_that_grew_or_is_gone_stays_readable(lines: tuple[Path, Trajectory]) -> None:
    path, trajectory = lines
    with path.open("a") as file:
        file.write('{"role": "user", "content": "more"}\n')
    path.rename(path.with_name("elsewhere"))
    assert [m.text.split()[1] for m in trajectory.messages] == [str(i) for i in range(100)]


def test_whoever_watches_is_told_before_the_end(tmp_path: Path, all_stored: None) -> None:
    class Counting:
        def __init__(self) -> None:
            self.told_at = list[tuple[int, float]]()

        def look(self, message: Message) -> int:
            return len(message.text) % 256

        def told(self, messages: StoredMessages, share: float) -> None:
            self.told_at.append((len(messages), share))
            assert messages[len(messages) - 1].text

    path = tmp_path / "chat.jsonl"
    path.write_text('{"role": "user", "content": "hello"}\n' * 200)
    watch = Counting()
    (trajectory,) = formats.read(path, watch)
    assert isinstance(trajectory.messages, StoredMessages)
    assert watch.told_at[0][0] < 200
    assert 0 < watch.told_at[0][1] < 1
    assert trajectory.messages.looks == bytes([5]) * 200


MEMORY = """
import resource, sys, time
from pathlib import Path
from nano_agent import formats
small = formats.first(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
trajectory = formats.first(Path(sys.argv[2]))
assert len(trajectory.steps) == int(sys.argv[3]), len(trajectory.steps)
assert sum(len(message.text) for message in trajectory.messages) > 39_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", ["lines", "document"])
def test_a_large_file_takes_little_memory(kind: str, tmp_path: Path) -> None:
    reply = {"role": "assistant", "content": "I look."}
    answer = {"role": "tool", "content": "line\n" * 4000, "extra": {}}
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    for path, pairs in ((small, 1), (large, 2000)):
        with path.open("w") as file:
            if kind == "lines":
                file.writelines(f"{json.dumps(reply)}\n{json.dumps(answer)}\n" for _ in range(pairs))
            else:
                both = f"{json.dumps(reply)}, {json.dumps(answer)}"
                file.write('{"info": {}, "messages": [' + ", ".join([both] * pairs))
                file.write('], "trajectory_format": "mini-swe-agent-1.1"}')
    command = [sys.executable, "-c", MEMORY, str(small), str(large), "2000"]
    grown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(grown) < 20_000, f"{int(grown) / 1000:.0f} MB for a file of {large.stat().st_size / 1e6:.0f} MB"
