"""Files of mini-swe-agent 1: the action in a fenced block, the observation said by the user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent.formats import read
from nano_agent.formats.mini_swe_agent import MiniSweAgentReader
from support.conformance import check_reader, file_named
from support.mini_swe import PROMPTS, document, write


def first_version(*texts: str, timestamps: bool = False, **info: Any) -> dict[str, Any]:
    """A run of version 1; the texts after the prompts are the model's and the answers' in turn."""
    messages: list[dict[str, Any]] = list(PROMPTS)
    for number, text in enumerate(texts):
        message: dict[str, Any] = {"role": "user" if number % 2 else "assistant", "content": text}
        if timestamps:
            message["timestamp"] = 100.0 + number
            if not number % 2:
                usage = {"prompt_tokens": 30, "completion_tokens": 10 * (number + 1), "cost": 9.9}
                message["extra"] = {"response": {"usage": usage}}
        messages.append(message)
    return document(messages, **info) | {"trajectory_format": "mini-swe-agent-1"}


def test_version_1(tmp_path: Path) -> None:
    run = next(
        read(
            write(
                tmp_path,
                first_version(
                    "Look.\n```bash\nls\n```",
                    "<returncode>2</returncode>\n<output>\nno\n</output>",
                    "No command.",
                    "Please give exactly one.",
                    "```bash\nsleep 9\n```",
                    "The last command <command>sleep 9</command> timed out and has been killed.",
                    "```bash\necho COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\n```",
                    "the diff",
                    submission="the diff",
                ),
            )
        )
    )
    assert (run.n_messages, run.n_assistant, run.n_tool_calls) == (10, 4, 0)
    assert run.messages[2].tool_calls[0].arguments == {"command": "ls"}
    assert run.messages[4].tool_calls == ()
    outcomes = [(m.exit_code, m.failed, m.note) for m in run.messages[3::2]]
    assert outcomes == [
        (2, True, ""),
        (None, True, "format error"),
        (None, True, "timed out"),
        (None, False, "submitted"),
    ]
    assert all(m.answers for m in run.messages[3::2])
    assert run.diff == "the diff"
    assert run.usage.cost_usd == 0.5


def test_version_1_shares_its_cost_by_tokens_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, first_version("```bash\na\n```", "<returncode>0</returncode>", "b", "c", timestamps=True))
    run = next(read(path))
    usages = [m.usage for m in run.messages if m.usage]
    assert [u.cost_usd for u in usages] == [pytest.approx(0.5 * 40 / 100), pytest.approx(0.5 * 60 / 100)]
    assert all(u.cost_estimated for u in usages)
    assert not run.usage.cost_estimated
    assert run.messages[3].seconds == 1.0


def test_the_providers_own_cost_is_believed_only_where_it_is_one(tmp_path: Path) -> None:
    path = write(tmp_path, first_version("a", "b", timestamps=True, model_type="x.OpenRouterModel"))
    assert [m.usage.cost_usd for m in next(read(path)).messages if m.usage] == [9.9]


def test_a_files_own_pattern_for_commands(tmp_path: Path) -> None:
    said = "Look.\n<bash>\nls\n</bash>"
    path = write(tmp_path, first_version(said, "ok", agent={"action_regex": r"<bash>\s*(.*?)\s*</bash>"}))
    assert next(read(path)).messages[2].tool_calls[0].arguments == {"command": "ls"}


def test_a_pattern_that_never_ends_is_not_run(tmp_path: Path) -> None:
    path = write(tmp_path, first_version("a" * 5000, "ok", agent={"action_regex": "(a+)+(.*?)(a+)+b"}))
    assert next(read(path)).n_assistant == 1


def test_many_fences_without_an_end(tmp_path: Path) -> None:
    path = write(tmp_path, first_version("x```bash\n" * 200_000, "ok"))
    assert next(read(path)).messages[2].tool_calls == ()


def test_a_bare_list(tmp_path: Path) -> None:
    messages = [*PROMPTS, {"role": "assistant", "content": "```bash\nls\n```"}]
    messages += [{"role": "user", "content": "<returncode>\n0\n</returncode>"}]
    run = next(read(write(tmp_path, messages)))
    assert run.format == "mini_swe_agent"
    assert run.usage.cost_usd is None
    assert run.messages[3].exit_code == 0


def test_stands_damage(tmp_path: Path) -> None:
    sample = first_version("```bash\nls\n```", "<returncode>0</returncode>", "words", "error", timestamps=True)
    check_reader(MiniSweAgentReader(), json.dumps(sample).encode(), file_named("run.traj.json"), tmp_path)
