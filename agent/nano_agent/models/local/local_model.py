"""`local/...`: a model that the run itself serves on this machine, and stops when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nano_agent.models.assembly import Assembler
from nano_agent.models.base import CallStopped, DeadlinePassed, ModelEvent, ModelSettings, Request, Warned
from nano_agent.models.http_model import HttpModel
from nano_agent.models.local.server import LocalServer
from nano_agent.models.local.weights import find_weights
from nano_agent.models.tokens import estimate_tokens
from nano_agent.models.usage import tokens_of
from nano_agent.trajectory import Usage

_SMALL = "this model is very small: it works live and keeps to the form, but what it says is mostly nonsense"
_NO_FORM = "a local model is held to valid replies only where actions are text, as in mini-coding-agent"


class LocalModel:
    """A model behind a server of our own, which is started with the first call."""

    def __init__(self, settings: ModelSettings, log: Path | None = None) -> None:
        """Raises `ModelError` when the weights, or what serves them, are not there."""
        self.name = settings.model
        self._settings = settings
        self._weights = find_weights(settings.model)
        self._log = log
        self._server: LocalServer | None = None
        self._client: _Client | None = None

    def stream(self, request: Request, stop: Callable[[], bool] = lambda: False) -> Iterator[ModelEvent]:
        """See `Model.stream`. The first call loads the weights, and gives up when it is told to."""
        if self._client is None:
            yield from self._said_once(request)
            self._client = self._start(request, stop)
        assert self._server is not None
        if not self._server.is_alive:
            raise self._server.error("is gone")
        yield from self._client.stream(request, stop)

    def count_tokens(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """See `Model.count_tokens`."""
        return estimate_tokens(messages)

    def estimate_usage(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        """What was cut off cost nothing either."""
        return Usage(prompt_tokens, completion_tokens, cost_usd=0.0)

    def for_child(self) -> LocalModel:
        """A child asks the same server."""
        return self

    def close(self) -> None:
        """End the server."""
        if self._client is not None:
            self._client.close()
        if self._server is not None:
            self._server.close()

    def _said_once(self, request: Request) -> Iterator[ModelEvent]:
        if self._weights.is_small:
            yield Warned(_SMALL)
        if request.tools:
            yield Warned(_NO_FORM)

    def _start(self, request: Request, stop: Callable[[], bool]) -> _Client:
        def check() -> None:
            if stop():
                raise CallStopped
            if request.deadline is not None and time.monotonic() >= request.deadline:
                raise DeadlinePassed

        self._server = self._server or LocalServer(self._weights, self._log)
        settings = replace(self._settings, api_base=f"{self._server.wait(check)}/v1")
        return _Client(settings, self._server.key)


class _Client(HttpModel):
    """The thin client, with the server's key, that asks for replies in the form of the request's grammar."""

    def __init__(self, settings: ModelSettings, key: str) -> None:
        super().__init__(settings)
        self._key = key

    def _headers(self) -> dict[str, str]:
        return super()._headers() | {"Authorization": f"Bearer {self._key}"}

    def _form(self, request: Request) -> Mapping[str, Any]:
        grammar = request.grammar(request.max_tokens)
        return {"grammar": grammar} if grammar else {}

    def _usage(self, reply: Assembler) -> tuple[Usage, str | None]:
        return replace(tokens_of(reply.usage), cost_usd=0.0), None
