"""The files as of a step, in the inspector."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from nano_agent import Trajectory
from nano_agent.changes import Entry, Folder
from nano_widgets.diff_flow import DiffFlow
from nano_widgets.file_tree import FileTree
from nano_widgets.file_view import FileView, file_lines
from nano_widgets.inspector import Inspector
from nano_widgets.step_views.files import FilesPane
from support.hostile import EVERYTHING, HOSTILE
from support.painted import assert_harmless, lines
from support.screen import screen_text, until, until_seen

SAMPLES = Path(__file__).resolve().parents[2] / "sample_trajectories"


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Inspector()

    def on_mount(self) -> None:
        self.inspector.show(Trajectory.load(SAMPLES / "parallel-calls"), 4)
        self.inspector.focus_view()

    @property
    def inspector(self) -> Inspector:
        return self.query_one(Inspector)


@pytest.mark.parametrize("width", [80, 140])
async def test_files_are_browsed_and_read(width: int) -> None:
    app = Host()
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("W")
        await until_seen(pilot, "[files]", "ledger/", "README.md")
        tree = app.query_one(FileTree)
        rows = lines(tree)
        assert any("▾ ~ ledger/" in row for row in rows), rows
        await pilot.press("plus")
        shown = [row for row in lines(tree) if row.strip()]
        assert 0 < len(shown) < len([row for row in rows if row.strip()])
        await until(pilot, lambda: tree.has_focus)
        await pilot.press("G", "enter")
        await until(pilot, lambda: app.query_one(FileView).has_focus)
        view = app.query_one(FileView)
        await until(pilot, lambda: any("+" in line for line in lines(view)))
        assert "exact" in screen_text(app)
        assert tree.display == (width > 100)
        await pilot.press("y")
        assert not app.clipboard.startswith((" ", "+"))
        await pilot.press("escape")
        await until(pilot, lambda: tree.has_focus)
        await pilot.click(FileTree, offset=(6, 1), times=2)
        await until(pilot, lambda: view.has_focus)
        await pilot.press("K")
        await until(pilot, lambda: app.inspector.step == 3)
        assert app.query_one(FilesPane).reading


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield FileTree()
        yield FileView()


async def test_many_files_and_hostile_names(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Bare()
    monkeypatch.setattr(DiffFlow, "_wanted", True)
    entries = tuple(Entry(name, name, "file", "+") for name in (*HOSTILE.values(), EVERYTHING))
    many = tuple(Entry(f"f{number}", f"many/f{number}", "file") for number in range(50_000))
    folder = (Entry("many", "many", "folder", "~"),)
    async with app.run_test(size=(60, 24)) as pilot:
        tree, view = app.query_one(FileTree), app.query_one(FileView)
        tree.show({"": Folder(folder + entries, "exact"), "many": Folder(many, "exact")})
        await pilot.pause()
        assert tree.row_count == 50_001 + len(entries)
        for cursor in (0, tree.row_count - 1):
            tree.cursor = cursor
            await pilot.pause()
            assert_harmless(tree)
        assert not view.two_columns
        view.show(file_lines(EVERYTHING, EVERYTHING, {1, 2}))
        await pilot.pause()
        assert_harmless(view)
