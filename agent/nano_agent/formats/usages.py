"""Tokens of a call in the words of whichever API or library counted them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.claude_records import anthropic_usage
from nano_agent.trajectory import Usage

_ANTHROPIC = ("cache_read_input_tokens", "cache_creation_input_tokens")
_STATED = ("usage", "token_usage", "usage_metadata", "usageMetadata")


def usage_of(record: Mapping[str, Any], cost_usd: float | None = None) -> Usage | None:
    """The usage that a record of a call or a run states under one of its usual names; `None` when it states none."""
    for key in _STATED:
        if isinstance(stated := record.get(key), dict) and stated:
            return usage_in(stated, cost_usd)
    return None if cost_usd is None else Usage(cost_usd=cost_usd)


def usage_in(stated: dict[str, Any], cost_usd: float | None = None) -> Usage | None:
    """Usage as OpenAI, Anthropic, Google or LangChain count; prompt tokens include the cached ones in the result."""
    if "promptTokenCount" in stated or "totalTokenCount" in stated:
        return _googles(stated, cost_usd)
    if "input_token_details" in stated:
        return _langchains(stated, cost_usd)
    if "prompt_tokens" not in stated and any(key in stated for key in _ANTHROPIC):
        return anthropic_usage(stated, cost_usd)
    return values.openai_usage(stated, cost_usd)


def _googles(stated: dict[str, Any], cost_usd: float | None) -> Usage:
    """<https://ai.google.dev/api/generate-content#UsageMetadata>: thoughts are counted beside the candidates."""
    said, thought = values.amount(stated.get("candidatesTokenCount")), values.amount(stated.get("thoughtsTokenCount"))
    completion = None if said is None else said + (thought or 0)
    cached = values.amount(stated.get("cachedContentTokenCount"))
    return Usage(values.amount(stated.get("promptTokenCount")), completion, cached, thought, cost_usd)


def _langchains(stated: dict[str, Any], cost_usd: float | None) -> Usage:
    """LangChain's `UsageMetadata`, the same for all providers: input includes what was cached."""
    cached = values.record(stated.get("input_token_details")).get("cache_read")
    thought = values.record(stated.get("output_token_details")).get("reasoning")
    prompt, completion = values.amount(stated.get("input_tokens")), values.amount(stated.get("output_tokens"))
    return Usage(prompt, completion, values.amount(cached), values.amount(thought), cost_usd)
