"""Claude through litellm, which speaks Anthropic's own wire."""

from __future__ import annotations

from typing import Any

import pytest

from support.model_calls import ACTING, ARGUMENTS, HELLO, USER, arguments, ask, call, model_for
from support.model_server import Cut, Html, ModelServer, Raw, Status

CLAUDE = "anthropic/claude-sonnet-4-5"


def test_claude_thinks_signs_and_calls() -> None:
    with ModelServer([ACTING]) as server:
        outcome = ask("litellm", server, CLAUDE, thinking=True)
        assert server.requests[0].path == "/v1/messages"
    message = outcome.reply.message
    assert arguments(message) == ARGUMENTS
    assert (outcome.text, outcome.reasoning) == ("Looking.", "Let me think.")
    block = {"type": "thinking", "thinking": "Let me think.", "signature": "signature-of-the-thinking"}
    assert message["thinking_blocks"] == [block]
    assert "provider_specific_fields" not in message
    assert outcome.reply.finish_reason == "tool_calls"


def test_claude_usage_is_what_was_stated_and_priced_from_no_table_at_another_address() -> None:
    with ModelServer([ACTING]) as server:
        usage = ask("litellm", server, CLAUDE).reply.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (90, 20, 40)
    assert usage.reasoning_tokens is None  # Anthropic does not say; litellm would guess
    assert usage.cost_usd is None


def test_claude_gets_its_signed_thinking_back() -> None:
    with ModelServer([ACTING, HELLO]) as server:
        model = model_for(CLAUDE, server.root_url, thinking=True)
        message = call(model).reply.message
        results = [{"role": "tool", "tool_call_id": made["id"], "content": "x"} for made in message["tool_calls"]]
        assert call(model, [*USER, message, *results]).reply
        model.close()
        sent = server.requests[1].body["messages"][1]["content"]
    assert sent[0] == {"type": "thinking", "thinking": "Let me think.", "signature": "signature-of-the-thinking"}
    assert [part["type"] for part in sent] == ["thinking", "text", "tool_use", "tool_use"]


@pytest.mark.parametrize(
    ("model", "thinking", "max_tokens", "sent"),
    [
        (CLAUDE, True, 4000, {"type": "enabled", "budget_tokens": 2000}),
        (CLAUDE, True, 1600, {"type": "enabled", "budget_tokens": 1024}),
        (CLAUDE, False, 4000, {"type": "disabled"}),
        (CLAUDE, None, 4000, None),
        ("anthropic/claude-opus-4-7", True, 4000, {"type": "adaptive", "display": "summarized"}),
        ("anthropic/claude-opus-4-7", False, 4000, {"type": "disabled"}),
    ],
)
def test_thinking_reaches_claude(model: str, thinking: bool | None, max_tokens: int, sent: Any) -> None:
    with ModelServer([HELLO]) as server:
        outcome = ask("litellm", server, model, thinking=thinking, max_tokens=max_tokens)
        body = server.requests[0].body
    assert body.get("thinking") == sent
    assert body["max_tokens"] == max_tokens
    assert not outcome.warnings


def test_a_short_reply_leaves_claude_no_room_to_think_and_that_is_said() -> None:
    with ModelServer([HELLO] * 2) as server:
        model = model_for(CLAUDE, server.root_url, thinking=True)
        first, second = call(model, max_tokens=1200), call(model, max_tokens=1200)
        model.close()
        assert "thinking" not in server.requests[0].body
    assert "no room for thinking" in first.warnings[0]
    assert not second.warnings


def test_sampling_that_claude_refuses_while_thinking_is_left_out() -> None:
    sampling = {"temperature": 0.2, "top_p": 0.5, "top_k": 10, "min_p": 0.1}
    with ModelServer([HELLO] * 2) as server:
        thinking = ask("litellm", server, CLAUDE, thinking=True, **sampling)
        plain = ask("litellm", server, CLAUDE, **sampling)
        first, second = (request.body for request in server.requests)
    assert not sampling.keys() & first.keys()
    assert len(thinking.warnings) == 4
    assert (second["temperature"], second["top_p"], second["top_k"]) == (0.2, 0.5, 10)
    assert plain.warnings == [f"min_p was left out: {CLAUDE} does not take it"]


def test_what_a_newer_claude_does_not_take_is_known_beforehand() -> None:
    with ModelServer([HELLO]) as server:
        outcome = ask("litellm", server, "anthropic/claude-opus-4-7", temperature=0.2)
        assert len(server.requests) == 1
        assert "temperature" not in server.requests[0].body
    assert len(outcome.warnings) == 1


@pytest.mark.parametrize(
    "failure",
    [
        Status(529, "Overloaded"),
        Cut(after=6),
        Cut(after=6, clean=True),
        Raw([b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n']),
    ],
    ids=["overloaded", "cut", "ended", "error"],
)
def test_claude_is_asked_again_after_what_may_pass(failure: Any) -> None:
    with ModelServer([failure, HELLO]) as server:
        outcome = ask("litellm", server, CLAUDE)
    assert outcome.reply.attempts == 2
    assert outcome.reply.message["content"] == "Hello there."


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Status(401, "invalid x-api-key"), "set ANTHROPIC_API_KEY"),
        (Status(400, "Your credit balance is too low to access the Anthropic API."), "Add credit"),
        (Status(400, "prompt is too long: 210000 tokens > 200000 maximum"), "lower token limit"),
        (Html(), "Is api_base right?"),
    ],
    ids=["key", "credit", "long", "html"],
)
def test_claude_says_no(failure: Any, words: str) -> None:
    with ModelServer([failure]) as server:
        outcome = ask("litellm", server, CLAUDE)
        assert len(server.requests) == 1
    assert words in str(outcome.error)
