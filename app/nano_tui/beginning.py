"""What the app does first, and in which order: what it was opened for comes before what takes longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nano_tui.bridge import in_background
from nano_tui.settings import CannotBegin, Settings

if TYPE_CHECKING:
    from nano_agent.spec import RunSpec
    from nano_tui.main_screen import MainScreen

PATIENCE = 0.3
"""Seconds that the panes beside wait for the first rows."""
SWEEP_AFTER = 3.0
"""Seconds after the first screen when it is looked for what killed runs have left behind."""


class Beginning:
    """The start of the app, once its first picture is there."""

    def __init__(self, screen: MainScreen, settings: Settings) -> None:
        self._screen = screen
        self._settings = settings
        self.may_fill = 0
        """How many of the panes may fill themselves, the current one first: what the app was opened for comes before,
        and the first runs before what is in the other panes."""

    def start(self) -> None:
        """Begin; returns at once."""
        in_background(self._screen, "begin", self._begin)
        self._screen.set_timer(SWEEP_AFTER, lambda: in_background(self._screen, "sweep", self._sweep))

    async def _begin(self) -> None:
        paths = [path.expanduser() for path in self._settings.paths]
        file = next((path for path in paths if len(paths) == 1 and path.is_file()), None)
        if file is not None:
            await self._open(file)
        self._screen.feed.start()
        self._may_fill(1)
        in_background(self._screen, "fill", self._fill_the_rest)
        if self._settings.first_run is not None:
            await self._launch(self._settings.first_run)
        elif file is None and len(paths) == 1:
            await self._open(paths[0])

    async def _fill_the_rest(self) -> None:
        await self._screen.feed.first_rows(PATIENCE)
        self._may_fill(3)

    def _may_fill(self, panes: int) -> None:
        self.may_fill = panes
        self._screen.call_after_refresh(self._screen.fill_visible)

    async def _open(self, path: Path) -> None:
        """Go straight to the run, where the path that the app was opened with is one."""
        from nano_tui.opening import holds_one_run

        if await asyncio.to_thread(holds_one_run, path):
            await self._screen.browse.open_path(path.absolute())

    async def _launch(self, prepare: Callable[[], RunSpec]) -> None:
        """Start the run that the app was opened with."""
        try:
            spec, folder = await asyncio.to_thread(_launched, prepare)
        except CannotBegin as error:
            title = "The run was not started"
            self._screen.notify(str(error), title=title, severity="error", timeout=30, markup=False)
            return
        self._screen.launch.preset(spec)
        self._screen.fleet.also(folder)
        await self._screen.show_live(folder)

    async def _sweep(self) -> None:
        """Remove the work trees of killed runs; say where there is work in one that is saved nowhere else."""
        for place in await asyncio.to_thread(_swept):
            told = f"A killed run left work in {place}. To go on with it: nano-tui resume {place.name} --as-it-is"
            title = "Not saved anywhere else"
            self._screen.notify(told, title=title, severity="warning", timeout=30, markup=False)


def _swept() -> Sequence[Path]:
    from nano_agent.left_behind import sweep_left_behind

    return sweep_left_behind()


def _launched(prepare: Callable[[], RunSpec]) -> tuple[RunSpec, Path]:
    from nano_agent.launch import LaunchError, launch

    spec = prepare()
    try:
        return spec, launch(spec)
    except LaunchError as error:
        raise CannotBegin(str(error)) from error
