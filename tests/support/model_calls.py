"""Calling a model in a test: one call, what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nano_agent.models.base import (
    CallPiece,
    ModelEvent,
    ModelSettings,
    ReasoningPiece,
    Reply,
    Request,
    Retrying,
    TextPiece,
    Warned,
)
from nano_agent.models.calling import CallingModel
from nano_agent.models.retry import Backoff
from support.model_server import Call, ModelServer, Text, Tokens

USER: tuple[dict[str, Any], ...] = ({"role": "user", "content": "Say hello."},)
SHELL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "shell",
        "description": "Run a command.",
        "parameters": {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]},
    },
}
QUICK = Backoff(first=0.01)
ACTING = Text(
    "Looking.", [Call("shell", {"cmd": "ls"}), Call("shell", {"cmd": "pwd"})], "Let me think.", Tokens(90, 20, 40)
)
ARGUMENTS = ['{"cmd": "ls"}', '{"cmd": "pwd"}']
HELLO = Text("Hello there.")


@dataclass
class Outcome:
    """The events of one call, and the error that ended it, if any."""

    events: list[ModelEvent] = field(default_factory=list)
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def reply(self) -> Reply:
        """The reply; a failed call fails the test with its error."""
        if self.error is not None:
            raise self.error
        last = self.events[-1]
        assert isinstance(last, Reply)
        return last

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextPiece))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ReasoningPiece))

    @property
    def calls(self) -> list[CallPiece]:
        return [event for event in self.events if isinstance(event, CallPiece)]

    @property
    def retries(self) -> list[Retrying]:
        return [event for event in self.events if isinstance(event, Retrying)]

    @property
    def warnings(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Warned)]


def model_for(model: str, api_base: str | None, client: str = "litellm", **settings: Any) -> CallingModel:
    """A model that waits hardly at all between attempts."""
    made = ModelSettings(model, api_base, client=client, **settings)  # type: ignore[arg-type]
    if client == "http":
        from nano_agent.models.http_model import HttpModel

        return HttpModel(made, QUICK)
    from nano_agent.models.litellm_model import LitellmModel

    return LitellmModel(made, QUICK)


def call(
    model: CallingModel,
    messages: Sequence[Mapping[str, Any]] = USER,
    tools: Sequence[Mapping[str, Any]] = (SHELL,),
    *,
    max_tokens: int = 3000,
    within: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Make one call and keep what comes; `within` is the deadline in seconds from now."""
    outcome = Outcome()
    started = time.monotonic()
    deadline = None if within is None else started + within
    try:
        for event in model.stream(Request(messages, tools, max_tokens, deadline), stop):
            outcome.events.append(event)
    except Exception as error:  # noqa: BLE001 - whatever ended the call is what the test looks at
        outcome.error = error
    outcome.seconds = time.monotonic() - started
    return outcome


def ask(client: str, server: ModelServer, model: str = "hosted_vllm/org/scripted", **options: Any) -> Outcome:
    """One call with a model of its own; options that are not the call's are the model's settings."""
    for_call = {name: options.pop(name) for name in ("messages", "max_tokens", "within", "stop") if name in options}
    root = model.startswith(("anthropic/", "ollama_chat/", "gemini/"))
    made = model_for(model, server.root_url if root else server.base_url, client, **options)
    try:
        return call(made, **for_call)
    finally:
        made.close()


def arguments(message: dict[str, Any]) -> list[str]:
    """The arguments of a message's calls, as written."""
    return [made["function"]["arguments"] for made in message["tool_calls"]]
