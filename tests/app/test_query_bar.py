"""The query bar: completions from the index, errors with their place, earlier queries."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Paste

from nano_tui import runs_view, state
from nano_tui.app import NanoTui
from nano_tui.query_bar import QueryBar
from nano_tui.settings import Settings
from nano_widgets.hint_line import HintLine
from nano_widgets.run_table import RunTable
from support.runs import mini_file
from support.screen import screen_text, typed, until, until_seen

SIZE = (100, 30)


@pytest.fixture
def app(tmp_path: Path) -> NanoTui:
    folder = tmp_path / "runs"
    mini_file(folder / "a.traj.json", task="Paint the gate", model="acme/small", cost=0.5)
    mini_file(folder / "b.traj.json", task="Oil the hinge", model="acme/large", cost=2.5)
    mini_file(folder / "c.traj.json", task="Oil the door", model="acme/large", cost=1.5)
    return NanoTui(Settings((folder,)))


def table(app: NanoTui) -> RunTable:
    return app.main.browse.table


def hint(app: NanoTui) -> str:
    return app.query_one(HintLine).said


async def test_values_come_from_the_index_and_tab_takes_one_after_the_other(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"mod")
        await until(pilot, lambda: hint(app).startswith("model:"))
        top = table(app).region.y
        await pilot.press("tab")
        await until(pilot, lambda: hint(app).split() == ["acme/large", "acme/small"], "the most frequent first")
        await pilot.press("tab")
        assert app.focused.value == "model:acme/large"
        await until_seen(pilot, "2 runs")
        await pilot.press("tab")
        assert app.focused.value == "model:acme/small"
        await until_seen(pilot, "1 run ")
        await typed(pilot, "shift+tab", *" cost>2")
        assert app.focused.value == "model:acme/large cost>2"
        await until_seen(pilot, "1 run ", "Oil the hinge")
        assert table(app).region.y == top, "nothing moved meanwhile"


async def test_a_hint_is_taken_with_the_mouse(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"model:")
        await until(pilot, lambda: "acme/small" in hint(app))
        await pilot.click(HintLine, offset=(1 + hint(app).index("acme/small"), 0))
        await until(pilot, lambda: app.focused and getattr(app.focused, "value", "") == "model:acme/small")
        await until_seen(pilot, "1 run ", "Paint the gate")


async def test_what_is_wrong_is_said_below_its_place_and_the_rows_stay(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"oil")
        await until_seen(pilot, "2 runs")
        # All at once: a pause between two keys would ask for a word that is only a part of this.
        app.focused.insert_text_at_cursor(" modle:large")
        await until(pilot, lambda: "Did you mean" in hint(app))
        assert hint(app).startswith('    ^^^^^ There is no field "modle". Did you mean "model"?')
        assert table(app).row_count == 2, "the rows of what was understood last"
        assert "of the query before: 2 runs" in screen_text(app)
        await typed(pilot, *["left"] * 6, "backspace", "backspace", *"el")
        await until(pilot, lambda: "^" not in hint(app))


async def test_what_an_earlier_query_did_not_find_is_not_said_of_one_that_is_not_understood(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"zebra")
        await until_seen(pilot, "No run matches. ")
        app.focused.insert_text_at_cursor(" modle:large")
        await until_seen(pilot, "The query above is not understood")
        assert "No run matches" not in screen_text(app)
        await typed(pilot, "ctrl+u", *"oil")
        await until_seen(pilot, "2 runs")
        assert "before" not in screen_text(app)


async def test_the_arrow_stands_at_the_column_that_the_query_sorts_by(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs", "age↓")
        await typed(pilot, "slash", *"sort:-cost")
        await until_seen(pilot, "cost↓")
        assert "age↓" not in screen_text(app)
        await pilot.press("enter", "s")
        await until_seen(pilot, "The query sorts by itself", "cost↓")
        await pilot.press("escape")
        await until(pilot, lambda: "cost↓" not in screen_text(app) and "sort:" not in screen_text(app).splitlines()[1])


async def test_an_unfinished_condition_is_no_error_while_it_is_typed(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"status:")
        await until(pilot, lambda: "done" in hint(app))
        await pilot.pause(0.3)
        assert "needs a value" not in screen_text(app)


async def test_earlier_queries_come_back_with_up(app: NanoTui, tmp_path: Path) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        for query in ("task:gate", "task:door"):
            await pilot.press("slash", *["backspace"] * 20, *query, "enter")
            await until_seen(pilot, "1 run ")
            await until(pilot, lambda query=query: state.load().queries[:1] == (query,))
        await pilot.press("escape")
        await until_seen(pilot, "3 runs")
        await pilot.press("slash")
        bar = app.query_one(QueryBar)
        await until(pilot, lambda: bar.history == ("task:door", "task:gate"))
        await typed(pilot, *"oil", "up", "up")
        assert bar.text == "task:gate"
        await until_seen(pilot, "1 run ", "Paint the gate")
        await pilot.press("up", "down")
        assert bar.text == "task:door"
        await pilot.press("down")
        assert bar.text == "oil", "what was typed is not lost"
        await pilot.press("down")
        await until(pilot, lambda: table(app).has_focus)


async def test_the_last_words_asked_for_are_those_that_are_shown(app: NanoTui) -> None:
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash", *"oil")
        await pilot.pause(0.15)
        await typed(pilot, *" gate")
        await until_seen(pilot, "0 runs", "No run matches.")
        await pilot.press(*["backspace"] * 5)
        await until_seen(pilot, "2 runs")


async def test_only_typing_is_waited_for(app: NanoTui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_view, "ASK_AFTER", 3600.0)
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "3 runs")
        await typed(pilot, "slash")
        app.post_message(Paste("model:acme/large"))
        await until_seen(pilot, "2 runs")
        await typed(pilot, *" cost>2")
        assert "2 runs" in screen_text(app), "more may follow"
        await pilot.press("enter")
        await until_seen(pilot, "1 run ", "Oil the hinge")
