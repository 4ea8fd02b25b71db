"""From what is typed in the form to what is to be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nano_agent.control.commands import MODES, Mode
from nano_agent.limit_words import limit_of, samples_wanted
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

_APPROVAL: Mapping[str, Mode] = {mode: mode for mode in MODES}


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
    try:
        return samples_wanted(values.count)
    except ValueError:
        return 1


def mistakes(values: LaunchValues) -> Iterator[tuple[str, str]]:
    """The field and a sentence for each thing in the form that cannot be understood."""
    try:
        samples_wanted(values.count)
    except ValueError as error:
        yield "count", str(error)
    for name, text in values.limits.items():
        try:
            limit_of(name, text)
        except ValueError as error:
            yield "limits", f"{LIMITS[name]}: {error}"
