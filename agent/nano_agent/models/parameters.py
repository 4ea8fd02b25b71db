"""Which parameters go out with a request, and what happens to those that a model refuses."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nano_agent.models.base import ModelSettings
from nano_agent.models.failure import Failure, Kind
from nano_agent.models.providers import effective_base, is_foreign, split_model
from nano_agent.models.thinking import thinking_switch

_OWN_ENDPOINTS = {"hosted_vllm", "lm_studio", "llamafile", "docker_model_runner", "local"}
_TAKE_TOP_K_AND_MIN_P = _OWN_ENDPOINTS | {"openrouter", "together_ai", "fireworks_ai", "deepinfra", "novita"}
_NAME_TOP_K = {"anthropic", "gemini", "vertex_ai", "bedrock", "ollama", "ollama_chat"}
"""Providers to whom litellm translates `top_k` as an argument."""
_NAME_MIN_P = {"ollama", "ollama_chat"}

_NAMED = {
    "stream_options": re.compile(r"stream_options|include_usage"),
    "top_k": re.compile(r"\btop_?k\b", re.I),
    "min_p": re.compile(r"\bmin_?p\b", re.I),
    "top_p": re.compile(r"\btop_?p\b", re.I),
    "temperature": re.compile(r"\btemperature\b", re.I),
    "thinking": re.compile(r"thinking|\bthink\b|reasoning|chat_template_kwargs", re.I),
}
"""How a complaint names a parameter. In this order: a complaint that names several loses the first one."""
_REFUSAL = re.compile(
    r"(?i)support|unknown|unrecogni[sz]ed|unexpected|expected|permitted|allow|invalid|deprecated|extra|forbidden"
    r"|cannot|can not|must|should|may only|only the default|not available"
)
_ROOM = (
    re.compile(r"(?is)maximum context length is (\d+) tokens.*?(\d+) (?:input tokens|in the messages)"),
    re.compile(r"(?is)(?:at most|maximum of|up to|less than or equal to|<=)\s*(\d+)"),
)
_LEAST_REPLY = 64


@dataclass
class Sent:
    """The parameters of one request beside its model, messages and tools."""

    named: dict[str, Any] = field(default_factory=dict)
    """Arguments as litellm and OpenAI name them."""
    body: dict[str, Any] = field(default_factory=dict)
    """Fields of the body that go out as they are."""

    @property
    def fields(self) -> dict[str, Any]:
        """Both, for a client that writes the body itself."""
        return {**self.named, **self.body}


class Parameters:
    """The parameters of one model's calls; learns what the model refuses and says so once."""

    def __init__(
        self, settings: ModelSettings, environ: Mapping[str, str], supported: Collection[str] | None = None
    ) -> None:
        """`supported`: the parameters the model is known to take; `None` when nobody knows."""
        self.settings = settings
        self._provider = split_model(settings.model)[0] or ""
        self._foreign = is_foreign(settings.model, settings.api_base, environ)
        self._base = effective_base(settings.model, settings.api_base, environ)
        self._supported = supported
        self._refused: set[str] = set()
        self._warnings: list[str] = []
        self._said: set[str] = set()
        official = self._provider == "openai" and not self._foreign
        self._limit_name = "max_completion_tokens" if official else "max_tokens"
        self._cap: int | None = None

    def build(self, max_tokens: int) -> Sent:
        """The parameters for a reply of at most this many tokens."""
        limit = max_tokens if self._cap is None else min(max_tokens, self._cap)
        sent = Sent({self._limit_name: limit})
        if "stream_options" not in self._refused:
            sent.named["stream_options"] = {"include_usage": True}
        unsampled = self._think(sent, limit)
        for name in ("temperature", "top_p", "top_k", "min_p"):
            value = getattr(self.settings, name)
            if value is None or name in self._refused:
                continue
            if name in unsampled:
                self.warn(f"{name} was left out: {self.settings.model} does not take it while thinking")
            elif (place := self._place(name, sent)) is None:
                self.warn(f"{name} was left out: {self.settings.model} does not take it")
            else:
                place[name] = value
        return sent

    def leave_out(self, failure: Failure, sent: Sent) -> bool:
        """Leave out or change what the provider complains of; whether there was such a thing, to be tried again."""
        if failure.status not in (400, 422) or failure.kind not in (Kind.REFUSED, Kind.TOO_LONG):
            return False
        if self._change_limit(failure, sent):
            return True
        named = failure.parameter or ""
        for name, pattern in _NAMED.items():
            blamed = pattern.search(named) or (pattern.search(failure.detail) and _REFUSAL.search(failure.detail))
            if blamed and self._is_sent(name, sent):
                self._refused.add(name)
                self.warn(f"{name} was left out: {self.settings.model} refuses it")
                return True
        return False

    def warn(self, text: str) -> None:
        """Keep a warning, unless it was given before."""
        if text not in self._said:
            self._said.add(text)
            self._warnings.append(text)

    def take_warnings(self) -> list[str]:
        """The warnings since the last time."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def _think(self, sent: Sent, max_tokens: int) -> frozenset[str]:
        if "thinking" in self._refused:
            return frozenset()
        settings = self.settings
        switch = thinking_switch(
            settings.model,
            settings.thinking,
            max_tokens,
            foreign=self._foreign,
            api_base=self._base,
            top_p=settings.top_p,
        )
        if switch.warning:
            self.warn(switch.warning)
        sent.named.update(switch.named)
        sent.body.update(switch.body)
        return switch.unsampled

    def _place(self, name: str, sent: Sent) -> dict[str, Any] | None:
        """Where a sampling parameter goes; `None`: nowhere."""
        if name in ("temperature", "top_p"):
            return sent.named if self._supported is None or name in self._supported else None
        if self._provider in (_NAME_TOP_K if name == "top_k" else _NAME_MIN_P):
            return sent.named
        own = self._provider == "openai" and self._foreign
        return sent.body if own or self._provider in _TAKE_TOP_K_AND_MIN_P else None

    def _is_sent(self, name: str, sent: Sent) -> bool:
        if name == "thinking":
            words = {"thinking", "think", "reasoning", "reasoning_effort", "chat_template_kwargs", "enable_thinking"}
            return bool(words & sent.fields.keys())
        return name in sent.fields

    def _change_limit(self, failure: Failure, sent: Sent) -> bool:
        """A limit under another name, or a lower one, where the complaint says which."""
        text = f"{failure.parameter or ''} {failure.detail}"
        other = "max_completion_tokens" if self._limit_name == "max_tokens" else "max_tokens"
        asked = sent.named[self._limit_name]
        if room := _room(failure.detail, asked):
            self._cap = room
            self.warn(f"replies are kept shorter than asked for: {self.settings.model} has no room for {asked} tokens")
            return True
        if self._limit_name in text and other in text and self._limit_name == "max_tokens":
            self._limit_name = other
            return True
        return False


def _room(complaint: str, asked: int) -> int | None:
    """How long the reply may be according to a complaint that `asked` tokens are too many."""
    if "max_tokens" not in complaint and "max_completion_tokens" not in complaint and "context" not in complaint:
        return None
    for pattern in _ROOM:
        if match := pattern.search(complaint):
            most, *taken = (int(number) for number in match.groups())
            room = most - sum(taken)
            return room if _LEAST_REPLY <= room < asked else None
    return None
