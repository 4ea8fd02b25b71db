"""What stands in the cost view: which columns fit, the cells of a step and of the sums, bars, and words on time.

Pure: numbers in, strings of a known width out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nano_agent.trajectory import Usage
from nano_widgets.costs import CostRow, Costs
from nano_widgets.units import UNKNOWN, dollars, seconds, tokens

FULL, OTHER, REST = "█", "▒", "░"
"""The parts of a stacked bar, told apart without colours: what is new or the model's, what is cached or the tools',
what is neither's."""
FULLEST_BAR = 40
NEARLY_FULL = 0.9
"""Share of the context window from which on it is marked."""
_COLUMNS = " ▁▂▃▄▅▆▇█"
_NOT_KNOWN = "·"
_FEWEST_STEPS = 3
_CHART_NAMES = 8
"""Cells for the name of a chart."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its width includes a blank at its left."""

    name: str
    title: str
    width: int
    bar: bool = False


COLUMNS = (
    Column("step", "step", 6),
    Column("spent", "", 9, bar=True),
    Column("prompt", "prompt", 8),
    Column("prompts", f"{FULL} new {OTHER} cached", 17, bar=True),
    Column("cached", "cached", 8),
    Column("reply", "reply", 8),
    Column("thought", "thought", 9),
    Column("context", "context", 9),
    Column("cost", "cost", 10),
    Column("so far", "so far", 10),
    Column("model", "model", 8),
    Column("tools", "tools", 8),
    Column("times", f"{FULL} model {OTHER} tools", 24, bar=True),
)
"""All columns, from left to right."""
_BY_NAME = {column.name: column for column in COLUMNS}
_IMPORTANCE = (
    *("step", "cost", "spent", "prompt", "so far", "reply", "context", "model", "tools", "cached", "thought"),
    *("times", "prompts"),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """What full bars stand for."""

    spent: float
    """The dearest step: dollars, or tokens where no cost is known."""
    by_cost: bool
    prompt: float
    """The context window, or the longest prompt where the window is not known."""
    time: float
    """The longest step, in seconds."""
    window: int | None = None
    """The context window in tokens, where it is known."""


def scale_of(costs: Costs, window: int | None) -> Scale:
    """Find the largest of everything."""
    by_cost = costs.total.cost_usd is not None
    return Scale(
        spent=max((_spent(row.usage, by_cost) for row in costs.rows), default=0.0),
        by_cost=by_cost,
        prompt=float(window or max((row.usage.prompt_tokens or 0 for row in costs.rows), default=0)),
        time=max(((row.model_seconds or 0.0) + (row.tool_seconds or 0.0) for row in costs.rows), default=0.0),
        window=window,
    )


def fitting(width: int, with_context: bool) -> list[Column]:
    """The columns that fit side by side into `width` cells, from left to right; bars grow once all of them do."""
    wanted = [name for name in _IMPORTANCE if with_context or name != "context"]
    chosen, room = list[str](), width
    for name in wanted:
        if _BY_NAME[name].width > room:
            break
        chosen.append(name)
        room -= _BY_NAME[name].width
    columns = [column for column in COLUMNS if column.name in chosen]
    if len(chosen) < len(wanted):
        return columns
    growth = room // sum(column.bar for column in columns)
    return [_grown(column, growth) if column.bar else column for column in columns]


def _grown(column: Column, cells: int) -> Column:
    return Column(column.name, column.title, max(column.width, min(column.width + cells, FULLEST_BAR + 1)), True)


def title(column: Column, scale: Scale) -> str:
    """The column's title; the first bar says what it compares where there is room for it."""
    if column.name != "spent":
        return column.title
    words = "by cost" if scale.by_cost else "by tokens"
    return words if len(words) < column.width - 1 and column.width > _BY_NAME["spent"].width else ""


def figures(row: CostRow, scale: Scale) -> dict[str, str]:
    """What a step says in each column that is no bar."""
    usage, so_far = row.usage, dollars(row.so_far, row.estimated)
    return _usage_figures(usage) | {
        "step": str(row.step),
        "context": context_fill(usage, scale.window),
        "so far": so_far if row.complete or row.so_far is None else f"≥{so_far}",
        "model": seconds(row.model_seconds),
        "tools": seconds(row.tool_seconds),
    }


def sums(costs: Costs) -> dict[str, str]:
    """What all steps add up to, by column; `≥` where the cost of some is not known."""
    found = _usage_figures(costs.total) | {
        "step": "sum",
        "model": seconds(costs.model_seconds),
        "tools": seconds(costs.tool_seconds),
    }
    if costs.unknown and costs.total.cost_usd is not None:
        found["cost"] = f"≥{found['cost']}"
    return found


def _usage_figures(usage: Usage) -> dict[str, str]:
    return {
        "prompt": tokens(usage.prompt_tokens),
        "cached": tokens(usage.cached_tokens),
        "reply": tokens(usage.completion_tokens),
        "thought": tokens(usage.reasoning_tokens),
        "cost": dollars(usage.cost_usd, usage.cost_estimated),
    }


def context_fill(usage: Usage, window: int | None) -> str:
    """How much of the context window prompt and reply take: `63%`, `94%!` when nearly full, `–` when unknown."""
    prompt = usage.prompt_tokens
    return share_of(None if prompt is None else prompt + (usage.completion_tokens or 0), window)


def share_of(used: int | None, window: int | None) -> str:
    """So many tokens as a share of the context window; with a `!` when it is nearly full, `–` when unknown."""
    if not window or used is None:
        return UNKNOWN
    share = used / window
    return f"{min(share, 99.99):.0%}{'!' if share >= NEARLY_FULL else ''}"


def bars(row: CostRow, scale: Scale, column: Column) -> str:
    """The bar of a step in a column of bars."""
    usage, cells = row.usage, column.width - 1
    if column.name == "spent":
        return bar(_spent(usage, scale.by_cost), scale.spent, cells)
    if column.name == "times":
        return stacked((row.model_seconds or 0.0, row.tool_seconds or 0.0), scale.time, cells)
    prompt, cached = usage.prompt_tokens or 0, usage.cached_tokens or 0
    return stacked((max(0, prompt - cached), min(prompt, cached)), scale.prompt, cells)


def _spent(usage: Usage, by_cost: bool) -> float:
    if by_cost:
        return usage.cost_usd or 0.0
    return float((usage.prompt_tokens or 0) + (usage.completion_tokens or 0))


def bar(value: float, most: float, cells: int) -> str:
    """A bar in eighths of a cell; all that is more than nothing can be seen."""
    share = _share(value, most)
    eighths = max(round(share * cells * 8), int(share > 0))
    return FULL * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def stacked(values: Sequence[float], most: float, cells: int) -> str:
    """Parts of a whole, one after the other, each with a sign of its own; their ends are rounded, not their sizes."""
    found, so_far = "", 0.0
    for value, sign in zip(values, (FULL, OTHER, REST), strict=False):
        so_far += max(value, 0.0)
        found += sign * (round(_share(so_far, most) * cells) - len(found))
    return found or ("▏" if so_far > 0 and cells else "")


def _share(value: float, most: float) -> float:
    return min(max(value / most, 0.0), 1.0) if most > 0 and math.isfinite(value) else 0.0


def charts(costs: Costs, window: int | None, cells: int) -> list[str]:
    """How dollars, prompt and time went from step to step, a line each with its largest figure; none for few steps."""
    if len(costs.rows) < _FEWEST_STEPS or cells < _CHART_NAMES + 20:
        return []
    usages = [row.usage for row in costs.rows]
    dearest = max((u.cost_usd for u in usages if u.cost_usd is not None), default=None)
    fullest = max((u.prompt_tokens for u in usages if u.prompt_tokens is not None), default=None)
    times = [_time(row) for row in costs.rows]
    longest = max((time for time in times if time is not None), default=None)
    share = f", {share_of(fullest, window)} of the window" if window else ""
    drawn = (
        ("cost", [u.cost_usd for u in usages], f"at most {dollars(dearest, costs.total.cost_estimated)} a step"),
        ("prompt", [u.prompt_tokens for u in usages], f"at most {tokens(fullest)} tokens{share}"),
        ("time", times, f"at most {seconds(longest)} a step"),
    )
    room = cells - _CHART_NAMES - max(len(words) for _, _, words in drawn) - 2
    return [
        f"{name:<{_CHART_NAMES}}{spark(values, min(room, 80))}  {words}"
        for name, values, words in drawn
        if any(values) and room >= 8
    ]


def _time(row: CostRow) -> float | None:
    known = [part for part in (row.model_seconds, row.tool_seconds) if part is not None]
    return sum(known) if known else None


def spark(values: Sequence[float | None], cells: int) -> str:
    """A line of small columns, the largest full; of more values than cells, the largest of each few; `·` is unknown."""
    count = min(cells, len(values))
    most = max((value for value in values if value is not None), default=0)
    found = list[str]()
    for cell in range(count):
        few = values[cell * len(values) // count : (cell + 1) * len(values) // count]
        known = [value for value in few if value is not None]
        level = math.ceil(_share(max(known), most) * 8) if known else 0
        found.append(_COLUMNS[max(level, 1)] if known else _NOT_KNOWN)
    return "".join(found)


def where_time_went(costs: Costs, lasted: float | None, bar_cells: int) -> str:
    """The wall time of a run (seconds) as a bar and in words; empty where it is not known or nothing is to compare."""
    model, tools = costs.model_seconds, costs.tool_seconds
    if lasted is None or not lasted > 0 or (model is None and tools is None):
        return ""
    words = list[str]()
    rest = max(0.0, lasted - (model or 0.0) - (tools or 0.0))
    for sign, name, part in ((FULL, "model", model), (OTHER, "tools", tools), (REST, "neither", rest)):
        share = UNKNOWN if part is None else f"{seconds(part)} ({part / lasted:.0%})"
        words.append(f"{sign} {name} {share}")
    drawn = stacked((model or 0.0, tools or 0.0, rest), max(lasted, (model or 0.0) + (tools or 0.0)), bar_cells)
    return f"{drawn} {seconds(lasted)} in all: {', '.join(words)}.".strip()


def nothing_known(costs: Costs) -> str:
    """A sentence when no step says anything of what it took; empty otherwise."""
    known = (*(getattr(costs.total, name) for name in _USAGE), costs.model_seconds, costs.tool_seconds)
    if not costs.rows or any(figure is not None for figure in known):
        return ""
    return "No step says what it took: neither tokens, dollars nor seconds are recorded."


_USAGE = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens", "cost_usd")
