from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_agent.formats import NotATrajectory, Source, read, readers, registry
from support.checked import check_trajectory

PACKAGE = """
from nano_agent.trajectory import Message, Trajectory

class DiaryReader:
    name = "diary"

    def sniff(self, source):
        return source.head.startswith(b"Dear diary")

    def read(self, source):
        yield Trajectory("diary", source.path, [Message("user", source.head.decode(), raw=source.head)])
"""


def install(folder: Path, entry_points: str) -> None:
    (folder / "diary_reader.py").write_text(PACKAGE)
    info = folder / "diary_reader-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: diary-reader\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{entry_points}\n")


@pytest.fixture(autouse=True)
def _fresh_readers() -> Iterator[None]:
    registry.of_other_packages.cache_clear()
    yield
    registry.of_other_packages.cache_clear()


def test_every_listed_reader_exists_under_its_own_name() -> None:
    names = [reader.name for reader in readers()]
    assert len(names) == len(registry.OURS)
    assert len(set(names)) == len(names)


def test_a_reader_of_another_package_is_asked_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "diary = diary_reader:DiaryReader")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "page").write_text("Dear diary, the tests pass.")
    (trajectory,) = read(tmp_path / "page")
    assert trajectory.format == "diary"
    assert [*readers()][-1].name == "diary"


def test_a_broken_package_closes_nobodys_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install(tmp_path, "broken = diary_reader:Absent\ndiary = diary_reader:DiaryReader")
    monkeypatch.syspath_prepend(str(tmp_path))
    with caplog.at_level(logging.WARNING):
        assert [*readers()][-1].name == "diary"
    assert "the reader broken (diary_reader:Absent) cannot be loaded" in caplog.text


def test_the_readers_are_imported_only_when_a_file_is_opened() -> None:
    code = "import sys; from nano_agent.formats import registry; print([m for m, _ in registry.OURS if LOADED(m)])"
    code = code.replace("LOADED(m)", "'nano_agent.formats.' + m in sys.modules")
    agent = Path(registry.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=agent, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


# The keys by which formats are told apart.
WORDS = re.findall(
    r"\w+",
    """
    messages info trajectory history role content type payload message tool_calls function name arguments extra actions
    trajectory_format exit_status model_stats workspace_root memory created_at metrics results instance_id success
    schema_version steps agent source action observation samples eval version status session_meta response_item uuid
    sessionId prompt completion reward conversations from value traces nodes transcripts id timestamp usage output
    """,
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["user", "assistant", "tool", "system", "response", "mini-swe-agent-1.1", "ATIF-v1.7", "session"]),
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda children: st.one_of(
        st.lists(children, max_size=4), st.dictionaries(st.sampled_from(WORDS), children, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=3), name=st.sampled_from(["x.json", "x.jsonl", "x.traj"]))
def test_no_document_made_of_known_words_breaks_a_reader(tmp_path: Path, documents: list[Any], name: str) -> None:
    path = tmp_path / name
    path.write_text("\n".join(map(json.dumps, documents)))
    try:
        for trajectory in read(path):
            check_trajectory(trajectory)
    except NotATrajectory as refusal:
        assert "\n" not in refusal.why  # noqa: PT017 - either way is right


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"PK\x03\x04broken", b"PAR1broken", b"\x28\xb5\x2f\xfd", b"[" * 9999]
)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.eval", "x.parquet", "x.jsonl.zst", "messages.jsonl"])
def test_no_bytes_under_any_name_break_a_reader(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    for reader in readers():
        reader.sniff(Source(path))
    with pytest.raises(NotATrajectory):
        list(read(path))
