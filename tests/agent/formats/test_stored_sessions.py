"""Sessions in JSON lines of which large ones stay on disk: whatever the records are, both ways tell the same."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.sessions import HEADS, session
from support.stored import check_both_ways


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(sorted(HEADS)), st.sampled_from([1, 2, 24]))
def test_sessions_come_out_the_same(tmp_path: Path, data: st.DataObject, kind: str, open_: int) -> None:
    path = tmp_path / "rollout.jsonl"
    path.write_text(data.draw(session(kind)), encoding="utf-8")
    assert check_both_ways(path, open_, data.draw(st.sampled_from([100, 1 << 20])))
