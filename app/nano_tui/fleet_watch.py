"""What the runs that go on do now, and how those ended that ended lately, for the table of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.dom import DOMNode
from textual.message import Message

from nano_tui.bridge import in_background

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_agent.record import RunWatch
    from nano_widgets.fleet_rows import FleetRow

LOOK_EVERY = 1.0
"""Seconds between two looks; what is shown of them are times in seconds."""
MOST = 500
"""How many runs are looked at; the newest."""


class FleetWatch:
    """Looks at every run that goes on, without its messages, and says what they do.

    A run that ends stays, as it ended, while the app is open.
    """

    @dataclass
    class Seen(Message):
        """What the runs do now; those that ended are among them."""

        rows: Sequence[FleetRow]

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        self._folders: dict[Path, None] = {}
        self._watches: dict[Path, RunWatch] = {}
        self._rows: dict[Path, FleetRow] = {}
        self._going = False

    def watch(self, runs: Sequence[Summary]) -> None:
        """Watch these runs too from now on, those that ended as well as those that go on."""
        for run in runs:
            if run.format == "nano-run":
                folder = Path(run.path)
                self._folders.setdefault(folder)
                if run.live and (row := self._rows.get(folder)) and row.state.ended:
                    # It ended and was taken up again.
                    self._rows.pop(folder, None)
        self._start()

    def also(self, folder: Path) -> None:
        """Watch a run that the library has not found yet."""
        self._folders.setdefault(folder)
        self._start()

    def _start(self) -> None:
        if not self._going and self._folders:
            self._going = True
            in_background(self._owner, "fleet", self._look_forever)

    async def _look_forever(self) -> None:
        before: Sequence[FleetRow] = ()
        while True:
            rows = await asyncio.to_thread(self._look)
            if rows != before or any(not row.state.ended for row in rows):
                self._owner.post_message(self.Seen(rows))
            before = rows
            await asyncio.sleep(LOOK_EVERY)

    def _look(self) -> list[FleetRow]:
        """One look at each run, in a thread; only one look is under way at any time."""
        for folder in list(self._folders)[-MOST:]:
            row = self._rows.get(folder)
            if row is not None and row.state.ended:
                continue
            if not folder.is_dir():
                self._folders.pop(folder, None)
                self._rows.pop(folder, None)
                continue
            watch = self._watch_of(folder)
            if watch.poll() or row is None:
                self._rows[folder] = _row(watch)
            if watch.state.ended:
                self._watches.pop(folder)
        return list(self._rows.values())

    def _watch_of(self, folder: Path) -> RunWatch:
        from nano_agent.record import RunWatch

        if folder not in self._watches:
            self._watches[folder] = RunWatch(folder)
        return self._watches[folder]


def _row(watch: RunWatch) -> FleetRow:
    from nano_agent.models.prices import context_window
    from nano_widgets.fleet_rows import FleetRow
    from nano_widgets.limits import as_changed, last_step, limit

    metadata = as_changed(watch.metadata, watch.state)
    model = str(metadata.get("model") or "")
    return FleetRow(
        watch.files.folder,
        str(metadata.get("task") or ""),
        model,
        copy(watch.state),
        last_step(metadata),
        limit(metadata, "tool_limit"),
        context_window(model, metadata.get("api_base")),
        parent if isinstance(parent := metadata.get("parent"), str) else "",
    )
