from __future__ import annotations

import json
from pathlib import Path

import pytest

from nano_tui.cli import run
from nano_widgets.safe import cells
from support.hostile import DANGEROUS, EVERYTHING
from support.runs import call, history, mini_file, nano_folder, result, say

SHARED = Path(__file__).parents[4] / "shared" / "trajectories"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    patch = call("c2", "apply_patch", file="a.py", search="x\ny", replace="z")
    messages = history(
        "Fix the parser",
        call("c1", "shell", cmd="ls\npwd"),
        result("c1", "command failed with exit code 2\nno"),
        patch,
        result("c2", "patch applied successfully"),
        say("Done."),
    )
    return nano_folder(tmp_path / "2026-01-01T00:00:00-0000000a", messages)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["show", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_all_of_a_run_is_there_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(folder))
    parts = [
        "nano  " + str(folder),
        "task     Fix the parser",
        "model    openai/small",
        "3 steps · 7 messages · 2 tool calls",
        "── user ──",
        "── 1 assistant ──",
        "→ shell  ls\n    pwd",
        "── result shell ──",
        "exit 2",
        "no",
        "── 2 assistant ──",
        "→ apply_patch\n  file: a.py\n  search: x\n    y\n  replace: z",
        "── 3 assistant ──",
        "Done.",
        "── final diff ──",
        "+++ b/x",
        "+b",
    ]
    at = 0
    for part in parts:
        at = text.find(part, at)
        assert at >= 0, f"{part!r} is missing or out of order in\n{text}"


def test_one_step_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(folder), "--step", "2")
    assert "apply_patch" in text
    assert "pwd" not in text
    assert "final diff" not in text
    (step,) = json.loads(shown(capsys, str(folder), "--step", "2", "--json"))["steps"]
    assert step["index"] == 2
    assert run(["show", str(folder), "--step", "4"]) == 1
    assert "it has 3 steps, so there is no step 4" in capsys.readouterr().err


def test_json_is_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(shown(capsys, str(folder), "--json"))
    assert (whole["n_messages"], whole["n_assistant"], whole["n_tool_calls"], whole["n_steps"]) == (7, 3, 2, 3)
    assert whole["steps"][0]["tool_calls"] == [{"id": "c1", "name": "shell", "arguments": {"cmd": "ls\npwd"}}]
    assert whole["steps"][0]["exit_codes"] == [2]
    assert whole["path"] == str(folder)


def test_costs_are_in_the_margin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(mini_file(tmp_path / "a.traj.json", cost=0.5, commands=["ls", "pwd"])))
    assert "$0.500" in text
    assert "$0.250" in text
    assert "exit 0" in text


