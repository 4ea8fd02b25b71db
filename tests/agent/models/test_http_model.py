"""The thin client's own corners: framing, endpoints that do not stream, which models it is for."""

from __future__ import annotations

from typing import Any

import pytest

from nano_agent.models import make_model
from nano_agent.models.base import ModelError, ModelSettings
from nano_agent.models.http_model import HttpModel, speaks_openai
from nano_agent.models.sse import DONE, Events
from support.model_calls import ask, call, model_for
from support.model_server import ModelServer, Raw, Status, Text, deltas

EVENT = b'{"choices":[{"index":0,"delta":{"content":"h\xc3\xa9 "},"finish_reason":null}]}'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize(
    "parts",
    [
        [b"data: " + EVENT + b"\n\n", END],
        [b"data:" + EVENT + b"\r\n\r\n", END.replace(b"\n", b"\r\n")],
        [b": keep-alive\n\n", b"event: message\nid: 7\ndata: " + EVENT + b"\n\n", b": ping\n\n", END],
        [bytes([byte]) for byte in b"data: " + EVENT + b"\n\n" + END],
        [b"data: " + EVENT[:30] + b"\ndata: " + EVENT[30:] + b"\n\n", END],
        [b"data: " + EVENT + b"\n\n" + END.rstrip()],
        [b"data: " + EVENT + b"\n\n" + END.replace(b"data: [DONE]\n\n", b"").rstrip()],
    ],
    ids=["plain", "crlf", "comments", "bytes", "lines", "unended", "without done"],
)
def test_events_are_found_however_they_are_framed(parts: list[bytes]) -> None:
    with ModelServer([Raw(parts)]) as server:
        outcome = ask("http", server)
    assert outcome.reply.message["content"] == "hé "
    assert outcome.reply.finish_reason == "stop"


def test_an_event_in_several_lines_is_one_event() -> None:
    events = Events()
    assert list(events.feed(b'data: {"a":\ndata: 1}\n\ndata: [DO')) == [{"a": 1}]
    assert not events.done
    assert list(events.feed(b"NE]\n")) == [DONE]
    assert events.done


def test_a_keep_alive_is_a_sign_of_life() -> None:
    waiting = [b": still thinking\n\n"] * 8
    with ModelServer([Raw([*waiting, b"data: " + EVENT + b"\n\n", END], delay=0.15)]) as server:
        outcome = ask("http", server, stall_timeout=0.6)
    assert not outcome.retries
    assert outcome.seconds > 0.8


def test_an_endpoint_that_does_not_stream_is_understood() -> None:
    body = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Whole.","tool_calls":[{"id":"a",'
    body += b'"type":"function","function":{"name":"shell","arguments":"{}"}}]},"finish_reason":"tool_calls"}],'
    body += b'"usage":{"prompt_tokens":7,"completion_tokens":3}}'
    with ModelServer([Raw([body], "application/json")]) as server:
        outcome = ask("http", server)
    assert outcome.reply.message["content"] == "Whole."
    assert outcome.reply.message["tool_calls"][0]["id"] == "a"
    assert outcome.reply.usage.prompt_tokens == 7


def test_an_endpoint_that_says_done_and_stays_is_not_waited_for() -> None:
    def stays(_: Any) -> Raw:
        return Raw([b"data: " + EVENT + b"\n\n" + END, b": bye\n\n"], delay=1000.0)

    with ModelServer([stays, Text("next")]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url, "http")
        assert call(model).reply
        assert call(model).reply.message["content"] == "next"
        model.close()


