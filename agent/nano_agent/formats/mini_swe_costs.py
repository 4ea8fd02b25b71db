"""What a turn of mini-swe-agent cost, where its file can tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.stored import HeldMessages, StoredMessages
from nano_agent.trajectory import Usage, glances

_STATES_COST = ("openrouter", "requesty")


@dataclass(frozen=True, slots=True)
class Prices:
    """How far the figures of one file can be believed."""

    model_type: str
    """The model class in the file's settings."""
    errors_ignored: bool
    """Whether a price that could not be looked up was counted as 0."""

    @staticmethod
    def of(config: dict[str, Any]) -> Prices:
        """As the settings of a run say it."""
        model = values.record(config.get("model"))
        return Prices(values.text(config.get("model_type")), model.get("cost_tracking") == "ignore_errors")

    def usage(self, extra: dict[str, Any], response: Any) -> Usage | None:
        """The usage of a reply: its own cost (2.x), the provider's where it states one, its tokens."""
        usage = values.record(response).get("usage")
        cost = values.dollars(extra.get("cost"))
        # Only these providers put dollars there; through other routes the figure is somebody else's.
        if cost is None and isinstance(usage, dict) and any(name in self.model_type.lower() for name in _STATES_COST):
            cost = values.dollars(usage.get("cost"))
        if cost == 0 and self.errors_ignored:
            cost = None
        return values.openai_usage(usage, cost)


def estimate_costs(messages: HeldMessages | StoredMessages, total: float | None) -> None:
    """Share the stated total among replies without a cost of their own, by their tokens; marked as estimates."""
    usages = {i: m.usage for i, m in enumerate(glances(messages)) if m.role == "assistant"}
    tokens = {i: _tokens(usage) for i, usage in usages.items()}
    stated = any(usage and usage.cost_usd is not None for usage in usages.values())
    if not total or not usages or None in tokens.values() or stated:
        return
    price = total / (sum(count or 0 for count in tokens.values()) or 1)
    for i, usage in usages.items():
        if usage is not None:
            priced = replace(usage, cost_usd=(tokens[i] or 0) * price, cost_estimated=True)
            messages.change(i, usage=priced)


def _tokens(usage: Usage | None) -> int | None:
    if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return usage.prompt_tokens + usage.completion_tokens
