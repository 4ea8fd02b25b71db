"""What a call costs, offline: the user's own prices first, else the table that litellm ships as a file.

litellm is not imported for it: its data file is found beside it and read the first time a price is asked for.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from nano_agent.models.providers import is_foreign, split_model
from nano_agent.trajectory import Usage

TABLE_FILE = "model_prices_and_context_window_backup.json"
PRICES_VARIABLE = "NANO_PRICES"
"""Names a JSON file of prices: `{"hosted_vllm/my-model": {"prompt": 0.1, "completion": 0.4, "cached": 0.02}}`."""
_MILLION = 1_000_000


class PricesError(ValueError):
    """The user's prices cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars per token; a part without a rate of its own is paid like the whole it belongs to."""

    prompt: float
    completion: float
    cached: float | None = None
    written: float | None = None
    """Prompt tokens that were put into a cache."""
    reasoning: float | None = None

    def cost(self, usage: Usage, written: int = 0) -> float | None:
        """Dollars for this usage; `None` when the tokens are not known."""
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        cached, reasoning = usage.cached_tokens or 0, usage.reasoning_tokens or 0
        plain = max(0, usage.prompt_tokens - cached - written)
        return (
            plain * self.prompt
            + cached * (self.prompt if self.cached is None else self.cached)
            + written * (self.prompt if self.written is None else self.written)
            + max(0, usage.completion_tokens - reasoning) * self.completion
            + reasoning * (self.completion if self.reasoning is None else self.reasoning)
        )


def price(
    model: str,
    usage: Usage,
    *,
    api_base: str | None = None,
    prices: Mapping[str, float] | None = None,
    written: int = 0,
    environ: Mapping[str, str] | None = None,
) -> float | None:
    """Dollars for one call's usage; `None` when the tokens or the price are not known, never 0 for want of knowledge.

    `prices` (dollars per million tokens: `prompt`, `completion`, `cached`, `reasoning`) come first, then the file that
    `$NANO_PRICES` names, then litellm's table. An endpoint of the user's own has no price but the user's.
    Raises `PricesError` when the user's prices are unusable.
    """
    environ = os.environ if environ is None else environ
    rates = _given_rates(model, prices, environ)
    if rates is None and not is_foreign(model, api_base, environ):
        rates = _table_rates(model, usage.prompt_tokens or 0)
    return rates.cost(usage, written) if rates else None


def context_window(model: str, api_base: object = None) -> int | None:
    """How many prompt tokens the model takes, by litellm's table.

    `None` when it is not there, and for an address of somebody's own, who may have started it with any.
    """
    row = None if not model or api_base or model.startswith("replay/") else _row(model)
    size = row.get("max_input_tokens") if row else None
    return size if isinstance(size, int) and size > 0 else None


def _given_rates(model: str, prices: Mapping[str, float] | None, environ: Mapping[str, str]) -> Rates | None:
    if prices:
        return _per_million(model, prices)
    if not (named := environ.get(PRICES_VARIABLE)):
        return None
    path = Path(named).expanduser()
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise PricesError(f"{PRICES_VARIABLE} names {path}, which cannot be read: {error.strerror}.") from error
    row = _user_table(path, stamp).get(model)
    return None if row is None else _per_million(model, row)


def _per_million(model: str, prices: Any) -> Rates | None:
    names = ("prompt", "completion", "cached", "reasoning")
    try:
        rates = {name: float(prices[name]) / _MILLION for name in names if prices.get(name) is not None}
        return Rates(**rates) if rates else None
    except (TypeError, ValueError, AttributeError) as error:
        raise PricesError(
            f"The prices of {model} must be numbers in dollars per million tokens, `prompt` and `completion` at least."
        ) from error


@lru_cache(maxsize=4)
def _user_table(path: Path, stamp: int) -> Mapping[str, Any]:
    """The user's file; `stamp` is its modification time, so that a changed file is read again."""
    import orjson

    try:
        table = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise PricesError(f"{PRICES_VARIABLE} names {path}, which is not JSON: {error}.") from error
    if not isinstance(table, dict):
        raise PricesError(f"{PRICES_VARIABLE} names {path}, which holds no object of models and their prices.")
    return table


def _table_rates(model: str, prompt_tokens: int) -> Rates | None:
    """The table's rates for a prompt of this size (long prompts cost more at some providers)."""
    row = _row(model)
    if row is None:
        return None
    row = {**row, **_tier(row, prompt_tokens)}
    prompt, completion = row.get("input_cost_per_token"), row.get("output_cost_per_token")
    if prompt is None or completion is None or not (prompt or completion):
        return None  # a row of zeros is litellm's way of not knowing
    return Rates(
        prompt,
        completion,
        row.get("cache_read_input_token_cost"),
        row.get("cache_creation_input_token_cost"),
        row.get("output_cost_per_reasoning_token"),
    )


def _tier(row: Mapping[str, Any], prompt_tokens: int) -> dict[str, Any]:
    """What replaces the row's basic rates at this prompt size."""
    for tier in row.get("tiered_pricing") or ():
        if tier.get("range") and prompt_tokens <= tier["range"][1]:
            return {**tier}
    found: dict[str, Any] = {}
    steps = sorted((int(match[2]) * 1000, match[1], key) for key in row if (match := _ABOVE.fullmatch(key)))
    for above, basic, key in steps:
        if prompt_tokens > above:
            found[basic] = row[key]
    return found


_BASIC = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "output_cost_per_reasoning_token",
)
_ABOVE = re.compile(rf"({'|'.join(_BASIC)})_above_(\d+)k_tokens")
_KEPT = {*_BASIC, "tiered_pricing", "max_input_tokens", "litellm_provider"}


def _row(model: str) -> Mapping[str, Any] | None:
    """The table's row for a model: under its full name, or under its bare name when the row is the same provider's."""
    table = _table()
    if model in table:
        return table[model]
    provider, name = split_model(model)
    row = table.get(name)
    if row is None or provider is None:
        return None
    owner = str(row.get("litellm_provider"))
    return row if owner == provider or owner.startswith((f"{provider}-", f"{provider}_")) else None


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    """The table of litellm, what we need of it; empty when litellm is not installed."""
    import orjson

    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    try:
        full = orjson.loads((Path(spec.origin).parent / TABLE_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {
        model: {key: value for key, value in row.items() if key in _KEPT or _ABOVE.fullmatch(key)}
        for model, row in full.items()
    }
