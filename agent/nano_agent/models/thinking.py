"""How thinking is switched on or off, provider by provider.

Each provider has its own word for it. What goes out is either a named argument (those that litellm translates) or a
field of the request's body as it is; the thin client sends both as fields of the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from nano_agent.models.providers import split_model

LEAST_BUDGET = 1024
"""Anthropic's least thinking budget, in tokens."""
_OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class Switch:
    """What to send to switch thinking."""

    named: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    warning: str | None = None
    """What the person should know: it cannot be switched, or not fully."""
    unsampled: frozenset[str] = frozenset()
    """Sampling parameters that the provider refuses while thinking."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be switched."""

    model: str
    name: str
    on: bool
    max_tokens: int
    top_p: float | None
    api_base: str | None


def thinking_switch(
    model: str, on: bool | None, max_tokens: int, *, foreign: bool, api_base: str | None, top_p: float | None = None
) -> Switch:
    """How to switch thinking for `model`; nothing to send when `on` is `None`.

    `foreign` says that the endpoint is not the provider's own; `max_tokens` is the length of the reply asked for.
    """
    if on is None:
        return Switch()
    provider, name = split_model(model)
    asked = _Asked(model, name.lower(), on, max_tokens, top_p, api_base)
    if provider in ("openai", "azure") and not (foreign and _effort_levels(asked.name) is None):
        return _openai(asked)
    if foreign and provider == "openai":
        return _own_endpoint(asked)
    return _SWITCHES.get(provider or "", _cannot)(asked)


def _own_endpoint(asked: _Asked) -> Switch:
    """vLLM, llama.cpp, SGLang and their like: the chat template is told."""
    if "gpt-oss" in asked.name:
        return _levels(asked, "low", "medium")
    if _port(asked.api_base) == _OLLAMA_PORT:
        return Switch(body={"reasoning_effort": "medium" if asked.on else "none"})
    words = {"enable_thinking": asked.on}
    if "deepseek" in asked.name or "granite" in asked.name:
        words["thinking"] = asked.on
    return Switch(body={"chat_template_kwargs": words})


def _anthropic(asked: _Asked) -> Switch:
    """A budget of half the reply; newer models choose for themselves and are told an effort."""
    if "claude" not in asked.name:
        return _cannot(asked)
    if not asked.on:
        return Switch(named={"thinking": {"type": "disabled"}})
    unsampled = {"temperature", "top_k"} | ({"top_p"} if asked.top_p is not None and asked.top_p < 0.95 else set())
    if _is_adaptive(asked.name):
        return Switch(named={"reasoning_effort": "medium"}, unsampled=frozenset(unsampled))
    if asked.max_tokens < LEAST_BUDGET * 3 // 2:
        return Switch(warning=f"a reply of {asked.max_tokens} tokens leaves no room for thinking; it is off for now")
    budget = max(LEAST_BUDGET, asked.max_tokens // 2)
    return Switch(named={"thinking": {"type": "enabled", "budget_tokens": budget}}, unsampled=frozenset(unsampled))


def _is_adaptive(name: str) -> bool:
    """Whether one of Anthropic's models thinks as much as it sees fit, without a budget (from 4.6 on)."""
    version = re.search(r"claude-[a-z]+-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)", name)
    return version is not None and (int(version[1]), int(version[2] or 0)) >= (4, 6)


def _openai(asked: _Asked) -> Switch:
    levels = _effort_levels(asked.name)
    if levels is None:
        return _cannot(asked) if asked.on else Switch()
    if asked.on:
        return Switch(named={"reasoning_effort": "medium"})
    if levels == "none":
        return Switch(named={"reasoning_effort": "none"})
    return Switch(named={"reasoning_effort": levels}, warning=_only_less(asked, levels))


def _effort_levels(name: str) -> str | None:
    """The least reasoning effort of one of OpenAI's models; `None` for models that do not reason."""
    name = name.lower().rpartition("/")[2]
    if re.match(r"o\d", name):
        return "low"
    if not name.startswith("gpt-5") or "chat" in name:
        return None
    if "codex" in name or "-pro" in name:
        return "low"
    return "none" if re.match(r"gpt-5\.\d", name) else "minimal"


def _gemini(asked: _Asked) -> Switch:
    if "claude" in asked.name:
        return _anthropic(asked)
    if asked.on:
        return Switch(named={"reasoning_effort": "medium"})
    if "flash" in asked.name and "gemini-2" in asked.name:
        return Switch(named={"reasoning_effort": "disable"})
    return Switch(named={"reasoning_effort": "low"}, warning=_only_less(asked, "low"))


def _ollama(asked: _Asked) -> Switch:
    if "gpt-oss" not in asked.name:
        return Switch(named={"think": asked.on})
    warning = None if asked.on else _only_less(asked, "low")
    return Switch(named={"think": "medium" if asked.on else "low"}, warning=warning)


def _groq(asked: _Asked) -> Switch:
    if "gpt-oss" in asked.name:
        return _levels(asked, "low", "medium")
    if "qwen3" in asked.name:
        return Switch(body={"reasoning_effort": "default" if asked.on else "none"})
    return _cannot(asked)


def _xai(asked: _Asked) -> Switch:
    return _levels(asked, "low", "high") if "grok-3-mini" in asked.name else _cannot(asked)


def _fireworks(asked: _Asked) -> Switch:
    return Switch(body={"reasoning_effort": "medium" if asked.on else "none"})


def _typed(asked: _Asked) -> Switch:
    return Switch(body={"thinking": {"type": "enabled" if asked.on else "disabled"}})


def _enabled(asked: _Asked) -> Switch:
    return Switch(body={"reasoning": {"enabled": asked.on}})


def _dashscope(asked: _Asked) -> Switch:
    return Switch(body={"enable_thinking": asked.on})


def _levels(asked: _Asked, least: str, usual: str) -> Switch:
    """A model that always reasons, and can only be told how much."""
    if asked.on:
        return Switch(body={"reasoning_effort": usual})
    return Switch(body={"reasoning_effort": least}, warning=_only_less(asked, least))


def _cannot(asked: _Asked) -> Switch:
    return Switch(warning=f"thinking cannot be switched {'on' if asked.on else 'off'} for {asked.model}")


def _only_less(asked: _Asked, level: str) -> str:
    return f"thinking cannot be switched off for {asked.model}; its effort is set to {level}"


def _port(api_base: str | None) -> int | None:
    try:
        return urlsplit(api_base or "").port
    except ValueError:
        return None


_SWITCHES: Mapping[str, Callable[[_Asked], Switch]] = {
    "hosted_vllm": _own_endpoint,
    "lm_studio": _own_endpoint,
    "llamafile": _own_endpoint,
    "docker_model_runner": _own_endpoint,
    "local": _own_endpoint,
    "nvidia_nim": _own_endpoint,
    "sambanova": _own_endpoint,
    "anthropic": _anthropic,
    "bedrock": _anthropic,
    "vertex_ai": _gemini,
    "gemini": _gemini,
    "ollama": _ollama,
    "ollama_chat": _ollama,
    "openrouter": _enabled,
    "together_ai": _enabled,
    "groq": _groq,
    "xai": _xai,
    "fireworks_ai": _fireworks,
    "deepseek": _typed,
    "zai": _typed,
    "moonshot": _typed,
    "dashscope": _dashscope,
}
