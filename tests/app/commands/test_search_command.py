from __future__ import annotations

import json
from pathlib import Path

import pytest

from nano_agent.library.library import Library
from nano_tui.cli import run
from nano_widgets.safe import cells
from support.hostile import DANGEROUS, HOSTILE
from support.runs import call, history, mini_file, nano_folder, result, say


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    messages = history("Fix the parser", call("c1", "shell", cmd="rm -rf build"), result("c1", "gone"), say("Done."))
    nano_folder(runs / "2026-01-01T00:00:00-0000000a", messages)
    mini_file(runs / "c.traj.json", cost=2.0, task="Never rm -rf anything")
    return runs


def test_hits_stand_below_their_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", '"rm -rf"', str(runs)]) == 0
    first, hit, second, other = capsys.readouterr().out.splitlines()
    assert first.endswith("0000000a")
    assert hit == "  step 1 call  shell rm -rf build"
    assert second.endswith("c.traj.json")
    assert "Never rm -rf anything" in other


def test_json_has_the_place_and_the_marks(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "--json", "cmd:build", str(runs)]) == 0
    (hit,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (hit["path"], hit["step"], hit["message"], hit["where"]) == (
        str(runs / "2026-01-01T00:00:00-0000000a"),
        1,
        2,
        "call",
    )
    assert [hit["excerpt"][a:b] for a, b in hit["spans"]] == ["build"]


def test_fields_alone_find_runs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "cost>1", str(runs)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("c.traj.json")
    assert run(["search", "cost>1", "--json", str(runs)]) == 0
    hit = json.loads(capsys.readouterr().out)
    assert (hit["step"], hit["excerpt"], hit["spans"]) == (None, None, [])


def test_words_are_indexed_when_that_is_asked_for(
    runs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(["search", "parser", str(runs)])
    without = capsys.readouterr().out
    library = Library([runs])
    assert not library.is_exact("parser")
    assert run(["search", "--index", "parser", str(runs)]) == 0
    assert capsys.readouterr() == (without, "")
    assert library.is_exact("parser")
    library.close()


def test_nothing_found_is_no_failure(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "nowhere", str(runs)]) == 0
    assert capsys.readouterr() == ("", "")


def test_bad_queries_and_paths_are_told(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "(parser", str(runs)]) == 2
    assert "never closed" in capsys.readouterr().err
    assert run(["search", "parser", str(runs / "missing")]) == 1
    assert capsys.readouterr().err == f"nano-tui: {runs / 'missing'}: no such file or folder\n"


def test_hostile_text_is_shown_and_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in enumerate(HOSTILE.values()):
        messages = history("Fix", say(text[:2000] + " needle " + text))
        nano_folder(tmp_path / "runs" / f"2026-01-01T00:00:00-{number:08x}", messages)
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["search", "needle", str(tmp_path / "runs")]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 2 * len(HOSTILE) + 1
    for line in lines:
        assert DANGEROUS.search(line) is None, repr(line)
        if line.startswith("  "):
            assert cells(line) <= 60
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["search", "needle", str(tmp_path / "runs")]) == 0
    assert "\x1b[1;7mneedle\x1b[0m" in capsys.readouterr().out
