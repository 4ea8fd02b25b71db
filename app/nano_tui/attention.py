"""Telling a person that a run waits for them: the terminal's bell, and a notice when the run is not in sight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widget import Widget

from nano_widgets.safe import one_line
from nano_widgets.units import count

if TYPE_CHECKING:
    from nano_widgets.fleet_rows import FleetRow

_SHOWN = 60


class Attention:
    """Tells of each question once."""

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self._told: set[str] = set()

    def look(self, rows: Sequence[FleetRow], in_sight: Path | None) -> None:
        """Tell of the questions that are new among these runs; `in_sight` is the run that is on the screen."""
        asking = {row.state.ask.id: row for row in rows if row.state.ask is not None}
        new = [row for ask, row in asking.items() if ask not in self._told]
        self._told = set(asking)
        if not new:
            return
        self._owner.app.bell()
        elsewhere = [row for row in new if row.folder != in_sight]
        if elsewhere:
            self._owner.notify(_words(elsewhere), title="Waiting for you", timeout=5, markup=False)


def _words(rows: Sequence[FleetRow]) -> str:
    if len(rows) > 1:
        return f"{count(len(rows), 'run')} wait; pane 2 has them first."
    state = rows[0].state
    return f"{one_line(rows[0].task, _SHOWN)}\n{one_line(state.detail, _SHOWN)}"
