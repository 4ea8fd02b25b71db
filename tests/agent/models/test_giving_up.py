"""Through every client alike: stop, deadline, silence and closing, whatever the provider does."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from nano_agent.models.base import CallStopped, DeadlinePassed, Request
from nano_agent.models.calling import CallingModel
from support.model_calls import HELLO, SHELL, USER, ask, call, model_for
from support.model_server import (
    Hang,
    ModelServer,
    Status,
    Text,
)

SILENT: list[Any] = [
    Hang(),
    Hang(after=3),
    Text("word " * 2000, piece=5, delay=0.02),
    Status(503, headers={"retry-after": "60"}),
]


@pytest.mark.parametrize("script", SILENT, ids=["before", "within", "streaming", "waiting"])
def test_stop_is_heard_whatever_the_provider_does(client: str, script: Any) -> None:
    with ModelServer(forever=script) as server:
        started = time.monotonic()
        outcome = ask(client, server, stop=lambda: time.monotonic() - started > 0.5)
        assert isinstance(outcome.error, CallStopped)
        assert isinstance(script, Status) or server.requests[0].gone.wait(5)  # the connection was closed


@pytest.mark.parametrize("script", SILENT[:3], ids=["before", "within", "streaming"])
def test_the_deadline_holds_whatever_the_provider_does(client: str, script: Any) -> None:
    with ModelServer(forever=script) as server:
        outcome = ask(client, server, within=0.5)
        assert isinstance(outcome.error, DeadlinePassed)
        assert outcome.seconds >= 0.5
        assert server.requests[0].gone.wait(5)


@pytest.fixture
def unreachable() -> Iterator[str]:
    """An address on this machine where connecting never ends: nobody accepts, and the queue is full."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def test_stop_is_heard_while_connecting(client: str, unreachable: str) -> None:
    model = model_for("hosted_vllm/scripted", unreachable, client)
    started = time.monotonic()
    outcome = call(model, stop=lambda: time.monotonic() - started > 0.4)
    model.close()
    assert isinstance(outcome.error, CallStopped)


def test_silence_counts_as_a_failed_attempt(client: str) -> None:
    with ModelServer([Hang(), Hang(after=3), HELLO]) as server:
        outcome = ask(client, server, stall_timeout=0.4)
        assert all(request.gone.wait(5) for request in server.requests[:2])
    assert outcome.reply.attempts == 3
    assert "0.4 s" in outcome.retries[0].reason


def test_a_slow_stream_is_no_silence(client: str) -> None:
    with ModelServer([Text("slow but steady", piece=1, delay=0.1)]) as server:
        outcome = ask(client, server, stall_timeout=0.8)
    assert not outcome.retries
    assert outcome.seconds > 1.0


def test_stop_is_asked_time_and_again(client: str) -> None:
    asked = itertools.count()
    with ModelServer([Hang()]) as server:
        outcome = ask(client, server, stop=lambda: next(asked) >= 10, within=15.0)
    assert isinstance(outcome.error, CallStopped), "it was not even asked each second"


def test_close_from_another_thread_ends_the_call(client: str) -> None:
    with ModelServer([Hang(after=2)]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url, client)
        timer = threading.Timer(0.4, model.close)
        timer.start()
        outcome = call(model, within=10)
        timer.join()
        assert isinstance(outcome.error, CallStopped)
        assert outcome.seconds < 3
        assert server.requests[0].gone.wait(5)


def test_a_caller_that_loses_interest_closes_the_connection(client: str) -> None:
    with ModelServer([Hang(after=4)]) as server:
        model = model_for("hosted_vllm/scripted", server.base_url, client)
        events = model.stream(Request(USER, (SHELL,), 100))
        next(iter(events))
        events.close()  # type: ignore[attr-defined]
        assert server.requests[0].gone.wait(5)
        model.close()


def test_closing_leaves_no_thread_behind(client: str) -> None:
    def threads() -> int:
        return sum(thread.name in ("model-io", "model-http") for thread in threading.enumerate())

    with ModelServer([HELLO, HELLO, Hang()]) as server:
        models: list[CallingModel] = [model_for("hosted_vllm/scripted", server.base_url, client) for _ in range(2)]
        assert all(call(model).reply for model in models)
        assert threads() == (client == "litellm")  # one for all models, or none between calls
        call(models[0], within=0.2)
        for model in models:
            model.close()
            model.close()
        assert threads() == 0
