"""Moving between panes, at every size of terminal."""

from __future__ import annotations

import pytest

from nano_tui.app import NanoTui
from nano_tui.settings import Settings
from support.screen import screen_text, until, until_seen


def run(app: NanoTui, size: tuple[int, int]):
    return app.run_test(size=size, notifications=True, tooltips=True)


async def test_wide_screens_show_three_panes() -> None:
    async with run(NanoTui(), (150, 40)) as pilot:
        await until_seen(pilot, "1 Launch", "2 Live", "3 Browse")
        assert all(pane.display and pane.size.width > 30 for pane in pilot.app.main.panes)


@pytest.mark.parametrize("size", [(80, 24), (149, 40), (40, 10)])
async def test_narrow_screens_show_one_pane_and_tabs(size: tuple[int, int]) -> None:
    async with run(NanoTui(), size) as pilot:
        for key, shown in (("1", "launch"), ("2", "live"), ("3", "browse")):
            await pilot.press("escape", key)
            await until(pilot, lambda shown=shown: [p.id for p in pilot.app.main.panes if p.display] == [shown])
            assert "1 Launch  2 Live  3 Browse" in screen_text(pilot.app)


async def test_a_click_on_a_tab_goes_there() -> None:
    async with run(NanoTui(), (80, 24)) as pilot:
        await pilot.click("PaneTabs", offset=(13, 0))
        await until(pilot, lambda: pilot.app.main.live.display and pilot.app.main.live.has_focus_within)


async def test_zoom_gives_one_pane_the_screen_and_back() -> None:
    async with run(NanoTui(), (200, 60)) as pilot:
        await pilot.press("2", "z")
        await until(pilot, lambda: [p.id for p in pilot.app.main.panes if p.display] == ["live"])
        await pilot.press("z")
        await until(pilot, lambda: all(p.display for p in pilot.app.main.panes))


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (39, 24), (80, 9)])
async def test_a_tiny_terminal_says_so_and_recovers(size: tuple[int, int]) -> None:
    async with run(NanoTui(), size) as pilot:
        await until_seen(pilot, "This terminal is" if size[0] > 1 else " ")
        await pilot.resize_terminal(80, 24)
        await until_seen(pilot, "3 Browse")


async def test_a_storm_of_resizes_ends_in_a_whole_picture() -> None:
    async with run(NanoTui(), (160, 48)) as pilot:
        for step in range(12):
            await pilot.resize_terminal(10 + step * 77 % 220, 3 + step * 31 % 70)
        await pilot.resize_terminal(160, 48)
        await until_seen(pilot, "1 Launch", "2 Live", "3 Browse", "Help")


async def test_the_app_begins_where_it_is_told() -> None:
    async with run(NanoTui(Settings(pane="live")), (160, 48)) as pilot:
        await until(pilot, lambda: pilot.app.main.live.has_focus_within)


async def test_q_quits() -> None:
    app = NanoTui()
    async with run(app, (80, 24)) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 0
