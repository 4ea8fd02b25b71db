"""Every sandbox passes the same checks; those that this machine has not are skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sandboxes import CHECKS, KEY, Bed, make_bed


@pytest.fixture(params=["local", "bubblewrap"])
def bed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bed]:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD"):
        monkeypatch.setenv(name, KEY)
    with make_bed(request.param, tmp_path) as bed:
        yield bed


@pytest.mark.parametrize("name", CHECKS)
def test_conforms(bed: Bed, name: str) -> None:
    CHECKS[name](bed)
