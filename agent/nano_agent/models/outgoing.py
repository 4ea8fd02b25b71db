"""The history as a provider may see it: a copy, without the keys that only other providers understand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nano_agent.models.providers import split_model

_REASONING = {
    "hosted_vllm",
    "lm_studio",
    "llamafile",
    "docker_model_runner",
    "local",
    "deepseek",
    "openrouter",
    "ollama_chat",
    "moonshot",
    "zai",
    "dashscope",
    "minimax",
}
"""Providers whose templates take a reply's reasoning back; others refuse the key, or have their own."""
_CLAUDE = {"anthropic", "bedrock", "vertex_ai", "azure_ai"}
_SIGNED = _CLAUDE | {"gemini"}


def outgoing(messages: Sequence[Mapping[str, Any]], model: str, *, foreign: bool) -> list[dict[str, Any]]:
    """A copy of the history for this provider; the copy may be changed freely by whoever sends it."""
    provider = split_model(model)[0] or ""
    refused = set()
    if not (provider in _REASONING or (provider == "openai" and foreign)):
        refused.add("reasoning_content")
    if provider not in _CLAUDE:
        refused.add("thinking_blocks")
    if provider not in _SIGNED:
        refused.add("provider_specific_fields")
    if provider != "openrouter":
        refused.add("reasoning_details")
    return [_message(message, refused) for message in messages]


def copied(value: Any) -> Any:
    """A copy of a JSON value, deep."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return value


def _message(message: Mapping[str, Any], refused: set[str]) -> dict[str, Any]:
    kept = {key: copied(value) for key, value in message.items() if key not in refused}
    if kept.get("tool_calls") and kept.get("content") == "":
        # Chat templates want a text, and some providers refuse an empty one: there it is left out, as OpenAI does.
        kept["content"] = None
    if "provider_specific_fields" in refused:
        for call in kept.get("tool_calls") or ():
            call.pop("provider_specific_fields", None)
    return kept
