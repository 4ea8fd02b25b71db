"""The JSON tree: folding, searching, copying, by key and by mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from textual.app import App, ComposeResult

from nano_widgets.json_tree.nodes import Node, path
from nano_widgets.json_tree.pieces import read
from nano_widgets.json_tree.tree_view import JsonTree, Root
from support.hostile import HOSTILE
from support.painted import assert_harmless, lines
from support.screen import typed, until

VALUE = {
    "name": "run",
    "steps": [{"cmd": "ls"}, {"cmd": "needle here", "odd key": None}],
    "text": "first\n  second",
    "n": -1.5,
    "empty": {},
}


class Host(App[None]):
    def __init__(self, roots: Sequence[Root]) -> None:
        super().__init__()
        self.roots = roots

    def compose(self) -> ComposeResult:
        yield JsonTree()

    def on_mount(self) -> None:
        self.tree_view.show(self.roots)
        self.tree_view.focus()

    @property
    def tree_view(self) -> JsonTree:
        return self.query_one(JsonTree)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in lines(self.tree_view)).rstrip()


async def test_folds_open_and_close() -> None:
    app = Host([Root("arguments", VALUE), Root("record", VALUE, open=False)])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert app.text.split("\n") == [
            "› ▾ arguments  {5 members}",
            '      name: "run"',
            "    ▸ steps: [2 elements]",
            '    ▸ text: "first ↵ second…" 2 lines',
            "      n: -1.5",
            "      empty: {}",
            "  ▸ record  {5 members}",
        ]
        await pilot.press("j", "j", "j", "enter")
        assert "        first\n          second" in app.text  # indentation is kept
        await pilot.press("k", "greater_than_sign", "greater_than_sign")
        assert 'cmd: "needle here"' in app.text
        assert "odd key: null" in app.text
        await pilot.press("j", "j", *["less_than_sign"] * 4)
        assert "cmd" not in app.text
        await pilot.press("g", "space")
        assert app.text.split("\n") == ["› ▸ arguments  {5 members}", "  ▸ record  {5 members}"]
        await pilot.click(JsonTree, offset=(2, 1))
        assert "▾ record" in app.text


async def test_search_opens_what_is_folded_and_copies_say_where() -> None:
    app = Host([Root("arguments", VALUE, open=False)])
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("slash", *"NEEDLE|odd".lower())
        await until(pilot, lambda: "1 of 2" in app.text)
        assert app.tree_view.node is not None
        assert path(app.tree_view.node) == ".steps[1].cmd"
        await pilot.press("enter", "y")
        assert app.clipboard == "needle here"
        await pilot.press("n", "p")
        assert app.clipboard == '.steps[1]["odd key"]'
        await pilot.press("N")
        assert "1 of 2" in app.text
        await pilot.press("escape", "less_than_sign", "y")
        assert "1 of 2" not in app.text
        assert orjson.loads(app.clipboard) == VALUE["steps"][1]  # type: ignore[index]


async def test_nothing_and_scalars() -> None:
    app = Host([])
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.press("enter", "y", "p", "n", "greater_than_sign", "less_than_sign")
        assert app.text == "  Nothing here."
        app.tree_view.show([Root("a", 1), Root("b", "")])
        await pilot.press("enter", "j", "y")
        assert "There is nothing to copy" in str(list(app._notifications)[-1].message)


async def test_long_arrays_texts_and_json_in_pieces() -> None:
    many = {"list": list(range(100_000)), "text": "line\n" * 3000 + "x" * 1000}
    text = orjson.dumps([{"id": i, "name": f"user {i}"} for i in range(10_000)]).decode()
    app = Host([Root("many", many), Root("pieces", read(text))])
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("j", "enter", "j", "j", "enter")
        assert "elements 500 to 999" in app.text
        assert "500: 500" in app.text
        await pilot.press("slash")
        await typed(pilot, *"user 9999")
        await until(pilot, lambda: "1 of 1" in app.text)
        assert app.tree_view.node is not None
        assert path(app.tree_view.node) == ".[9999].name"
        await pilot.press("escape", "g", "G")
        app.tree_view.show([Root("", many["text"])])
        await pilot.press("G", "enter")
        assert sum("x" * 70 in line for line in lines(app.tree_view)) > 10


async def test_hostile_keys_and_values() -> None:
    roots = [Root(text, {text: text, "list": [text, {text: [text]}]}) for text in HOSTILE.values()]
    for size, some in (((20, 8), roots[::4]), ((100, 40), roots[1::4])):
        app = Host(some)
        async with app.run_test(size=size) as pilot:
            for _ in range(len(some)):
                await typed(pilot, "greater_than_sign", "greater_than_sign", "j", "j", "enter", "pagedown")
                assert_harmless(app.tree_view)
            await pilot.press("y", "p", "slash", "e", "enter", "n")
            assert_harmless(app.tree_view)


def test_a_value_that_is_nested_a_thousand_times() -> None:
    value: Any = "deep"
    for _ in range(900):
        value = [value]
    node = Node(None, None, value)
    for _ in range(900):
        (node,) = node.children()
    assert path(node) == "." + "[0]" * 900
