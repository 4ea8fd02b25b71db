"""Through every client alike: how a reply is put together, and what it cost."""

from __future__ import annotations

import pytest

from nano_agent.models.base import DeadlinePassed
from support.model_calls import HELLO, ask, call, model_for
from support.model_server import (
    Call,
    Hang,
    ModelServer,
    Text,
    Tokens,
    deltas,
)


def test_the_reply_is_put_together_as_it_was_sent(client: str) -> None:
    arguments = ['{"cmd":  "echo \\"é\\" | cat"}', "{not json"]
    script = Text("On it: ünïcode", [Call("shell", a, f"id-{i}") for i, a in enumerate(arguments)], "First, think.")
    with ModelServer([script]) as server:
        outcome = ask(client, server)
    message = outcome.reply.message
    assert message == {
        "role": "assistant",
        "content": "On it: ünïcode",
        "reasoning_content": "First, think.",
        "tool_calls": [
            {"id": f"id-{i}", "type": "function", "function": {"name": "shell", "arguments": a}}
            for i, a in enumerate(arguments)
        ],
    }
    assert outcome.reply.finish_reason == "tool_calls"
    assert outcome.reply.attempts == 1


def test_the_pieces_amount_to_the_message(client: str) -> None:
    script = Text("Some words here.", [Call("shell", {"cmd": "ls"}), Call("shell", {"cmd": "pwd"})], "Thinking, yes.")
    with ModelServer([script]) as server:
        outcome = ask(client, server)
    message = outcome.reply.message
    assert (outcome.text, outcome.reasoning) == (message["content"], message["reasoning_content"])
    for index, made in enumerate(message["tool_calls"]):
        pieces = [piece for piece in outcome.calls if piece.index == index]
        assert "".join(piece.arguments for piece in pieces) == made["function"]["arguments"]
        assert (pieces[0].id, pieces[0].name) == (made["id"], "shell")
        assert all(piece.id is None and piece.name is None for piece in pieces[1:])


def test_pieces_arrive_while_the_reply_is_still_being_written(client: str) -> None:
    with ModelServer([Hang(after=4)]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url, client)
        outcome = call(model, within=1.0)
        model.close()
    assert outcome.text  # although the reply never ends
    assert isinstance(outcome.error, DeadlinePassed)


def test_a_reply_without_calls_has_no_such_key_and_text_is_never_null(client: str) -> None:
    with ModelServer([HELLO, Text("", [Call("shell")]), Text("")]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url, client)
        spoken, acted, silent = (call(model).reply.message for _ in range(3))
        model.close()
    assert spoken == {"role": "assistant", "content": "Hello there."}
    assert acted["content"] == ""
    assert silent == {"role": "assistant", "content": ""}


def test_a_missing_call_id_is_invented(client: str) -> None:
    nameless = {"index": 0, "type": "function", "function": {"name": "shell", "arguments": "{}"}}
    with ModelServer([deltas({"role": "assistant", "tool_calls": [nameless]}, finish="tool_calls")]) as server:
        outcome = ask(client, server)
    (made,) = outcome.reply.message["tool_calls"]
    assert made["id"].startswith("call_")
    assert len(made["id"]) == len("call_") + 8
    assert outcome.calls[0].id == made["id"]


def test_usage_is_the_providers_and_a_stated_cost_is_exact(client: str) -> None:
    tokens = Tokens(1000, 200, cached=600, reasoning=50, cost=0.0123)
    with ModelServer([Text("a", usage=tokens), Text("b", usage=None)]) as server:
        model = model_for("openrouter/org/scripted", server.base_url, client)
        stated, silent = call(model).reply.usage, call(model).reply.usage
        model.close()
    assert (stated.prompt_tokens, stated.completion_tokens) == (1000, 200)
    assert (stated.cached_tokens, stated.reasoning_tokens) == (600, 50)
    assert (stated.cost_usd, stated.cost_estimated) == (0.0123, False)
    assert (silent.prompt_tokens, silent.completion_tokens, silent.cost_usd) == (None, None, None)


def test_given_prices_make_an_estimated_cost_and_none_make_none(client: str) -> None:
    prices = {"prompt": 1.0, "completion": 10.0, "cached": 0.1}
    script = [Text("a", usage=Tokens(1_000_000, 100_000, cached=500_000))] * 2
    with ModelServer(script) as server:
        priced = ask(client, server, prices=prices).reply.usage
        unpriced = ask(client, server).reply.usage
    assert priced.cost_usd == pytest.approx(0.5 + 0.05 + 1.0)
    assert priced.cost_estimated
    assert unpriced.cost_usd is None
