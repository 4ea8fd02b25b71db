"""Callers of nano-agent and of its trainers find what they had."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from nano_agent import Agent, formats
from nano_agent.cli import main, parser
from support.engine import Bench, check_history, metadata
from support.parquets import parquet_of
from support.recordings import Said, patch, shell

FIX = patch("print('a')", "print('b')", "a.py")


def run_row(row: dict[str, str], config: dict[str, Any], folder: Path) -> tuple[Agent, str]:
    """A clone of a row's repository at its commit, and an agent that has worked on it."""
    clone = folder / row["instance_id"]
    subprocess.run(["git", "clone", "--quiet", row["repo"], str(clone)], check=True)
    subprocess.run(["git", "-C", str(clone), "checkout", "--quiet", row["base_commit"]], check=True)
    agent = Agent(**config)
    return agent, agent.run(task=row["problem_statement"], repo_root=clone)


def rollout(row: dict[str, str], config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a trainer does with a row of its data: clone, run, take the parts apart, add the statistics."""
    agent, diff = run_row(row, config, folder)
    return dict(
        prompt=agent.messages[:2],
        completion=agent.messages[2:],
        tools=agent.tools,
        generated_diff=diff,
        token_usage=agent.token_usage,
        tool_usage=agent.tool_usage,
        **agent.tool_stats,
    )


def test_a_trainer_gets_its_rows(bench: Bench) -> None:
    commit = bench.repo.git("rev-parse", "HEAD").strip()
    row = {"instance_id": "x__y-1", "repo": str(bench.repo.root), "base_commit": commit, "problem_statement": "Fix a."}
    config = {
        "model": bench.model([[shell("cat a.py"), shell("false")], Said(calls=[FIX], reasoning="Hm."), "Done."]),
        "api_base": None,
        "thinking": True,
        "temperature": 1.0,
        "top_p": 0.95,
        "min_p": 0.01,
        "top_k": 20,
        "token_limit": 14_336,
        "tool_limit": 30,
        "response_limit": 4096,
        "time_limit": 300,
        "verbose": False,
        "log": False,
    }
    result = rollout(row, config, bench.place / "clones")
    assert [m["role"] for m in result["prompt"]] == ["system", "user"]
    assert "Fix a." in result["prompt"][1]["content"]
    assert [m["role"] for m in result["completion"]] == ["assistant", "tool", "tool", "assistant", "tool", "assistant"]
    check_history([*result["prompt"], *result["completion"]])
    assert result["generated_diff"].endswith("-print('a')\n+print('b')\n")
    assert [tool["function"]["name"] for tool in result["tools"]] == ["shell", "apply_patch"]
    assert (result["tool_usage"], result["tool_calls_shell"], result["tool_success_rate_shell"]) == (3, 2, 0.5)
    assert result["shell_cmd_cat"] == 1
    assert 0 < result["token_usage"] < 14_336
    assert json.loads(json.dumps(result)) == result
    assert not (bench.place / "clones/x__y-1/.nano-agent").exists(), "log=False keeps no run folder"


def test_a_table_of_tasks_becomes_a_table_of_rollouts(bench: Bench) -> None:
    """The example of a table on a hub, with one on this disk in its place: load, run a row, push back."""
    commit = bench.repo.git("rev-parse", "HEAD").strip()
    task = {"repo": str(bench.repo.root), "base_commit": commit, "problem_statement": "Fix a."}
    table = bench.place / "train.parquet"
    table.write_bytes(parquet_of([{"instance_id": f"x__y-{n}", **task} for n in (1, 2)]))
    rows = parquet.read_table(table).to_pylist()
    config = {"model": bench.model([shell("cat a.py"), FIX, "Done."]), "thinking": True, "log": False}
    results = []
    for row in rows:
        agent, diff = run_row(row, config, bench.place)
        results.append({**row, "messages": agent.messages, "generated_diff": diff})
    done = bench.place / "rollouts.parquet"
    done.write_bytes(parquet_of(results))
    opened = list(formats.read(done))
    assert [run.instance for run in opened] == ["x__y-1", "x__y-2"]
    assert all(run.n_assistant == 3 and run.n_tool_calls == 2 for run in opened)
    assert all(row["generated_diff"].endswith("-print('a')\n+print('b')\n") for row in results)


def test_what_is_left_is_told(bench: Bench) -> None:
    agent = bench.run([FIX, "Done."], tool_limit=5, token_limit=8192)
    assert agent.remaining_tool_calls == 4
    assert agent.remaining_tokens == 8192 - agent.token_usage


def test_the_command_line_of_nano_agent(bench: Bench, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    flags = "--temperature 0.7 --top_p 0.9 --min_p 0.0 --top_k 20 --token_limit 32768 --tool_limit 50"
    words = ["Fix it", "--path", str(bench.repo.root), "--model", bench.model([FIX, "Done."]), "--thinking"]
    assert main([*words, *flags.split(), "--response_limit", "4096", "--api_base", "http://localhost:1/v1"]) == 0
    said = capsysbinary.readouterr()
    assert said.out.endswith(b"-print('a')\n+print('b')\n")
    folder = Path(said.err.decode().strip().splitlines()[-1])
    known = metadata(folder)
    assert (known["thinking"], known["limits"]["tool_limit"], known["sampling"]["top_k"]) == (True, 50, 20)
    assert main(["Fix it", "--path", str(bench.repo.root), "--model", bench.model(["x"])]) == 1
    assert b"uncommitted changes" in capsysbinary.readouterr().err


def test_flags_of_older_generations_are_taken() -> None:
    old = parser().parse_args(["t", "--max_tool_calls", "7", "--create_tool", "--no-log", "--tool-limit", "8"])
    assert (old.tool_limit, old.log) == (8, False)
    assert parser().parse_args(["t", "--max_tool_calls", "7"]).tool_limit == 7


def test_it_runs_as_a_module_and_loads_no_screen() -> None:
    code = "import sys, nano_agent.cli; sys.exit(any(m in sys.modules for m in ('textual', 'rich', 'litellm')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    done = subprocess.run([sys.executable, "-m", "nano_agent.cli", "--help"], capture_output=True, check=True)
    assert b"--token_limit" in done.stdout
