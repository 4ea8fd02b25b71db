"""A diff cut into stretches, in order and side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nano_widgets.diff_flow import DiffFlow
from nano_widgets.diff_layout import chunk_of, chunks, pairs
from nano_widgets.diff_text import ADD, CONTEXT, DEL, Diff, parse
from nano_widgets.diff_view import DiffView
from support.diff_host import DiffHost
from support.painted import assert_harmless, lines

HUNK = st.lists(st.tuples(st.sampled_from(" +-"), st.integers(1, 60)), max_size=6)


def diff_of(files: list[list[tuple[str, int]]]) -> tuple[str, list[str], list[str]]:
    """A diff of these runs of lines in each file, and all its old and new lines."""
    found, old, new = list[str](), list[str](), list[str]()
    for number, runs in enumerate(files):
        body = [f"{sign}{number} {index} {i}" for index, (sign, length) in enumerate(runs) for i in range(length)]
        before, after = [line for line in body if line[0] != "+"], [line for line in body if line[0] != "-"]
        found += [f"diff --git a/{number} b/{number}", f"--- a/{number}", f"+++ b/{number}"]
        found += [f"@@ -1,{len(before)} +1,{len(after)} @@", *body]
        old += [line[1:] for line in before]
        new += [line[1:] for line in after]
    return "\n".join(found), old, new


def texts(diff: Diff, lines_of: list[int | None], kinds: tuple[int, ...]) -> list[str]:
    return [diff.lines[line][1:] for line in lines_of if line is not None and diff.kinds[line] in kinds]


@given(st.lists(HUNK, max_size=3))
def test_both_columns_rebuild_both_texts(files: list[list[tuple[str, int]]]) -> None:
    text, old, new = diff_of(files)
    diff = parse(text)
    beside = chunks(diff, beside=True)
    rows = [pair for chunk in beside for pair in pairs(diff, chunk)]
    assert texts(diff, [left for left, _ in rows], (CONTEXT, DEL)) == old
    assert texts(diff, [right for _, right in rows], (CONTEXT, ADD)) == new
    for line in range(len(diff.lines)):
        a, b, c, d = beside[chunk_of(beside, line)]
        assert a <= line < b or c <= line < d
    ordered = chunks(diff, beside=False)
    assert [line for a, b, _, _ in ordered for line in range(a, b)] == list(range(len(diff.lines)))
    assert all(one[1] == two[0] for one, two in pairwise(ordered))
    folded = chunks(diff, beside=False, folded=range(len(diff.files)))
    assert [chunk[:2] for chunk in folded] == [(file.start, file.start + 1) for file in diff.files]


async def test_side_by_side_folding_context_and_search(monkeypatch: pytest.MonkeyPatch) -> None:
    text, _, _ = diff_of([[(" ", 3), ("-", 2), ("+", 3), (" ", 3)], [("+", 4)]])
    app = DiffHost()
    monkeypatch.setattr(DiffFlow, "_wanted", False)
    async with app.run_test(size=(120, 40)) as pilot:
        app.view.show(text, "step 9", ("A note.",))
        await pilot.press("b")
        assert app.view.two_columns
        row = next(line for line in lines(app.view) if "0 1 1" in line)
        assert row.index("-0 1 1") < row.index("│") < row.index("+0 2 1")
        assert any("A note." in line for line in lines(app.view))
        await pilot.press("U")
        assert any("⋯ 3 unchanged lines" in line for line in lines(app.view))
        await pilot.press("Z")
        assert sum("▸" in line for line in lines(app.view)) == 2
        assert not any("0 1 1" in line for line in lines(app.view))
        await pilot.press("slash", *"1 0 2", "enter")
        await pilot.pause(0.1)
        assert any("1 0 2" in line for line in lines(app.view))
        marked = [s.text for y in range(38) for s in app.view.render_line(y) if s.style and s.style.underline]
        assert "1 0 2" in marked
        await pilot.press("escape", "b")
        assert not app.view.two_columns
        y = next(y for y, line in enumerate(lines(app.view)) if "▾ 1" in line)
        await pilot.click(DiffView, offset=(6, y))
        assert any("▸ 1" in line for line in lines(app.view))
        assert_harmless(app.view)
        await pilot.resize_terminal(60, 20)
        assert_harmless(app.view)


async def test_what_is_wanted_is_remembered_and_needs_room(monkeypatch: pytest.MonkeyPatch) -> None:
    app = DiffHost()
    text, _, _ = diff_of([[("-", 1), ("+", 1)]])
    monkeypatch.setattr(DiffFlow, "_wanted", True)
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(text)
        await pilot.pause()
        assert app.view.two_columns
        assert not any("-0 0 0" in line and "+0 1 0" in line for line in lines(app.view))
        await pilot.resize_terminal(130, 20)
        await pilot.pause()
        assert any("-0 0 0" in line and "+0 1 0" in line for line in lines(app.view))
