"""Dollars for tokens: the user's prices, the table, and what is not known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent.models.prices import PricesError, context_window, price
from nano_agent.trajectory import Usage

MILLION = Usage(1_000_000, 1_000_000)
NOTHING_SET: dict[str, str] = {}


def cost(model: str, usage: Usage = MILLION, **options: object) -> float | None:
    return price(model, usage, **{"environ": NOTHING_SET, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["openai/gpt-4.1-mini", "gpt-4.1-mini"])
def test_a_model_of_the_table(model: str) -> None:
    assert cost(model) == pytest.approx(0.4 + 1.6)
    assert cost(model, Usage(1_000_000, 0, cached_tokens=1_000_000)) == pytest.approx(0.1)


def test_long_prompts_and_written_caches_have_their_own_price() -> None:
    short, long = Usage(200_000, 0), Usage(200_001, 0)
    assert cost("gemini/gemini-2.5-pro", short) == pytest.approx(0.2 * 1.25)
    assert cost("gemini/gemini-2.5-pro", long) == pytest.approx(0.200001 * 2.5)
    assert cost("dashscope/qwen3-max", Usage(1000, 0)) == pytest.approx(1000 * 1.2e-6)
    assert cost("dashscope/qwen3-max", Usage(100_000, 0)) == pytest.approx(100_000 * 2.4e-6)
    assert cost("anthropic/claude-sonnet-4-5", Usage(100_000, 0), written=100_000) == pytest.approx(0.1 * 3.75)


@pytest.mark.parametrize(
    "model",
    [
        "openai/no-such-model",
        "no-such-model",
        "hosted_vllm/gpt-4.1-mini",
        "ollama_chat/llama3",
        "ollama/llama2",
        "gemini/gemini-exp-1206",  # a row of zeros
        "groq/gpt-4.1-mini",  # another provider's model
    ],
)
def test_what_is_not_known_is_not_free(model: str) -> None:
    assert cost(model) is None


def test_another_address_is_another_price() -> None:
    assert cost("openai/gpt-4.1-mini", api_base="http://localhost:8000/v1") is None
    assert cost("openai/gpt-4.1-mini", environ={"OPENAI_BASE_URL": "http://localhost:8000/v1"}) is None
    assert cost("openai/gpt-4.1-mini", api_base="https://api.openai.com/v1/") is not None
    assert cost("openai/gpt-4.1-mini", api_base="https://eu.api.openai.com/v1") is not None


def test_unknown_tokens_have_no_price() -> None:
    assert cost("openai/gpt-4.1-mini", Usage(None, 5)) is None
    assert cost("openai/gpt-4.1-mini", Usage(5, None)) is None
    assert cost("openai/gpt-4.1-mini", Usage(0, 0)) == 0


def test_given_prices_come_first() -> None:
    given = {"prompt": 2.0, "completion": 4.0}
    assert cost("openai/gpt-4.1-mini", prices=given) == pytest.approx(6.0)
    assert cost("hosted_vllm/q", prices={"prompt": 0, "completion": 0}) == 0
    assert cost("hosted_vllm/q", Usage(10**6, 10**6, 10**6), prices=given) == pytest.approx(6.0)
    reasoned = Usage(0, 10**6, 0, 10**6)
    assert cost("hosted_vllm/q", reasoned, prices={**given, "reasoning": 8.0}) == pytest.approx(8.0)


def test_the_users_file_of_prices_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    environ = {"NANO_PRICES": str(file)}
    file.write_text(json.dumps({"hosted_vllm/q": {"prompt": 1, "completion": 2, "cached": 0.5}}))
    assert cost("hosted_vllm/q", Usage(10**6, 10**6, 10**6), environ=environ) == pytest.approx(2.5)
    assert cost("hosted_vllm/other", environ=environ) is None
    assert cost("openai/gpt-4.1-mini", environ=environ) == pytest.approx(2.0)
    file.write_text(json.dumps({"hosted_vllm/q": {"prompt": 10, "completion": 20}}))
    assert cost("hosted_vllm/q", environ=environ) == pytest.approx(30)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"hosted_vllm/q": 5}',
        '{"hosted_vllm/q": {"prompt": 1}}',
        '{"hosted_vllm/q": {"prompt": "x", "completion": 1}}',
    ],
)
def test_a_file_of_prices_that_is_no_good_is_explained(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.json"
    file.write_text(text)
    with pytest.raises(PricesError):
        cost("hosted_vllm/q", environ={"NANO_PRICES": str(file)})
    with pytest.raises(PricesError, match="cannot be read"):
        cost("hosted_vllm/q", environ={"NANO_PRICES": str(tmp_path / "none.json")})


def test_context_windows() -> None:
    assert context_window("openai/gpt-4.1-mini") == 1047576
    assert context_window("hosted_vllm/gpt-4.1-mini") is None
    assert context_window("no-such-model") is None
    assert context_window("openai/gpt-4.1-mini", "http://localhost:8000/v1") is None
    assert context_window("replay/gpt-4.1-mini") is None


def test_the_table_is_read_without_litellm() -> None:
    code = (
        "import sys; from nano_agent.models.prices import context_window; import nano_agent.models.keys;"
        "assert not {'orjson', 'litellm', 'httpx', 'pydantic'} & set(sys.modules);"
        "assert context_window('gpt-4.1-mini'); assert not {'litellm', 'httpx', 'pydantic'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
