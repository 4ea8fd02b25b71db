from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent.library.as_json import as_json
from nano_agent.trajectory import Trajectory
from nano_tui.cli import run
from nano_widgets.safe import cells
from support.eventually import eventually
from support.hostile import DANGEROUS, HOSTILE
from support.runs import history, mini_file, nano_folder, say

CORPUS = list(HOSTILE.values())
PACKAGES = os.pathsep.join(
    str(Path(sys.modules[name].__file__ or "").parents[1]) for name in ("nano_agent", "nano_tui", "nano_widgets")
)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    nano_folder(runs / "2026-01-01T00:00:00-0000000a", model="openai/small")
    nano_folder(runs / "2026-01-02T00:00:00-0000000b", history("Fix the lexer", say("ok")), model="qwen/Qwen3")
    mini_file(runs / "c.traj.json", status="LimitsExceeded", cost=2.0)
    return runs


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_a_line_for_each_the_newest_first(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs.parent)
    assert run(["ls", "runs"]) == 0
    second, first, mini = lines(capsys)
    assert second.endswith("runs/2026-01-02T00:00:00-0000000b")
    assert "Fix the lexer" in second
    assert "Qwen3" in second
    assert first.endswith("runs/2026-01-01T00:00:00-0000000a")
    assert "LimitsExceeded" in mini
    assert "$2.00" in mini


