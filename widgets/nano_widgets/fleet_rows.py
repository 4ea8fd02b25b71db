"""Runs that go on, and those that ended lately, as values: what each row of the fleet says, and who comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nano_widgets.run_kinds import INKS, MARKS, kind_of
from nano_widgets.units import UNKNOWN, clock, seconds

if TYPE_CHECKING:
    from nano_agent.record import RunState

LOOP = 3
"""How many times in a row a call, or a round of calls, is made before it is called a loop."""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One run, as it is at one moment. The strings are foreign text."""

    folder: Path
    task: str
    model: str
    state: RunState
    step_limit: int | None = None
    tool_limit: int | None = None
    window: int | None = None
    """Tokens that the model takes; `None` when that is not known."""
    parent: str = ""
    """The name of the folder beside this one whose run handed it its work."""

    @property
    def context(self) -> float | None:
        """How full the model's context was at the last request, from 0 to 1."""
        used = self.state.prompt_tokens
        return used / self.window if used is not None and self.window else None

    @property
    def loops(self) -> bool:
        """Whether it goes on and repeats itself."""
        return self.state.repeats >= LOOP and not self.state.ended


_NEEDS = {"approval": 0, "limit": 0, "suspended": 1, "retrying": 3}
_LOOPING, _GOING, _TROUBLED, _ENDED = 2, 4, 5, 6


def need(row: FleetRow) -> int:
    """How much a run needs a person: 0 waits for one; then suspended, looping and retrying ones; what ended is last."""
    state = row.state
    if state.ended:
        return _TROUBLED if kind_of(state.exit_status, live=False) in ("bad", "limit") else _ENDED
    if row.loops:
        return min(_LOOPING, _NEEDS.get(state.doing, _LOOPING))
    return _NEEDS.get(state.doing, _GOING)


def in_order(rows: Sequence[FleetRow]) -> list[FleetRow]:
    """Who needs a person first; among equals the newest, which is told by the folder's name and never changes.

    Children stand below their parent.
    """
    first = heads(rows)
    there = {row.folder for row in first}
    below: dict[Path, list[FleetRow]] = {}
    for row in sorted(rows, key=lambda row: row.folder.name):
        if row.folder not in there:
            below.setdefault(row.folder.parent / row.parent, []).append(row)
    ordered = sorted(sorted(first, key=lambda row: row.folder.name, reverse=True), key=need)
    return [one for row in ordered for one in (row, *below.get(row.folder, ()))]


def heads(rows: Sequence[FleetRow]) -> list[FleetRow]:
    """The runs whose parents are not among them: what a child waits for, its parent waits for too."""
    folders = {row.folder for row in rows}
    return [row for row in rows if not row.parent or row.folder.parent / row.parent not in folders]


def in_words(rows: Sequence[FleetRow]) -> str:
    """`3 live, 1 asks, 1 loops, 1 retrying`; empty when nothing is going."""
    live = [row for row in heads(rows) if not row.state.ended]
    if not live:
        return ""
    doing = Counter[str](row.state.doing for row in live)
    asks = "asks" if doing["approval"] == 1 else "ask"
    named = (("approval", asks), ("limit", "at a limit"), ("suspended", "suspended"), ("retrying", "retrying"))
    parts = [f"{len(live)} live", *(f"{doing[key]} {word}" for key, word in named if doing[key])]
    if looping := sum(row.loops for row in live):
        parts.append(f"{looping} {'loops' if looping == 1 else 'loop'}")
    return ", ".join(parts)


def doing(state: RunState, now: float) -> tuple[str, str]:
    """What a run does and for how long, in about sixteen cells, and the look of it; `now` in seconds of the epoch."""
    if state.ended:
        kind = kind_of(state.exit_status, live=False)
        return f"{MARKS[kind]} {state.exit_status or UNKNOWN}", INKS[kind]
    age = None if state.since is None else max(0.0, now - state.since)
    match state.doing:
        case "running":
            return f"▶ running {clock(age)}", "ok"
        case "retrying":
            wait = UNKNOWN if state.until is None else seconds(max(0.0, state.until - now))
            return f"↻ retry in {wait}", "warning"
        case "approval":
            return f"? asks {clock(age)}", "warning"
        case "limit":
            return f"? limit {clock(age)}", "warning"
        case "suspended":
            return "‖ suspended", "warning"
        case "thinking":
            return "● between steps", "ok"
        case other:
            return f"● {other} {seconds(age) if age is not None else ''}", "ok"
