"""The virtual list: moving, choosing, painting only what is seen."""

from __future__ import annotations

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from nano_widgets.line_list import LineList
from nano_widgets.line_painter import Row
from nano_widgets.safe import one_line
from support.screen import screen_text


class Rows(LineList):
    """Rows that say their number, and remember which were painted."""

    painted: list[int]
    header: str | None = None

    def on_mount(self) -> None:
        self.painted = []

    def render_row(self, index: int, width: int) -> Row:
        self.painted.append(index)
        return [Segment(one_line(f"row {index} " + "x" * 200, width))]

    def render_header(self, width: int) -> Row | None:
        return [Segment(self.header)] if self.header else None


class Host(App[None]):
    def __init__(self, count: int, header: str | None = None) -> None:
        super().__init__()
        self.count, self.header = count, header
        self.said: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        yield Rows()

    def on_mount(self) -> None:
        self.rows.header = self.header
        self.rows.focus()
        self.rows.set_row_count(self.count)

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    def on_line_list_highlighted(self, message: LineList.Highlighted) -> None:
        self.said.append(("highlighted", message.index))

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        self.said.append(("selected", message.index))

    def on_line_list_header_clicked(self, message: LineList.HeaderClicked) -> None:
        self.said.append(("header", message.x))


def lines(pilot: Pilot[None]) -> list[str]:
    return screen_text(pilot.app).split("\n")


async def test_keys_move_the_cursor_and_keep_it_in_sight() -> None:
    app = Host(1000)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("j", "down", "k")
        assert app.rows.cursor == 1
        await pilot.press("pagedown")
        assert app.rows.cursor == 11
        await pilot.press("G")
        assert app.rows.cursor == 999
        assert lines(pilot)[-1].startswith("› row 999 ")
        assert "…" in lines(pilot)[-1]
        await pilot.press("j", "pageup", "pageup", "k")
        assert app.rows.cursor == 978
        assert lines(pilot)[0].startswith("› row 978 ")
        await pilot.press("g", "k", "enter")
        assert lines(pilot)[0].startswith("› row 0 ")
        assert app.said[-2:] == [("highlighted", 0), ("selected", 0)]


async def test_the_mouse_does_what_keys_do() -> None:
    app = Host(100, header="  number")
    async with app.run_test(size=(40, 10)) as pilot:
        assert lines(pilot)[0].startswith("    number")
        await pilot.click(Rows, offset=(5, 4))
        assert app.rows.cursor == 3
        await pilot.click(Rows, offset=(5, 4), times=2)
        assert app.said[-1] == ("selected", 3)
        await pilot.click(Rows, offset=(9, 0))
        assert app.said[-1] == ("header", 7)
        await pilot.press("G")
        assert lines(pilot)[0].startswith("    number")
        assert lines(pilot)[-1].startswith("› row 99 ")
        assert lines(pilot)[1].startswith("  row 91 ")


async def test_only_visible_rows_are_painted_and_only_once() -> None:
    app = Host(500_000)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        app.rows.painted.clear()
        await pilot.press("j", "j", "k")
        assert app.rows.painted == []
        await pilot.press("G")
        assert sorted(set(app.rows.painted)) == list(range(499_990, 500_000))


async def test_an_empty_list_says_what_it_is() -> None:
    app = Host(0)
    async with app.run_test(size=(40, 10)) as pilot:
        app.rows.notice = "Looking for runs … [/] \x1b[2J"
        await pilot.press("j", "G", "enter")
        assert lines(pilot)[0].strip() == "Looking for runs … [/] ␛[2J"
        assert app.said == []
        app.rows.set_row_count(2)
        await pilot.pause()
        assert lines(pilot)[0].startswith("› row 0")


async def test_a_shorter_list_takes_the_cursor_along() -> None:
    app = Host(100)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("G")
        app.rows.set_row_count(5)
        await pilot.pause()
        assert app.rows.cursor == 4
        assert lines(pilot)[4].startswith("› row 4")
        app.rows.set_row_count(50, cursor=30)
        await pilot.pause()
        assert app.rows.cursor == 30
        assert any(line.startswith("› row 30 ") for line in lines(pilot))


async def test_a_refreshed_row_is_painted_anew() -> None:
    app = Host(5)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        app.rows.painted.clear()
        app.rows.refresh_row(3)
        await pilot.pause()
        assert app.rows.painted == [3]
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        assert set(app.rows.painted) == {0, 1, 2, 3, 4}


async def test_every_binding_says_what_it_does() -> None:
    app = Host(5)
    async with app.run_test() as pilot:
        await pilot.pause()
        mine = [active.binding for active in app.screen.active_bindings.values() if active.node is app.rows]
        ours = [binding for binding in mine if (binding.id or "").startswith("list.")]
        assert len(ours) == 13
        assert all(binding.description and binding.tooltip for binding in ours)


async def test_the_cursors_sign_is_seen_in_every_theme() -> None:
    app = Host(3)
    async with app.run_test(size=(40, 10)) as pilot:
        for theme in app.available_themes:
            app.theme = theme
            await pilot.pause()
            sign = next(iter(app.rows.render_line(0)))
            assert sign.text.startswith("›")
            assert sign.style is not None
            assert sign.style.color != sign.style.bgcolor, theme
