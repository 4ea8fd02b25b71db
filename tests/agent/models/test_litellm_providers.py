"""Providers with a wire of their own, through litellm: Ollama, Gemini, and OpenAI's Responses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.model_calls import ACTING, ARGUMENTS, HELLO, SHELL, USER, arguments, ask, call, model_for
from support.model_server import ModelServer, Raw, sse

# Ollama


@pytest.mark.parametrize(("model", "on", "off"), [("qwen3:8b", True, False), ("gpt-oss:20b", "medium", "low")])
def test_ollama_thinks_and_calls(model: str, on: Any, off: Any) -> None:
    with ModelServer([ACTING] * 3) as server:
        outcomes = [ask("litellm", server, f"ollama_chat/{model}", thinking=value) for value in (True, False, None)]
        bodies = [request.body for request in server.requests]
    assert [body.get("think") for body in bodies] == [on, off, None]
    message = outcomes[0].reply.message
    assert arguments(message) == ARGUMENTS
    assert (message["content"], message["reasoning_content"]) == ("Looking.", "Let me think.")
    usage = outcomes[0].reply.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cost_usd) == (90, 20, None)


def test_ollama_takes_its_options_and_the_history() -> None:
    with ModelServer([ACTING, HELLO]) as server:
        model = model_for("ollama_chat/qwen3:8b", server.root_url, temperature=0.1, top_k=3, min_p=0.2, top_p=0.7)
        message = call(model, max_tokens=444).reply.message
        results = [{"role": "tool", "tool_call_id": made["id"], "content": "x"} for made in message["tool_calls"]]
        assert call(model, [*USER, message, *results]).reply
        model.close()
        first, second = (request.body for request in server.requests)
    assert first["options"] == {"temperature": 0.1, "top_k": 3, "min_p": 0.2, "top_p": 0.7, "num_predict": 444}
    assert [made["function"]["arguments"] for made in second["messages"][1]["tool_calls"]] == [
        {"cmd": "ls"},
        {"cmd": "pwd"},
    ]


def test_an_error_line_of_ollama_is_a_failed_attempt() -> None:
    with ModelServer([Raw([b'{"error":"model runner has unexpectedly stopped"}\n']), HELLO]) as server:
        outcome = ask("litellm", server, "ollama_chat/qwen3:8b")
    assert outcome.reply.attempts == 2
    assert "unexpectedly stopped" in outcome.retries[0].reason


# Gemini


def gemini(*parts: dict[str, Any]) -> Raw:
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 3, "totalTokenCount": 18}
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
    return sse({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "g", "responseId": "r"}, done=False)


def test_gemini_gets_its_thought_signatures_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "key-of-the-test")
    function = {"name": "shell", "args": {"cmd": "ls"}}
    first = gemini(
        {"text": "Hm.", "thought": True}, {"text": "Hi."}, {"functionCall": function, "thoughtSignature": "U0lH"}
    )
    with ModelServer([first, gemini({"text": "Done."})]) as server:
        model = model_for("gemini/gemini-3-pro-preview", server.root_url)
        outcome = call(model)
        message = outcome.reply.message
        result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "x"}
        assert call(model, [*USER, message, result]).reply
        model.close()
        parts = server.requests[1].body["contents"][1]["parts"]
    assert (message["content"], message["reasoning_content"]) == ("Hi.", "Hm.")
    assert arguments(message) == ARGUMENTS[:1]
    assert outcome.reply.usage.completion_tokens == 8
    assert outcome.reply.usage.reasoning_tokens == 3
    assert [part.get("thoughtSignature") for part in parts if "function_call" in part] == ["U0lH"]


@pytest.mark.parametrize(
    ("model", "thinking", "config", "warnings"),
    [
        ("gemini-2.5-flash", True, {"thinkingBudget": 2048, "includeThoughts": True}, 0),
        ("gemini-2.5-flash", False, {"thinkingBudget": 0, "includeThoughts": False}, 0),
        ("gemini-3-pro-preview", False, {"thinkingLevel": "low", "includeThoughts": True}, 1),
    ],
)
def test_thinking_reaches_gemini(
    monkeypatch: pytest.MonkeyPatch, model: str, thinking: bool, config: dict[str, Any], warnings: int
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "key-of-the-test")
    with ModelServer([gemini({"text": "Hi."})]) as server:
        outcome = ask("litellm", server, f"gemini/{model}", thinking=thinking, top_k=7)
        sent = server.requests[0].body["generationConfig"]
    assert outcome.reply
    assert sent["thinkingConfig"] == config
    assert sent["top_k"] == 7
    assert len(outcome.warnings) == warnings


# OpenAI


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "warned"),
    [
        ("gpt-5-mini", True, "medium", False),
        ("gpt-5-mini", False, "minimal", True),
        ("gpt-5.1", False, "none", False),
        ("o3", False, "low", True),
    ],
)
def test_thinking_reaches_openais_own_models(model: str, thinking: bool, effort: str, warned: bool) -> None:
    with ModelServer([HELLO]) as server:
        outcome = ask("litellm", server, f"openai/{model}", thinking=thinking, max_tokens=900)
        body = server.requests[0].body
    assert body["reasoning_effort"] == effort
    assert body["max_completion_tokens"] == 900
    assert bool(outcome.warnings) is warned


def test_a_model_that_needs_the_responses_interface_gets_it() -> None:
    response = {"id": "r", "object": "response", "created_at": 1, "status": "in_progress", "model": "m", "output": []}
    function = {
        "type": "function_call",
        "id": "fc",
        "call_id": "c",
        "name": "shell",
        "arguments": "",
        "status": "in_progress",
    }
    usage = {
        "input_tokens": 90,
        "input_tokens_details": {"cached_tokens": 40},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 7},
        "total_tokens": 110,
    }
    whole = {**function, "arguments": ARGUMENTS[0], "status": "completed"}
    common = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {}}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, **common}},
        {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Hi."},
        {"type": "response.output_item.added", "output_index": 1, "item": function},
        {"type": "response.function_call_arguments.delta", "item_id": "fc", "output_index": 1, "delta": ARGUMENTS[0]},
        {"type": "response.output_item.done", "output_index": 1, "item": whole},
        {
            "type": "response.completed",
            "response": {**response, **common, "status": "completed", "output": [whole], "usage": usage},
        },
    ]
    parts = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    with ModelServer([Raw(parts)]) as server:
        outcome = ask("litellm", server, "openai/gpt-5.4", thinking=True)
        assert server.requests[0].path.endswith("/responses")
        assert server.requests[0].body["tools"][0]["name"] == SHELL["function"]["name"]
    assert outcome.reply.message["content"] == "Hi."
    assert arguments(outcome.reply.message) == ARGUMENTS[:1]
    assert outcome.reply.usage.reasoning_tokens == 7
    assert outcome.reply.usage.cost_usd is None  # another address than OpenAI's: litellm's price would be a guess


def test_a_model_without_a_provider_is_explained() -> None:
    model = model_for("my-model", "http://127.0.0.1:9/v1")
    outcome = call(model)
    model.close()
    assert "openai/my-model" in str(outcome.error)


def test_errors_of_the_program_come_through_untried() -> None:
    with ModelServer([HELLO]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url)
        outcome = call(model, tools=[{"type": "function", "function": object()}])
        model.close()
        assert not server.requests
    assert isinstance(outcome.error, TypeError)
    assert not outcome.retries