def test_a_file_with_several_gives_one_object_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.dumps({"messages": history(f"Task {number}", say("ok"))}) for number in range(3)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(rows) + "\n")
    objects = [json.loads(line) for line in shown(capsys, str(path), "--json").splitlines()]
    assert [one["task"] for one in objects] == ["Task 0", "Task 1", "Task 2"]
    assert shown(capsys, str(path)).count("── user ──") == 3
    assert "Task 1" in shown(capsys, str(path), "--sample", "2")
    assert run(["show", str(path), "--sample", "9"]) == 1
    assert capsys.readouterr().err == f"nano-tui: {path}: no sample called 9\n"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("missing", None, "no such file or folder"),
        ("empty.json", b"", "the file is empty"),
        ("text.json", b"hello", "not a trajectory in any format known here"),
        ("preds.json", b'{"a": {"model_patch": "x"}}', ""),
    ],
)
def test_what_is_no_trajectory_is_named_in_one_line(
    tmp_path: Path, name: str, data: bytes | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    for options in ([], ["--json"], ["--step", "1"]):
        assert run(["show", str(path), *options]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(f"nano-tui: {path}: {why}")
        assert captured.err.count("\n") == 1


def test_a_name_is_no_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evil\x1b]52;c;eA==\x07\n.json"
    path.write_bytes(b"nothing")
    assert run(["show", str(path)]) == 1
    error = capsys.readouterr().err
    assert DANGEROUS.search(error.removesuffix("\n")) is None


@pytest.mark.parametrize("columns", [40, 100])
def test_hostile_text_is_shown_and_does_nothing(
    tmp_path: Path, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = history(
        EVERYTHING,
        {
            **call(EVERYTHING[:500], EVERYTHING[:5000], **{EVERYTHING[:300]: EVERYTHING}),
            "reasoning_content": EVERYTHING,
        },
        result(EVERYTHING[:500], EVERYTHING),
        call("c2", "shell", cmd=EVERYTHING),
        {"role": "weird", "content": EVERYTHING, "name": EVERYTHING[:500]},
    )
    diff = EVERYTHING.encode("utf-8", "replace").decode()
    folder = nano_folder(tmp_path / "2026-01-01T00:00:00-0000000a", messages, model=EVERYTHING[:3000], diff=diff)
    monkeypatch.setenv("COLUMNS", str(columns))
    text = shown(capsys, str(folder))
    for line in text.split("\n"):
        assert DANGEROUS.search(line) is None, repr(line[:200])
        if line.startswith("── "):
            assert cells(line) <= columns
    assert text.count("ZXZpbA==") >= 6, "all of it is there to be read"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    coloured = shown(capsys, str(folder))
    assert set(coloured.replace("\x1b[", "")) == set(text), "nothing but our own colours is added"


def test_real_trajectories_can_all_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared/trajectories is not there")
    expected = json.loads((SHARED / "expected.json").read_text())
    for name, what in expected.items():
        code = run(["show", str(SHARED / name), "--json"])
        captured = capsys.readouterr()
        assert code in (0, 1), name
        if what.get("table"):
            assert json.loads(captured.out)["format"] == what["format"], name
        elif what.get("decoy"):
            assert (code, captured.out, captured.err.count("\n")) == (1, "", 1), name
        elif code == 0:
            objects = [json.loads(line) for line in captured.out.splitlines()]
            assert all(one["n_steps"] == len(one["steps"]) for one in objects), name
        else:
            assert what.get("broken"), f"{name}: {captured.err}"
        assert run(["show", str(SHARED / name)]) == code
        capsys.readouterr()


def test_a_table_of_results_is_printed_with_errors_apart_from_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(instance: str, success: bool, **more: object) -> dict[str, object]:
        figures = {"similarity": 0.5 * success, "test_similarity": 0.0, "token_usage": 100, "tool_usage": 3}
        return {"instance_id": instance, "repetition": 0, "success": success, **figures, **more}

    rows = [
        row("sum-1", True),
        row("sum-1", False),
        row("sum-2", False, error="no such\x1b commit"),
        row("sum-2", True),
    ]
    table = {"name": "nano_9", "metrics": {"success_rate": 0.5}, "results": rows, "config": {"model": "tiny"}}
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(table))
    text = shown(capsys, str(path))
    assert [line.split() for line in text.splitlines()[4:7]] == [
        ["sum-1", "✓✗", "1/2", "0.250", "100", "3.0"],
        ["sum-2", "!✓", "1/1", "0.500", "100", "3.0"],
        ["all", "2/3", "0.333", "100", "3.0"],
    ]
    assert "! 1 run failed with an error and is left out above; the file states 0.500" in text
    assert "sum-2: no such␛ commit" in text
    found = json.loads(shown(capsys, "--json", str(path)))
    assert (found["n_results"], found["n_errors"], found["results"][2]["error"]) == (3, 1, "no such\x1b commit")
    assert found["success_rate"] == pytest.approx(2 / 3)


def test_diffs_are_printed(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    sample = Path(__file__).parents[3] / "sample_trajectories" / "fix-off-by-one"
    recorded = (sample / "diff.txt").read_bytes()
    assert run(["show", str(sample), "--diff"]) == 0
    assert capfdbinary.readouterr().out == recorded
    assert run(["show", str(sample), "--diff", "--steps", "0..99"]) == 1
    assert b"There is no step 99." in capfdbinary.readouterr().err
    assert run(["show", str(sample), "--diff", "--steps", "3"]) == 1
    assert b"two numbers like 3..9" in capfdbinary.readouterr().err
    assert run(["show", str(sample), "--diff", "--step", "1"]) == 0
    assert capfdbinary.readouterr().out == b""
    assert run(["show", str(sample), "--diff", "--against", "gold"]) == 1
    assert b"no gold patch" in capfdbinary.readouterr().err
    gold = tmp_path / "gold.diff"
    gold.write_bytes(recorded)
    assert run(["show", str(sample), "--against", str(gold)]) == 0
    said = capfdbinary.readouterr()
    assert said.out == b""
    assert b"1 the same in both" in said.err
