"""From what is typed in the form to what is to be run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nano_agent.control.commands import MODES, Mode
from nano_agent.spec import RunSpec
from nano_widgets.launch_form import (
    BEST,
    IMAGELESS,
    LIMITS,
    NETWORK,
    OPEN,
    SCAFFOLDS_OWN,
    THINKING,
    TREE,
    LaunchValues,
)

MOST_SAMPLES = 64
_NUMBER = re.compile(r"\$?(?P<number>\d+(\.\d+)?|\.\d+)\s*(?P<unit>[a-z]*)\Z")
_UNITS: dict[str, dict[str, float]] = {
    "token_limit": {"k": 1e3, "m": 1e6},
    "response_limit": {"k": 1e3, "m": 1e6},
    "time_limit": {"s": 1, "m": 60, "min": 60, "h": 3600},
}
_WHOLE = ("tool_limit", "token_limit", "response_limit", "step_limit")


def limit_of(name: str, text: str) -> float | None:
    """The number meant by `8k` tokens, `10m` of time or `$1.50`; `none` is no limit. Raises `ValueError`."""
    cleaned = text.strip().lower().replace(",", "").replace("_", "")
    if cleaned in ("none", "off"):
        return None
    match = _NUMBER.match(cleaned)
    factor = 1.0 if match and not match["unit"] else _UNITS.get(name, {}).get(match["unit"]) if match else None
    if match is None or factor is None:
        raise ValueError(f"{LIMITS[name]}: {text!r} is no number; write for example {_EXAMPLES.get(name, '30')}.")
    value = float(match["number"]) * factor
    return int(value) if name in _WHOLE else value


_EXAMPLES = {"token_limit": "8k", "response_limit": "4096", "time_limit": "600 or 10m", "cost_limit": "1.50"}


_APPROVAL: Mapping[str, Mode] = {mode: mode for mode in MODES}


def limits_of(words: Iterable[str]) -> dict[str, float | None]:
    """The limits in `tool_limit=50 time_limit=10m`; raises `ValueError` that says what is wrong."""
    limits: dict[str, float | None] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().lower().replace("-", "_")
        if name not in LIMITS or not equals:
            raise ValueError(f"{word!r}: write NAME=N, where NAME is one of {', '.join(LIMITS)}")
        limits[name] = limit_of(name, text)
    return limits


def spec_of(values: LaunchValues, runs_dir: Path | None) -> RunSpec:
    """What is to be run; limits that are no numbers are left out, `mistakes` names them."""
    limits: dict[str, float | None] = {}
    for name, text in values.limits.items():
        try:
            limits[name] = limit_of(name, text)
        except ValueError:
            continue
    return RunSpec(
        task=values.task.strip(),
        repo_root=str(Path(values.repo_root or ".").expanduser().absolute()),
        model=values.model,
        scaffold=values.scaffold,
        api_base=values.api_base or None,
        sandbox=None if values.sandbox in (BEST, SCAFFOLDS_OWN) else values.sandbox,
        image=(values.image or None) if values.sandbox not in IMAGELESS else None,
        network=values.network == NETWORK[1] and values.sandbox not in OPEN,
        approval=_APPROVAL.get(values.approval),
        thinking={THINKING[1]: True, THINKING[2]: False}.get(values.thinking),
        limits=limits,
        runs_dir=str(runs_dir) if runs_dir else None,
        allow_dirty=values.tree == TREE[1],
    )


def values_of(spec: RunSpec) -> LaunchValues:
    """The form as it would have to be filled in for this run; its own limits are left to the scaffold."""
    thinking = THINKING[0] if spec.thinking is None else THINKING[1] if spec.thinking else THINKING[2]
    return LaunchValues(
        task=spec.task,
        repo_root=spec.repo_root,
        model=spec.model,
        api_base=spec.api_base or "",
        scaffold=spec.scaffold,
        sandbox=spec.sandbox or BEST,
        image=spec.image or "",
        network=NETWORK[spec.network],
        approval=spec.approval or SCAFFOLDS_OWN,
        thinking=thinking,
        tree=TREE[1] if spec.allow_dirty else TREE[0],
    )


def count_of(values: LaunchValues) -> int:
    """How many runs are wanted; one where that is no number."""
    return int(values.count) if values.count.isdigit() else 1


def mistakes(values: LaunchValues) -> Iterator[tuple[str, str]]:
    """The field and a sentence for each thing in the form that cannot be understood."""
    if not values.count.isdigit() or not 1 <= int(values.count) <= MOST_SAMPLES:
        yield "count", f"{values.count!r} runs: give a number from 1 to {MOST_SAMPLES}."
    for name, text in values.limits.items():
        try:
            limit_of(name, text)
        except ValueError as error:
            yield "limits", str(error)