def test_what_is_no_path_is_the_query(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", str(runs), "model:qwen or cost>1", "sort:cost"]) == 0
    assert [line.split()[-1][-1] for line in lines(capsys)] == ["n", "b"]
    assert run(["ls", str(runs), "lexer"]) == 0
    assert len(lines(capsys)) == 1
    assert run(["ls", str(runs), "-n", "2"]) == 0
    assert len(lines(capsys)) == 2


def test_json_is_one_object_a_line_as_promised(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", "--json", str(runs), "sort:path"]) == 0
    objects = [json.loads(line) for line in lines(capsys)]
    assert [list(one) for one in objects] == [list(as_json(Trajectory("x", Path("/x"))))] * 3
    assert [one["format"] for one in objects] == ["nano", "nano", "mini_swe_agent"]
    assert objects[0]["path"] == str(runs / "2026-01-01T00:00:00-0000000a")
    assert objects[0]["cost_usd"] is None
    assert objects[2]["cost_usd"] == 2.0
    for one in objects:
        assert run(["show", "--json", one["path"]]) == 0
        (shown,) = lines(capsys)
        whole = json.loads(shown)
        del whole["steps"]
        assert whole == one, "show says the same"


def test_a_query_that_makes_no_sense_is_bad_usage(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", str(runs), "modle:qwen"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        'nano-tui ls: There is no field "modle". Did you mean "model"?',
        "  modle:qwen",
        "  ^^^^^",
    ]


@pytest.mark.parametrize("missing", ["/no/such/folder", "./nothing", "~/nothing"])
def test_a_missing_path_is_named(missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", missing]) == 1
    assert capsys.readouterr().err == f"nano-tui: {missing}: no such file or folder\n"


def test_a_file_that_is_no_trajectory_is_named_and_the_rest_is_listed(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = runs.parent / "notes.json"
    other.write_text('{"a": 1}')
    assert run(["ls", str(runs), str(other)]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"nano-tui: {other}: not a trajectory in any format known here\n"
    assert len(captured.out.splitlines()) == 3


def test_an_empty_folder_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["ls", str(tmp_path / "empty")]) == 0
    assert capsys.readouterr() == ("", "")


def test_without_a_path_every_known_place_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["ls"]) == 0
    assert "no runs in any known place" in capsys.readouterr().err
    nano_folder(Path.home() / ".nano" / "2026-01-01T00:00:00-0000000a")
    (tmp_path / ".git").mkdir()
    nano_folder(tmp_path / ".nano-agent" / "2026-01-02T00:00:00-0000000b")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert run(["ls"]) == 0
    assert [line[-1] for line in lines(capsys)] == ["b", "a"]
    nano_folder(tmp_path / "chosen" / "2026-01-03T00:00:00-0000000c")
    assert run(["ls", "--runs-dir", str(tmp_path / "chosen")]) == 0
    assert [line[-1] for line in lines(capsys)] == ["c", "b", "a"]


def test_a_second_look_sees_what_changed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["ls", str(runs)])
    mini_file(runs / "c.traj.json", status="Submitted")
    mini_file(runs / "d.traj.json")
    lines(capsys)
    run(["ls", str(runs), "format:mini"])
    assert [("Submitted" in line) for line in lines(capsys)] == [True, True]


@pytest.mark.parametrize("columns", [20, 40, 80, 160])
def test_lines_fit_the_terminal_whatever_is_in_them(
    tmp_path: Path, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, text in enumerate(CORPUS):
        mini_file(tmp_path / f"{number}.json", task=text, model=text, status=text or "x")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["ls", str(tmp_path)]) == 0
    shown = lines(capsys)
    assert len(shown) == len(CORPUS)
    for line in shown:
        assert DANGEROUS.search(line) is None, repr(line)
        assert cells(line) <= columns


def test_colours_are_for_terminals_that_want_them(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["ls", str(runs)])
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    run(["ls", str(runs)])
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    run(["ls", str(runs)])
    assert "\x1b" not in capsys.readouterr().out


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nano_tui", *arguments]


def test_a_reader_that_goes_away_is_no_drama(runs: Path) -> None:
    for number in range(3000):
        mini_file(runs / "many" / f"{number}.json", task="x" * 200)
    listing = subprocess.Popen(
        command("ls", str(runs)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": PACKAGES},
    )
    assert listing.stdout is not None
    assert listing.stderr is not None
    with listing:
        listing.stdout.readline()
        listing.stdout.close()
        assert listing.stderr.read() == b""
    assert listing.returncode in (0, 1)


def test_nothing_heavy_is_loaded(runs: Path) -> None:
    program = (
        "import sys; from nano_tui.cli import run\n"
        f"assert run(['ls', {str(runs)!r}]) == 0\n"
        "bad = {'textual', 'litellm', 'pydantic', 'httpx', 'openai', 'git', 'pyarrow', 'yaml'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    environment = {**os.environ, "PYTHONPATH": PACKAGES}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_ctrl_c_while_scanning_ends_with_130(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for number in range(400):
        nano_folder(tmp_path / f"2026-01-01T00:00:00-{number:08x}", history("x", *[say("y" * 2000)] * 40))
    listing = subprocess.Popen(
        command("ls", str(tmp_path), "nowhere"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": PACKAGES, "PYTHONUNBUFFERED": "1"},
    )
    assert listing.stderr is not None
    with listing:
        # The index is made when the scan begins.
        index = Path(os.environ["XDG_CACHE_HOME"]) / "nano-tui" / "library.db"
        eventually(index.exists)
        listing.send_signal(signal.SIGINT)
        errors = listing.stderr.read()
    assert listing.returncode in (130, 0), errors
    assert b"Traceback" not in errors


def test_a_cache_folder_that_cannot_be_used_is_told_and_the_list_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-folder").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-folder"))
    mini_file(tmp_path / "runs" / "a.traj.json", task="Paint the gate")
    assert run(["ls", str(tmp_path / "runs")]) == 0
    captured = capsys.readouterr()
    assert "Paint the gate" in captured.out
    assert captured.err.count("\n") == 1
    assert "the index of runs cannot be kept in" in captured.err


def test_what_is_in_a_folder_without_permission_is_not_called_missing(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = mini_file(runs / "shut" / "a.json")
    commands = ["ls"], ["show"], ["search", "x"]
    for command in commands:
        run([*command, str(inside) + "-missing"])  # all that is imported for it is there
    capsys.readouterr()
    user = os.geteuid()
    inside.parent.chmod(0)
    if user == 0:
        os.seteuid(65534)  # root may look everywhere
    try:
        assert [run([*command, str(inside)]) for command in commands] == [1] * 3
    finally:
        os.seteuid(user)
        inside.parent.chmod(0o700)
    assert capsys.readouterr().err == f"nano-tui: {inside}: permission denied\n" * 3
