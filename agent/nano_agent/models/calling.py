"""What every client does around one call: attempts and waits, stop and deadline, warnings, the reply and its cost."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nano_agent.models.assembly import Assembler, Chunk
from nano_agent.models.base import (
    CallStopped,
    DeadlinePassed,
    Model,
    ModelError,
    ModelEvent,
    ModelSettings,
    Reply,
    Request,
    Retrying,
    Warned,
)
from nano_agent.models.errors import failure_of_error
from nano_agent.models.explain import sentence, short_reason
from nano_agent.models.failure import Failure, Kind
from nano_agent.models.keys import missing_key
from nano_agent.models.outgoing import outgoing
from nano_agent.models.parameters import Parameters, Sent
from nano_agent.models.prices import PricesError
from nano_agent.models.providers import is_foreign
from nano_agent.models.retry import Backoff, tried_again
from nano_agent.models.tokens import estimate_tokens
from nano_agent.models.usage import usage_of
from nano_agent.models.work import Channel, Work
from nano_agent.trajectory import Usage

_TICK = 0.05
"""Seconds between two looks at `stop`, the deadline and the silence."""
_MOST_CHANGES = 8
"""How many parameters of one call may be left out one after the other."""


class _Changed(Exception):
    """The provider refused a parameter that is now left out: the same attempt is made once more."""


class CallingModel(ABC):
    """A model behind a network. A client says how one request is made; everything around it is here."""

    def __init__(self, settings: ModelSettings, backoff: Backoff | None = None) -> None:
        self.settings = settings
        self.name = settings.model
        self._backoff = backoff or Backoff()
        self._foreign = is_foreign(settings.model, settings.api_base, os.environ)
        self._parameters: Parameters | None = None
        self._closed = threading.Event()

    @abstractmethod
    def _start(self, messages: list[dict[str, Any]], tools: list[Any], sent: Sent, pieces: Channel[Chunk]) -> Work:
        """Begin one request on another thread, which puts the chunks of the reply, in OpenAI's shape, into `pieces`."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close connections and end threads; called once, from any thread."""

    def _form(self, request: Request) -> Mapping[str, Any]:
        """What holds the reply to the request's grammar, as fields of the body; most endpoints have no word for it."""
        return {}

    def _supported(self) -> Sequence[str] | None:
        """The parameters that the model is known to take; `None` when nobody knows."""
        return None

    def stream(self, request: Request, stop: Callable[[], bool] = lambda: False) -> Iterator[ModelEvent]:
        """See `Model.stream`."""
        wanted = missing_key(self.name, self.settings.api_base, os.environ)
        if wanted is not None:
            raise self._error(Failure(Kind.NO_KEY), 1)
        if self._parameters is None:
            self._parameters = Parameters(self.settings, os.environ, self._supported())
        watch = _Watch(stop, request, self._closed)
        attempt = 1
        changes = 0
        while True:
            watch.check()
            try:
                yield from self._attempt(request, self._parameters, watch, attempt)
                return
            except _Changed:
                changes += 1
                if changes > _MOST_CHANGES:
                    raise ModelError(f"{self.name} refuses one parameter after the other.") from None
            except Failure as failure:
                wait = self._backoff.wait(attempt, failure)
                if not tried_again(failure, attempt, self.settings.max_attempts) or not watch.allows(wait):
                    raise self._error(failure, attempt) from failure
                yield Retrying(attempt, wait, short_reason(failure))
                watch.wait(wait)
                attempt += 1

    def count_tokens(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """See `Model.count_tokens`."""
        return estimate_tokens(messages)

    def estimate_usage(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        """See `Model.estimate_usage`."""
        tokens = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        try:
            return usage_of(tokens, self.settings, os.environ)
        except PricesError:
            return usage_of(tokens, self.settings, {})

    def for_child(self) -> Model:
        """See `Model.for_child`."""
        return self

    def close(self) -> None:
        """See `Model.close`."""
        if not self._closed.is_set():
            self._closed.set()
            self._let_go()

    def _attempt(self, request: Request, parameters: Parameters, watch: _Watch, attempt: int) -> Iterator[ModelEvent]:
        """One request. Raises `Failure`, or `_Changed` when it should be made again with other parameters."""
        sent = parameters.build(request.max_tokens)
        sent.body.update(self._form(request))
        yield from map(Warned, parameters.take_warnings())
        messages = outgoing(request.messages, self.name, foreign=self._foreign)
        reply = Assembler()
        try:
            yield from self._exchange(messages, list(request.tools), sent, reply, watch)
        except Failure as failure:
            if not parameters.leave_out(failure, sent):
                raise
            raise _Changed from failure
        if not reply.complete:
            raise Failure(Kind.CUT if reply.started else Kind.EMPTY)
        usage, warning = self._usage(reply)
        if warning:
            parameters.warn(warning)
            yield from map(Warned, parameters.take_warnings())
        yield Reply(reply.message(), usage, reply.finish_reason, attempt)

    def _exchange(
        self, messages: list[dict[str, Any]], tools: list[Any], sent: Sent, reply: Assembler, watch: _Watch
    ) -> Iterator[ModelEvent]:
        """Send one request and feed what comes into `reply`, until it ends, fails, stalls, or is given up."""
        pieces: Channel[Chunk] = Channel()
        work = self._start(messages, tools, sent, pieces)
        ended = False
        try:
            while not ended:
                chunks, ended = pieces.take(_TICK)
                for chunk in chunks:
                    yield from reply.feed(chunk)
                watch.check()
                if not ended and time.monotonic() - pieces.active > self.settings.stall_timeout:
                    raise Failure(Kind.STALLED, f"nothing came for {self.settings.stall_timeout:g} s")
            if error := work.error():
                raise failure_of_error(error, started=pieces.opened) from error
        finally:
            work.abandon()

    def _usage(self, reply: Assembler) -> tuple[Usage, str | None]:
        """The call's usage, and what is wrong with the user's prices if anything is."""
        try:
            return usage_of(reply.usage, self.settings, os.environ), None
        except PricesError as error:
            return usage_of(reply.usage, self.settings, {}), str(error)

    def _error(self, failure: Failure, attempts: int) -> ModelError:
        return ModelError(sentence(failure, self.name, self.settings.api_base, attempts, os.environ))


class _Watch:
    """Looks after the reasons to give up a call."""

    def __init__(self, stop: Callable[[], bool], request: Request, closed: threading.Event) -> None:
        self._stop = stop
        self._request = request
        self._closed = closed
        self._looked = 0.0

    def check(self) -> None:
        """Raise `CallStopped` or `DeadlinePassed` when it is time; asks `stop` at most 20 times a second."""
        now = time.monotonic()
        if self._closed.is_set():
            raise CallStopped
        if self._request.deadline is not None and now >= self._request.deadline:
            raise DeadlinePassed
        if now - self._looked >= _TICK:
            self._looked = now
            if self._stop():
                raise CallStopped

    def allows(self, seconds: float) -> bool:
        """Whether a wait would end before the deadline."""
        return self._request.deadline is None or time.monotonic() + seconds < self._request.deadline

    def wait(self, seconds: float) -> None:
        """Let time pass before another attempt."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            self._closed.wait(min(left, _TICK))
