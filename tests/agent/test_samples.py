"""The sample runs: whole, honest, and independent of the machine they were recorded on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from nano_agent import Trajectory
from nano_agent.workspace import restore_tree

SAMPLES = Path(__file__).resolve().parent.parent.parent / "sample_trajectories"
ENDS = {
    "fix-off-by-one": "done",
    "failed-patch": "done",
    "parallel-calls": "done",
    "nudged-after-retry": "done",
    "tool-limit": "tool_limit",
    "time-limit": "time_limit",
    "invalid-arguments": "done",
    "killed": "lost",
    "nano-codex": "done",
    "nano-code": "done",
    "mini-coding-agent": "done",
    "mini-swe-agent": "done",
    "mini-swe-agent-text": "done",
    "delegation": "done",
    "delegation-child": "done",
    "tiny": "done",
}


def events(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (SAMPLES / name / "events.jsonl").read_text().splitlines()]


def trees(name: str) -> list[str]:
    return [str(event["tree"]) for event in events(name) if event["type"] == "checkpoint"]


def test_these_are_all_and_the_readme_names_each() -> None:
    assert {folder.name for folder in SAMPLES.iterdir() if folder.is_dir()} == set(ENDS)
    readme = (SAMPLES / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in ENDS)


@pytest.mark.parametrize("name", ENDS)
def test_it_opens_and_says_how_it_ended(name: str) -> None:
    run = Trajectory.load(SAMPLES / name)
    assert (run.format, run.exit_status, run.live) == ("nano-run", ENDS[name], False)
    assert run.model == "hosted_vllm/scripted"
    assert run.usage.cost_usd
    assert run.usage.cost_estimated
    assert not run.warnings


@pytest.mark.parametrize("name", sorted(ENDS.keys() - {"killed"}))
def test_every_call_is_answered_in_order(name: str) -> None:
    run = Trajectory.load(SAMPLES / name)
    asked = [call.id for message in run.messages for call in message.tool_calls]
    assert [message.call_id for message in run.messages if message.is_observation] == asked


@pytest.mark.parametrize("name", ENDS)
def test_its_checkpoints_need_no_other_repository(name: str, tmp_path: Path) -> None:
    store = SAMPLES / name / "checkpoints.git"
    assert not (store / "objects" / "info" / "alternates").exists()
    for number, tree in enumerate(trees(name)):
        target = tmp_path / str(number)
        target.mkdir()
        restore_tree(store, tree, target)
        assert any(target.iterdir())


@pytest.mark.parametrize("name", sorted(ENDS.keys() - {"killed", "delegation-child"}))  # a child changes nothing
def test_the_diff_leads_from_the_first_checkpoint_to_the_last(name: str, tmp_path: Path) -> None:
    store, diff = SAMPLES / name / "checkpoints.git", SAMPLES / name / "diff.txt"
    first, last = tmp_path / "first", tmp_path / "last"
    for target, tree in ((first, trees(name)[0]), (last, trees(name)[-1])):
        target.mkdir()
        restore_tree(store, tree, target)
    if diff.stat().st_size:
        subprocess.run(["git", "apply", "--unsafe-paths", f"--directory={first}", str(diff)], cwd="/", check=True)
    assert contents(first) == contents(last)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_calls_that_were_not_run_say_so() -> None:
    run = Trajectory.load(SAMPLES / "tool-limit")
    assert [message.text.startswith("[not run:") for message in run.messages if message.role == "tool"][-2:] == [
        True
    ] * 2
    assert run.n_tool_calls == 8
    assert run.metadata["totals"]["tool_calls"] == 6


def test_the_retry_and_the_reminder_are_recorded() -> None:
    assert [event["attempt"] for event in events("nudged-after-retry") if event["type"] == "retry"] == [1]
    assert (
        "Nothing in the repository has changed yet" in Trajectory.load(SAMPLES / "nudged-after-retry").messages[5].text
    )


def test_the_child_and_its_parent_name_each_other() -> None:
    parent, child = Trajectory.load(SAMPLES / "delegation"), Trajectory.load(SAMPLES / "delegation-child")
    assert parent.children == (child.path,)
    assert [message.child for message in parent.messages if message.child] == [child.path]
    assert child.metadata["parent"] == parent.metadata["run_id"] == parent.path.name
