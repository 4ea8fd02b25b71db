"""What a conversation of OpenHands tells, whichever generation wrote it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.shelf import Shelf
from nano_agent.trajectory import Usage

Record = dict[str, Any]


@dataclass
class Told:
    """The messages of a conversation, and what else its events say."""

    drafts: Shelf
    events: int = 0
    """Events of every kind: this format's notion of a message."""
    replies: int = 0
    """Events in which the agent says or does something."""
    calls: int = 0
    models: dict[str, None] = field(default_factory=dict)
    tools: list[Record] | None = None
    usage: Usage | None = None
    """The totals, where an event states them."""
    status: str | None = None
    reason: str | None = None
    warnings: list[str] = field(default_factory=list)

    def other(self, event: Record, note: str, text: str = "") -> None:
        """Keep an event that is no part of what the model saw."""
        time = values.epoch(event.get("timestamp"))
        self.drafts.append(Draft("other", [text], raws=[event], timestamp=time, note=note.replace("_", " ")))


def metrics_usage(metrics: Any) -> Usage | None:
    """The totals in a `metrics` object of either generation; prompt tokens include the cached ones."""
    metrics = values.record(metrics)
    cost, tokens = (
        values.dollars(metrics.get("accumulated_cost")),
        values.record(metrics.get("accumulated_token_usage")),
    )
    prompt, completion = values.amount(tokens.get("prompt_tokens")), values.amount(tokens.get("completion_tokens"))
    if cost is None and prompt is None:
        return None
    # Where the program knows no price it counts 0, and its older versions count no tokens beside it: only a 0 for no
    # tokens at all is a price.
    unpriced = cost == 0 and (prompt is None or bool(prompt or completion))
    cached, reasoned = tokens.get("cache_read_tokens"), tokens.get("reasoning_tokens")
    return Usage(prompt, completion, values.amount(cached), values.amount(reasoned), None if unpriced else cost)
