"""One model call: a request goes in, pieces come out as they arrive, and one whole reply ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from nano_agent.trajectory import Usage


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What decides how a model is called; written to the run's metadata, so no secret is in it."""

    model: str
    """As litellm spells it: `openai/gpt-4.1-mini`, `hosted_vllm/Qwen/Qwen3-8B`; or `replay/<path>[?speed=N]`;
    or `local/smollm2`, `local/<file>.gguf`."""
    api_base: str | None = None
    thinking: bool | None = None
    """Switch reasoning on or off in whichever way the provider takes it; `None` leaves it to the provider."""
    temperature: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    top_k: int | None = None
    max_attempts: int = 5
    """How often one call is tried in all."""
    stall_timeout: float = 300.0
    """Seconds without a byte from the provider after which an attempt counts as failed."""
    prices: Mapping[str, float] | None = None
    """Dollars per million tokens (`prompt`, `completion`, `cached`), for models that no table knows."""
    client: Literal["auto", "http", "litellm"] = "auto"
    """How the endpoint is reached: through litellm, over our own thin client, or by what the provider speaks."""


@dataclass(slots=True)
class Request:
    """One call: the whole history, the tools, and how much may come back."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]
    max_tokens: int
    deadline: float | None = None
    """`time.monotonic()` after which the call is given up; it may be moved while the call goes on."""
    grammar: Callable[[int], str] = lambda _: ""
    """The form of a valid reply of at most so many tokens, in GBNF, for models that can be held to one; empty: any."""


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningPiece:
    """A piece of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class CallPiece:
    """A piece of a tool call; the id and the name come with its first piece."""

    index: int
    arguments: str = ""
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """An attempt failed and another follows; what was streamed of the failed one is void."""

    attempt: int
    """The number of the attempt that failed, from 1."""
    wait: float
    """Seconds until the next one."""
    reason: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the person should know once: a parameter was left out, thinking cannot be switched."""

    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The end of a call: the assistant message exactly as it goes into the history."""

    message: dict[str, Any]
    usage: Usage = field(default_factory=Usage)
    finish_reason: str | None = None
    attempts: int = 1


ModelEvent = TextPiece | ReasoningPiece | CallPiece | Retrying | Warned | Reply


class ModelError(Exception):
    """The call failed for good; the message is a sentence that says what to do."""


class CallStopped(Exception):
    """The call was given up because `stop` said so."""


class DeadlinePassed(Exception):
    """The call was given up at the request's deadline."""


class Model(Protocol):
    """A model that can be called. One call at a time; `close` may be called from any thread and ends a call."""

    @property
    def name(self) -> str:
        """The model's full name, for the record."""

    def stream(self, request: Request, stop: Callable[[], bool] = lambda: False) -> Iterator[ModelEvent]:
        """Make one call. The last event is the `Reply`.

        `stop` is asked at least ten times a second, also while nothing arrives. Raises `ModelError`, `CallStopped`
        or `DeadlinePassed`; errors of our own code come through as they are.
        """

    def count_tokens(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """An estimate of how many tokens these messages are; used only where the provider reports no usage."""

    def estimate_usage(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        """What a call cost that was cut off before the provider could say: these tokens, priced where a price is known.

        The cost is marked as estimated.
        """

    def for_child(self) -> Model:
        """The model for a child run: this one, or for a recorded one what its child was answered."""

    def close(self) -> None:
        """Let go of connections and threads."""
