"""What a turn of mini-swe-agent cost, where its file can tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nano_agent.formats import values
from nano_agent.trajectory import Message, Usage

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


def estimated_costs(messages: list[Message], total: float | None) -> list[Message]:
    """Share the stated total among replies without a cost of their own, by their tokens; marked as estimates."""
    replies = [m for m in messages if m.role == "assistant"]
    tokens = [_tokens(m.usage) for m in replies]
    if not total or not replies or None in tokens or any(m.usage and m.usage.cost_usd is not None for m in replies):
        return messages
    price = total / (sum(count or 0 for count in tokens) or 1)
    return [_priced(m, price) if m.role == "assistant" else m for m in messages]


def _priced(message: Message, price: float) -> Message:
    usage, tokens = message.usage, _tokens(message.usage)
    if usage is None or tokens is None:
        return message
    return replace(message, usage=replace(usage, cost_usd=tokens * price, cost_estimated=True))


def _tokens(usage: Usage | None) -> int | None:
    if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return usage.prompt_tokens + usage.completion_tokens
