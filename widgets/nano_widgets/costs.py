"""What each step of a run cost, and whether that adds up to what the run's file says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nano_agent.trajectory import Message, Trajectory, Usage, glances
from nano_widgets.transcript.items import Items
from nano_widgets.units import count, dollars, tokens


@dataclass(frozen=True, slots=True)
class CostRow:
    """One step."""

    step: int
    usage: Usage
    so_far: float | None
    """Dollars of the known costs up to and with this step; `None` when none is known."""
    complete: bool
    """All costs up to here are known."""
    estimated: bool
    """Any cost up to here is an estimate."""
    model_seconds: float | None
    tool_seconds: float | None


@dataclass(frozen=True, slots=True)
class Costs:
    """All steps, and what they add up to."""

    rows: tuple[CostRow, ...]
    total: Usage
    """The sum of the known figures of the steps; `None` where none is known."""
    unknown: int
    """Steps whose cost is not known."""
    model_seconds: float | None
    tool_seconds: float | None
    remarks: tuple[str, ...]
    """What is to be known about the totals, a sentence each."""


def costs_of(run: Trajectory, items: Items | None = None) -> Costs:
    """Add up a run, step by step; linear in its steps (5 µs each), for a thread where there are many."""
    items = items or Items(run.messages)
    rows = tuple(_rows(list(glances(run.messages)), items))
    usages = [row.usage for row in rows]
    total = Usage(
        prompt_tokens=_sum(usage.prompt_tokens for usage in usages),
        completion_tokens=_sum(usage.completion_tokens for usage in usages),
        cached_tokens=_sum(usage.cached_tokens for usage in usages),
        reasoning_tokens=_sum(usage.reasoning_tokens for usage in usages),
        cost_usd=_sum_of(usage.cost_usd for usage in usages),
        cost_estimated=any(usage.cost_estimated for usage in usages),
    )
    unknown = sum(usage.cost_usd is None for usage in usages)
    return Costs(
        rows,
        total,
        unknown,
        _sum_of(row.model_seconds for row in rows),
        _sum_of(row.tool_seconds for row in rows),
        tuple(_remarks(run.usage, total, unknown, len(rows))),
    )


_FIGURES = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")
_NAMES = ("prompt tokens", "completion tokens", "cached tokens", "reasoning tokens")


def _rows(messages: Sequence[Message], items: Items) -> Iterator[CostRow]:
    so_far, complete, estimated = 0.0, True, False
    known = False
    for number in range(1, items.n_steps + 1):
        step = items.as_step(number)
        reply = messages[step.reply]
        usage = reply.usage or Usage()
        if usage.cost_usd is None:
            complete = False
        else:
            so_far += usage.cost_usd
            known, estimated = True, estimated or usage.cost_estimated
        answers = [messages[i] for i in step.observations]
        if reply.is_observation:
            answers.append(reply)
        model = None if reply.is_observation else reply.seconds
        tool = _sum_of(answer.seconds for answer in answers)
        yield CostRow(number, usage, so_far if known else None, complete, estimated, model, tool)


def _remarks(stated: Usage, total: Usage, unknown: int, steps: int) -> Iterator[str]:
    if unknown and unknown < steps:
        yield f"The cost of {count(unknown, 'step')} is not known, so the sum is less than what was spent."
    own = f"The run's own total is {dollars(stated.cost_usd, stated.cost_estimated)}"
    if stated.cost_usd == 0 and total.cost_usd is None and steps:
        yield f"{own}: by its own account no paid request was made; no step says what it cost."
    elif stated.cost_usd is not None and total.cost_usd is None and steps:
        yield f"{own}; what each step cost is not recorded."
    elif stated.cost_usd is not None and total.cost_usd is not None and not _same(stated.cost_usd, total.cost_usd):
        more = "more" if stated.cost_usd > total.cost_usd else "less"
        yield f"{own}, {dollars(abs(stated.cost_usd - total.cost_usd))} {more} than these steps."
    for figure, name in zip(_FIGURES, _NAMES, strict=True):
        said, summed = getattr(stated, figure), getattr(total, figure)
        if said is not None and summed is not None and said != summed:
            yield f"The run's own total of {name} is {tokens(said)} ({said:,}); these steps add up to {summed:,}."
    if total.cost_estimated:
        yield "Costs with a ~ are estimates: tokens times a price table."


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= max(0.000_05, 0.001 * max(abs(a), abs(b)))


def _sum(values: Iterator[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _sum_of(values: Iterator[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