def test_openrouters_signed_reasoning_is_kept_and_goes_back() -> None:
    kind = {"type": "reasoning.text", "index": 0, "format": "anthropic-claude-v1"}
    stream = deltas(
        {"role": "assistant", "reasoning": "Let me ", "reasoning_details": [{**kind, "text": "Let me "}]},
        {"reasoning": "see.", "reasoning_details": [{**kind, "text": "see."}]},
        {"content": "", "reasoning_details": [{**kind, "signature": "SIGNED"}]},
        {"content": "Hi."},
    )
    details = [{**kind, "text": "Let me see.", "signature": "SIGNED"}]
    with ModelServer([stream, Text("Bye.")]) as server:
        model = model_for("openrouter/anthropic/claude", server.base_url, "http")
        message = call(model).reply.message
        call(model, [{"role": "user", "content": "a"}, message])
        model.close()
        sent = server.requests[1].body["messages"][1]
    assert message["reasoning_content"] == "Let me see."
    assert message["reasoning_details"] == details
    assert sent["reasoning_details"] == details


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with ModelServer([Text("direct")]) as server:
        assert ask("http", server).reply.message["content"] == "direct"


def test_other_machines_are_reached_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer([Text("via proxy")] * 2) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:secret-word@127.0.0.1:{proxy.port}")
        model = model_for("hosted_vllm/scripted", "http://models.invalid/v1", "http", max_attempts=1)
        assert call(model).reply.message["content"] == "via proxy"
        monkeypatch.setenv("no_proxy", "other.example, .invalid")
        direct = model_for("hosted_vllm/scripted", "http://models.invalid/v1", "http", max_attempts=1)
        assert "Cannot reach http://models.invalid/v1" in str(call(direct).error)
        for made in (model, direct):
            made.close()
        (request,) = proxy.requests
    assert request.path == "http://models.invalid/v1/chat/completions"
    assert request.headers["host"] == "models.invalid"
    assert request.headers["proxy-authorization"].startswith("Basic ")


def test_a_redirect_is_said_not_followed() -> None:
    with ModelServer([Status(307, headers={"location": "https://elsewhere.example/v1"})]) as server:
        outcome = ask("http", server)
        assert len(server.requests) == 1
    assert "https://elsewhere.example/v1" in str(outcome.error)


@pytest.mark.parametrize("base", ["localhost:8000/v1", "ftp://x/v1", "http://", "http://x:port/v1"])
def test_an_address_that_is_none_is_refused(base: str) -> None:
    with pytest.raises(ModelError, match="api_base"):
        make_model(ModelSettings("hosted_vllm/q", base, client="http"))


def test_a_connection_that_went_stale_is_replaced_unseen() -> None:
    with ModelServer([Text("one"), Text("two")]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url, "http")
        assert call(model).reply
        server.drop_connections()
        outcome = call(model)
        model.close()
    assert outcome.reply.message["content"] == "two"
    assert not outcome.retries


def test_text_that_utf8_cannot_hold_is_sent_all_the_same() -> None:
    with ModelServer([Text("fine")]) as server:
        outcome = ask("http", server, messages=[{"role": "user", "content": "broken \ud800 text"}])
        assert server.requests[0].body["messages"][0]["content"] == "broken \ud800 text"
    assert outcome.reply


@pytest.mark.parametrize(
    ("model", "api_base", "natural"),
    [
        ("hosted_vllm/qwen", "http://localhost:8000/v1", True),
        ("hosted_vllm/qwen", None, False),
        ("openai/qwen", "http://localhost:8000/v1", True),
        ("openai/gpt-4.1", None, False),
        ("gpt-4.1", "https://api.openai.com/v1", False),
        ("openrouter/a/b", None, True),
        ("anthropic/claude-sonnet-4-5", "http://localhost:1", False),
        ("ollama_chat/qwen3", None, False),
        ("groq/llama", None, False),
    ],
)
def test_which_models_it_is_for(model: str, api_base: str | None, natural: bool) -> None:
    assert speaks_openai(ModelSettings(model, api_base)) is natural


def test_it_is_chosen_where_it_is_natural_or_asked_for() -> None:
    base = "http://localhost:8000/v1"
    for settings in (ModelSettings("hosted_vllm/q", base, client="auto"), ModelSettings("groq/q", client="http")):
        model = make_model(settings)
        assert isinstance(model, HttpModel)
        model.close()


def test_a_model_it_cannot_reach_is_refused() -> None:
    with pytest.raises(ModelError, match="api_base"):
        make_model(ModelSettings("anthropic/claude-sonnet-4-5", client="http"))
