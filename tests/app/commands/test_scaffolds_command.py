"""`nano-tui scaffolds`, `-c` and `--dry-run`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nano_tui.cli import run
from support.engine import Bench


def test_the_list_names_each_with_its_tools(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scaffolds"]) == 0
    said = capsys.readouterr().out
    for words in ("nano\n", "mini-swe-agent\n", "tools: bash", "cost 3"):
        assert words in said
    assert run(["scaffolds", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0]["name"] == "nano"
    assert rows[0]["limits"]["tool_limit"] == 30


def test_one_is_shown_as_it_is_resolved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["scaffolds", "--show", "nano-code", "-c", "limits.cost_limit=1"]) == 0
    shown = capsys.readouterr().out
    assert "# limits.cost_limit: from limits.cost_limit=1" in shown
    (tmp_path / "again.yaml").write_text(shown)
    assert run(["scaffolds", "--show", str(tmp_path / "again.yaml"), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["scaffold"]["limits"]["cost_limit"] == 1.0
    assert run(["scaffolds", "--show", "nan0"]) == 1
    assert "did you mean nano?" in capsys.readouterr().err


def test_a_dry_run_says_what_would_be_sent_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path)
    command = ["run", "Fix it", "--repo", str(bench.repo.root), "--model", bench.model(["x"]), "--dry-run"]
    assert run([*command, "--tool-limit", "7", "-c", "limits.cost_limit=2", "--scaffold", "mini-swe-agent"]) == 0
    said = capsys.readouterr().out
    lines = {" ".join(line.split()) for line in said.splitlines()}
    assert {"limits.tool_limit 7 (given)", "limits.cost_limit 2 (limits.cost_limit=2)", "tools bash"} <= lines
    assert "--- user\nThis is the task:\n\nFix it" in said
    assert not (bench.repo.root / ".nano-agent").exists()
    assert run([*command, "-c", "limits.cots_limit=2"]) == 1
    assert "did you mean limits.cost_limit?" in capsys.readouterr().err
