"""The run table over rows that come little by little."""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path

from textual.app import App, ComposeResult

from nano_agent.library.candidates import Candidate
from nano_agent.library.index import Index
from nano_agent.library.reading import Reading
from nano_agent.library.rows import Rows
from nano_agent.library.schema import to_row
from nano_agent.library.summary import summarise
from nano_agent.trajectory import Trajectory
from nano_widgets.run_table import RunTable
from support.screen import screen_text, until

COUNT = 300


class TableApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.table = RunTable()

    def compose(self) -> ComposeResult:
        yield self.table


def index_of(path: Path) -> Index:
    index = Index(path)
    bare = summarise(Trajectory("nano", Path("/r/x")))
    runs = [to_row(replace(bare, task=f"Task {n} …"), f"/r/{n}") for n in range(COUNT)]
    index.store([Reading(Candidate(f"/r/{n}", 1, 1, 1), (row,), False) for n, row in enumerate(runs)])
    return index


async def test_the_cursor_stays_in_a_line_whose_run_is_not_known_yet(tmp_path: Path) -> None:
    index = index_of(tmp_path / "library.db")
    ids = array("q", range(1, COUNT + 1))
    app = TableApp()
    async with app.run_test(size=(90, 20)) as pilot:
        app.table.show(Rows(index, ids[:50] + array("q", bytes(8 * (COUNT - 50)))))
        await pilot.press("j", "G", "M")
        assert app.table.cursor == COUNT - 1
        assert app.table.current is None
        assert app.table.marks == set(ids[:50]), "what is not known cannot be marked"
        app.table.show(Rows(index, ids))
        await pilot.pause()
        assert app.table.cursor == COUNT - 1
        last = screen_text(app).splitlines()[-1]
        assert last.startswith("› ")
        assert f"Task {COUNT - 1} " in last
    index.close()


async def test_a_row_looks_the_same_after_the_cursor_was_on_it_and_shows_its_mark(tmp_path: Path) -> None:
    index = index_of(tmp_path / "library.db")
    app = TableApp()
    async with app.run_test(size=(90, 20)) as pilot:
        app.table.show(Rows(index, array("q", range(1, COUNT + 1))))
        await pilot.press("j")
        before = app.table.render_line(1)
        assert before.cell_length == app.table.scrollable_content_region.width
        await pilot.press("k")
        assert app.table.render_line(1).text.startswith("›")
        await pilot.press("j")
        assert list(app.table.render_line(1)) == list(before)
        await pilot.press("k", "space")
        await until(pilot, lambda: app.table.render_line(1).text.startswith(" *"))
        await pilot.press("u")
        await until(pilot, lambda: list(app.table.render_line(1)) == list(before))
    index.close()
