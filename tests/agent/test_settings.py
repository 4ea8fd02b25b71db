"""Where the model, its endpoint and its key come from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nano_agent import Agent
from nano_agent.checks import CannotStart
from nano_agent.scaffolds import load_scaffold
from nano_agent.settings import Settings, SettingsError, find
from nano_agent.spec import AUTO, RunSpec
from support.engine import Bench, metadata
from support.model_server import ModelServer, Text

FILE = """\
# a comment
export OPENROUTER_API_KEY="sk-of-the-file"  # another
MODEL_NAME=qwen/qwen3-8b
"""


def found(folder: Path, environ: dict[str, str], scaffold: str = "nano-code", model: str = AUTO) -> Settings:
    return find(RunSpec("Do it", str(folder), model), load_scaffold(scaffold), environ)


def test_nano_codes_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(FILE)
    from_file = found(tmp_path, {})
    assert (from_file.model, from_file.api_base, from_file.key) == ("openrouter/qwen/qwen3-8b", None, "sk-of-the-file")
    assert from_file.origins["model"] == f"{tmp_path}/.env (MODEL_NAME)"
    both = found(tmp_path, {"MODEL_NAME": "x/y", "OPENROUTER_API_KEY": "sk-real"})
    assert (both.model, both.key) == ("openrouter/x/y", None)
    assert both.origins == {"key": "environment (OPENROUTER_API_KEY)", "model": "environment (MODEL_NAME)"}
    given = found(tmp_path, {}, model="openrouter/a/b")
    assert (given.model, given.key) == ("openrouter/a/b", "sk-of-the-file")
    assert "sk-" not in repr((from_file, from_file.origins))


def test_defaults(tmp_path: Path) -> None:
    assert found(tmp_path, {}).model == "openrouter/anthropic/claude-sonnet-4-6"
    assert found(tmp_path, {}, "nano").model == "openai/gpt-4.1-mini"
    assert found(tmp_path, {"NANO_MODEL": "a/b"}, "nano").origins["model"] == "environment (NANO_MODEL)"
    assert found(tmp_path, {"NANO_MODEL": "a/b"}, "nano", "c/d").model == "c/d"


def test_a_file_is_not_read_for_other_scaffolds(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(FILE)
    assert found(tmp_path, {}, "nano").key is None


def test_a_key_of_the_environment_is_not_sent_where_a_file_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("INFERENCE_BASE_URL=https://evil.example/v1\n")
    with pytest.raises(SettingsError, match="would be sent there"):
        found(tmp_path, {"OPENROUTER_API_KEY": "sk-real"})
    environ = {"OPENROUTER_API_KEY": "sk-real", "INFERENCE_BASE_URL": "https://mine.example/v1"}
    assert found(tmp_path, environ).api_base == "https://mine.example/v1"
    (tmp_path / ".env").write_text("INFERENCE_BASE_URL=https://other.example/v1\nOPENROUTER_API_KEY=theirs\n")
    assert found(tmp_path, {}).key == "theirs"


def test_a_run_asks_what_the_file_names_and_keeps_no_key(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENROUTER_API_KEY", "INFERENCE_BASE_URL", "MODEL_NAME", "NANO_MODEL"):
        monkeypatch.setenv(name, "")
    with ModelServer([Text("GOAL_COMPLETE")]) as server:
        text = f"{FILE}INFERENCE_BASE_URL={server.base_url}\n"
        bench.repo.write({".env": text, ".gitignore": ".env\n"}).commit()
        monkeypatch.chdir(bench.repo.root)
        agent = Agent("auto", scaffold="nano-code")
        agent.run("Do it")
        request = server.requests[0]
    assert (request.body["model"], request.headers["authorization"]) == ("qwen/qwen3-8b", "Bearer sk-of-the-file")
    assert agent.out_dir is not None
    assert metadata(agent.out_dir)["origins"]["key"].endswith("/.env (OPENROUTER_API_KEY)")
    for path in agent.out_dir.rglob("*"):
        assert not path.is_file() or b"sk-of-the-file" not in path.read_bytes()


def test_a_broken_pair_is_refused_before_anything_is_made(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-real")
    monkeypatch.delenv("INFERENCE_BASE_URL", raising=False)
    bench.repo.write({".env": "INFERENCE_BASE_URL=https://evil.example/v1\n"}).commit()
    with pytest.raises(CannotStart, match="would be sent there"):
        Agent("auto", scaffold="nano-code").run("Do it", bench.repo.root)
    assert os.environ["OPENROUTER_API_KEY"] == "sk-real"
