"""Limits and counts as people write them: `tool_limit=+20`, `token_limit=8k`, `time_limit=10m`, `cost_limit=none`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nano_agent.control.commands import LIMITS

MOST_SAMPLES = 64
"""So many runs of one task are started together."""
_NUMBER = re.compile(r"\$?(?P<number>\d+(\.\d+)?|\.\d+)\s*(?P<unit>[a-z]*)\Z")
_UNITS: dict[str, dict[str, float]] = {
    "token_limit": {"k": 1e3, "m": 1e6},
    "response_limit": {"k": 1e3, "m": 1e6},
    "time_limit": {"s": 1, "m": 60, "min": 60, "h": 3600},
}
_WHOLE = ("tool_limit", "token_limit", "response_limit", "step_limit")
_EXAMPLES = {"token_limit": "8k", "response_limit": "4096", "time_limit": "600 or 10m", "cost_limit": "1.50"}


def limit_of(name: str, text: str) -> float | None:
    """The number meant by `8k` tokens, `10m` of time or `$1.50`; `none` is no limit. Raises `ValueError`."""
    cleaned = text.strip().lower().replace(",", "").replace("_", "")
    if cleaned in ("none", "off"):
        return None
    match = _NUMBER.match(cleaned)
    factor = 1.0 if match and not match["unit"] else _UNITS.get(name, {}).get(match["unit"]) if match else None
    if match is None or factor is None:
        raise ValueError(f"{text!r} is no number; write for example {_EXAMPLES.get(name, '30')}.")
    value = float(match["number"]) * factor
    return int(value) if name in _WHOLE or value == int(value) else value


def limits_of(words: Iterable[str], now: Mapping[str, float | None]) -> dict[str, float | None]:
    """The limits that change; with a `+` the number is added to what holds `now`. Raises `ValueError` with a sentence.

    What is without a limit stays so when more is given.
    """
    changed: dict[str, float | None] = {}
    for word in words:
        name, _, text = word.strip().partition("=")
        name, text = name.strip().lower().replace("-", "_"), text.strip()
        try:
            value = limit_of(name, text.removeprefix("+"))
        except ValueError:
            name = ""
        if name not in LIMITS or (text.startswith("+") and value is None):
            raise ValueError(
                f"{word!r} is no limit; write for example tool_limit=+20, time_limit=10m or cost_limit=none. "
                f"There are: {', '.join(LIMITS)}."
            )
        if text.startswith("+") and value is not None:
            before = now.get(name)
            value = None if before is None and name in now else (before or 0) + value
        changed[name] = value
    return changed


def samples_wanted(text: str) -> int:
    """How many runs of one task are meant; raises `ValueError` with a sentence where that is no count of them."""
    # `isdigit` alone also holds for superscripts, which are no numbers.
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_SAMPLES:
        raise ValueError(f"{text!r} runs: give a number from 1 to {MOST_SAMPLES}.")
    return int(text)
