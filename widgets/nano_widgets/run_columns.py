"""The columns of the run table: what each says of a run and of a group of runs, and which of them fit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nano_widgets.run_kinds import MARKS, kind_of
from nano_widgets.units import UNKNOWN, age, count, dollars, seconds, size, tokens

if TYPE_CHECKING:
    from nano_agent.library.selection import Totals
    from nano_agent.library.summary import Summary

GAP = 1
TASK_AT_LEAST = 18
TASK_COMFORTABLE = 40
"""The task is given this much before the less important columns get any."""
_BASIC = 4
"""So many of the most important columns are there rather than a comfortable task."""


_Group = Callable[["Totals", float], str]


def _nothing(totals: Totals, now: float) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    """Its stable name, by which is sorted: a field of the query language."""
    title: str
    width: int
    """Cells; 0 takes what is left."""
    text: Callable[[Summary, float], str]
    """What it says of a run at a time (seconds since the epoch); may be foreign text."""
    right: bool = False
    newest_first: bool = False
    """Whether sorting by it begins with the largest."""
    group: _Group = _nothing
    """What it says of many runs taken together."""
    help: str = ""


def status_of(run: Summary) -> str:
    """The status in a word: `live`, `waiting` for a person, the exit status, `–` when the file says none."""
    if run.waiting:
        return "waiting"
    return "live" if run.live else run.exit_status or UNKNOWN


def age_of(run: Summary, now: float) -> float:
    """Seconds since it started, or since its file last changed when no start is recorded."""
    return now - (run.started_at if run.started_at is not None else run.mtime_ns / 1e9)


def short_model(model: str | None) -> str:
    """The model without its provider, which rarely tells two runs apart."""
    return (model or UNKNOWN).rsplit("/", 1)[-1]


def _reward(reward: float | None) -> str:
    return "" if reward is None else f"{reward:.3g}"


def _mean(text: str) -> str:
    return f"ø{text}" if text else ""


def at_least(known: int, of: int) -> str:
    """What stands before a sum over those that know the figure, when not all of them do."""
    return "≥" if 0 < known < of else ""


def _cost_of(totals: Totals, now: float) -> str:
    return at_least(totals.cost_known, totals.runs) + dollars(totals.cost_usd, totals.estimated)


def _tokens_of(totals: Totals, now: float) -> str:
    return at_least(totals.tokens_known, totals.runs) + tokens(totals.tokens)


def _amount(
    name: str, title: str, width: int, text: Callable[[Summary, float], str], help: str, group: _Group = _nothing
) -> Column:
    return Column(name, title, width, text, right=True, newest_first=True, group=group, help=help)


STATUS = Column(
    "status",
    "status",
    12,
    lambda run, now: f"{MARKS[kind_of(run.exit_status, run.live)]} {status_of(run)}",
    group=lambda totals, now: count(totals.runs, "run") if totals.runs < 10_000 else f"{totals.runs:,}",
    help="why it ended",
)
STARTED = _amount(
    "started",
    "age",
    6,
    lambda run, now: age(age_of(run, now)),
    "time since it started",
    lambda totals, now: age(None if totals.newest is None else now - totals.newest),
)
TASK = Column("task", "task", 0, lambda run, now: _task(run), help="what it was asked for; └ a child's")
MODEL = Column("model", "model", 18, lambda run, now: short_model(run.model), help="the model, without its provider")
FORMAT = Column("format", "format", 14, lambda run, now: run.format, help="who wrote it")

ORDER = (
    STATUS,
    STARTED,
    _amount("seconds", "took", 6, lambda run, now: seconds(run.seconds), "how long it ran"),
    _amount(
        "steps",
        "steps",
        5,
        lambda run, now: f"{run.n_steps:,}",
        "steps; in a group their mean",
        lambda totals, now: _mean("" if totals.steps is None else f"{totals.steps / totals.runs:,.3g}"),
    ),
    _amount("calls", "calls", 5, lambda run, now: f"{run.n_tool_calls:,}", "tool calls"),
    _amount(
        "cost",
        "cost",
        8,
        lambda run, now: dollars(run.cost_usd, run.cost_estimated),
        "dollars; in a group their sum",
        _cost_of,
    ),
    _amount(
        "tokens",
        "tokens",
        6,
        lambda run, now: tokens(run.tokens),
        "prompt and completion tokens; in a group their sum",
        _tokens_of,
    ),
    _amount("prompt", "prompt", 6, lambda run, now: tokens(run.prompt_tokens), "prompt tokens, cached ones included"),
    _amount("completion", "compl", 6, lambda run, now: tokens(run.completion_tokens), "completion tokens"),
    _amount(
        "reward",
        "reward",
        6,
        lambda run, now: _reward(run.reward),
        "reward; in a group the mean of those that have one",
        lambda totals, now: _mean(_reward(totals.reward)),
    ),
    _amount("warnings", "warns", 5, lambda run, now: str(run.n_warnings or ""), "what in the file could not be read"),
    _amount("size", "size", 7, lambda run, now: size(run.size), "bytes on disk"),
    MODEL,
    FORMAT,
    Column("repo", "repo", 16, lambda run, now: _last_part(run.repo), help="the repository worked on"),
    Column("group", "group", 12, lambda run, now: run.group or "", help="rollouts of the same task"),
    Column("instance", "instance", 20, lambda run, now: run.instance or "", help="the benchmark's name for the task"),
    Column("path", "file", 24, lambda run, now: _last_part(run.path), help="name of the file or run folder"),
    TASK,
)
"""All columns, from left to right."""
BY_NAME = {column.name: column for column in ORDER}
AUTOMATIC = ("status", "steps", "cost", "started", "model", "format", "tokens", "reward")
"""The columns that are shown as far as there is room, unless a person chose others; the most important first."""
_RANKS = {name: rank for rank, name in enumerate(AUTOMATIC)}


def _task(run: Summary) -> str:
    return f"{'└ ' if run.is_child else ''}{run.task or ''}"


def _last_part(path: str | None) -> str:
    return (path or "").rstrip("/").rsplit("/", 1)[-1]


def fitting(width: int, chosen: Collection[str] = ()) -> list[tuple[Column, int]]:
    """The columns that fit side by side into `width` cells, from left to right, each with its cells.

    `chosen` are the names of those that are wanted; without them it is as many of the usual ones as leave room for the
    task.
    """
    shown, room = {TASK.name}, width
    wanted = sorted(set(chosen) & BY_NAME.keys(), key=lambda name: _RANKS.get(name, len(_RANKS)))
    for rank, name in enumerate(wanted or AUTOMATIC):
        column = BY_NAME[name]
        least = TASK_AT_LEAST if wanted or rank < _BASIC else TASK_COMFORTABLE
        if column.width and room - column.width - GAP >= least:
            shown.add(name)
            room -= column.width + GAP
    return [(column, column.width or max(1, room)) for column in ORDER if column.name in shown]


def column_at(columns: Sequence[tuple[Column, int]], x: int) -> Column | None:
    """The column whose title stands at a cell."""
    for column, width in columns:
        if x < width + GAP:
            return column
        x -= width + GAP
    return None
