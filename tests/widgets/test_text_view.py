"""Long texts under headings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nano_widgets.flow.search import Search, compiled
from nano_widgets.json_marks import JsonLines
from nano_widgets.text_view import Section, chunks
from support.hostile import EVERYTHING, HOSTILE
from support.painted import assert_harmless, lines
from support.screen import until, until_seen
from support.text_host import TextHost


@given(st.text(st.sampled_from("ab\n"), max_size=60), st.integers(1, 3000), st.text(st.sampled_from("a\n"), max_size=9))
def test_chunks_hold_the_whole_text(piece: str, times: int, end: str) -> None:
    text = piece * times + end
    found = chunks(text)
    position = 0
    for start, stop in found:
        assert text[position:start] in ("", "\n")
        assert stop >= start
        position = stop
    assert text[position:] in ("", "\n")


async def test_sections_have_headings_and_notes() -> None:
    app = TextHost(
        [Section("one", "text\n\x1b[31mred\x1b[0m", "A note.", (("exit 0", "ok"),)), Section("two", "b", colours=True)]
    )
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        shown = [line.strip(" │┃") for line in lines(app.view)]
        assert shown[0].startswith("one ──")
        assert shown[0].endswith("exit 0")
        assert shown[1:4] == ["A note.", "text", "␛[31mred␛[0m"]
        assert shown[5].startswith("two ──")
        await pilot.press("y")
        assert app.clipboard == "text\n\x1b[31mred\x1b[0m"


async def test_what_is_given_while_it_is_hidden_is_painted_when_it_is_seen_again() -> None:
    app = TextHost([Section("", "the old call")])
    async with app.run_test(size=(60, 12)) as pilot:
        await until_seen(pilot, "the old call")
        app.view.display = False
        await pilot.pause()
        app.view.show([Section("", "the new call")])
        app.view.display = True
        await until_seen(pilot, "the new call")


async def test_colours_go_on_over_stretches() -> None:
    app = TextHost([Section("", "\x1b[31m" + "x\n" * 9000, colours=True)])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("G")
        ink = next(s.style for s in app.view.render_line(5) if s.text.strip() == "x")
        assert ink is not None
        assert ink.color is not None
        assert ink.color.number == 1


async def test_search_goes_on_from_where_one_is() -> None:
    body = "".join(f"line {i}\n" for i in range(30_000))
    app = TextHost([Section("first", body), Section("second", "line 7\n")])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("G", "slash", *r"line \d*777$", "enter")
        await until(pilot, lambda: app.view.search is not None and app.view.search.finished)
        assert "1 of 30" in lines(app.view)[-1]
        await pilot.press("N")
        await pilot.pause()
        assert "line 29777" in app.text
        assert "30 of 30" in lines(app.view)[-1]
        await pilot.press("n", "n")
        assert "line 1777" in app.text
        current = [s.text for y in range(19) for s in app.view.render_line(y) if s.style and s.style.underline]
        assert current == ["line 1777"]
        await pilot.press("escape")
        assert app.view.search is None


async def test_json_has_colours() -> None:
    app = TextHost([Section("", '{\n  "key": "value",\n  "n": -1.5e3,\n  "t": true\n}', marker=JsonLines)])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        inks = {s.text.strip(): s.style.color for y in range(4) for s in app.view.render_line(y) if s.style}
        assert len({inks['"key"'], inks['"value"'], inks["-1.5e3"], inks["{"]}) == 4
        assert inks["true"] == inks["-1.5e3"]


@pytest.mark.parametrize("size", [(12, 4), (90, 30)])
async def test_hostile_text(size: tuple[int, int]) -> None:
    app = TextHost([])
    async with app.run_test(size=size):
        for text in (*HOSTILE.values(), EVERYTHING):
            for colours in (False, True):
                section = Section(text, text, right=(), colours=colours, words=colours, marker=JsonLines)
                app.view.show([section, section])
                for act in (app.view.action_go_start, app.view.action_go_end):
                    act()
                    assert_harmless(app.view)


async def test_fifty_megabytes() -> None:
    app = TextHost([])
    async with app.run_test(size=(160, 48)) as pilot:
        for text in ("some output of a program\n" * 2_000_000, "x" * 50_000_000):
            app.view.show([Section("giant", text)])
            app.view.action_go_end()
            app.view.action_scroll_pages(-1)
            assert any(line.strip() for line in lines(app.view))
        await pilot.pause()


TEXTS = st.lists(st.text(st.sampled_from("ab \n"), max_size=20), min_size=1, max_size=8)


@settings(deadline=None)
@given(TEXTS, st.integers(0, 8), st.sampled_from(["a", "ab", "A", "a+$", "("]))
def test_a_search_finds_everything_in_order(texts: list[str], start: int, query: str) -> None:
    search = Search(compiled(query), len(texts), lambda i: (("text", texts[i]),), start)
    while search.work(0):
        pass
    pattern = compiled(query)
    expected = [(i, "text", m.start()) for i, text in enumerate(texts) for m in pattern.finditer(text) if m[0]]
    assert search.hits == expected
    for number, hit in enumerate(expected):
        assert search.next(hit[:2], hit[2], 1) == (number + 1) % len(expected)
        assert search.next(hit[:2], hit[2], -1) == (number - 1) % len(expected)


def test_queries() -> None:
    assert compiled("abc").flags & re.IGNORECASE
    assert not compiled("aBc").flags & re.IGNORECASE
    assert compiled("a(").search("xa(")
    assert compiled("a.c").search("abc")
