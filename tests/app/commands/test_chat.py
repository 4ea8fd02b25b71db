"""`nano-tui chat`: tasks and slash commands, typed or on the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from nano_tui.cli import run
from support.engine import Bench, events
from support.recordings import Entry
from support.tags import final, tool


def chat(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, typed: str, *more: str, replies: list[Entry] | None = None
) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    model = bench.model(replies or [tool("list_files"), final("Three files."), final("Nothing else.")])
    command = ["chat", "--repo", str(bench.repo.root), "--scaffold", "mini-coding-agent", "--model", model]
    return run([*command, *more])


def test_tasks_and_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path)
    typed = "/help\n/memory\nWhat is here?\n\n/memory\n/session\nAnd else?\n/nonsense\n/reset\n/memory\n/exit\nnever\n"
    assert chat(bench, monkeypatch, typed) == 0
    said = capsys.readouterr()
    assert said.out.startswith("/help ")
    assert "- task: What is here?" in said.out
    assert "Three files." in said.err
    assert "Nothing else." in said.err
    assert "There is no command /nonsense;" in said.out
    assert said.out.rstrip().endswith("Nothing yet.")
    (folder,) = (bench.repo.root / ".nano-agent").glob("20*")
    assert str(folder) in said.out
    assert len(events(folder, "end")) == 2


def test_the_latest_session_goes_on_and_commands_may_stand_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path)
    assert chat(bench, monkeypatch, "", "What is here?") == 0
    capsys.readouterr()
    assert chat(bench, monkeypatch, "/quit\n", "--resume", "latest", "/memory") == 0
    assert "- task: What is here?" in capsys.readouterr().out


def test_what_cannot_begin_is_said_and_the_session_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path)
    assert chat(bench, monkeypatch, "", "--resume", "latest") == 1
    assert "no session yet of mini-coding-agent" in capsys.readouterr().err
    (bench.repo.root / "new").write_text("x")
    assert chat(bench, monkeypatch, "Do it\n/session\n", "--clean") == 0
    said = capsys.readouterr()
    assert "uncommitted changes: new" in said.err
    assert "Nothing has been recorded yet." in said.out
