"""Key bar, help and palette say what the bindings say."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pkgutil import walk_packages

from textual.binding import Binding
from textual.command import CommandPalette
from textual.dom import DOMNode

import nano_tui
import nano_widgets
from nano_tui.app import NanoTui
from nano_tui.help import HelpScreen
from nano_tui.key_bar import lay_out
from nano_tui.keys import Key, merged, shown_key
from support.screen import screen_text, typed, until, until_seen


def key(name: str, verb: str, id: str = "", shown: bool = True) -> Key:
    return Key((name,), verb, f"Do {verb}", id, f"do('{verb}')", DOMNode(), True, shown)


def test_keys_are_written_as_people_know_them() -> None:
    assert [shown_key(k) for k in ("j", "down", "ctrl+p", "question_mark", "f1", "G", "left_square_bracket")] == [
        "j", "↓", "Ctrl+P", "?", "F1", "G", "[",
    ]  # fmt: skip


def test_keys_of_one_action_are_one_entry() -> None:
    node = DOMNode()
    bindings = [Binding("down,j", "move(1)", "Down"), Binding("x", "cut", ""), Binding("k", "move(-1)", "Up")]
    singles = [b for binding in bindings for b in Binding.make_bindings([binding])]
    assert [(k.keys, k.verb) for k in merged((b, node, True) for b in singles)] == [
        (("j", "↓"), "Down"),
        (("k",), "Up"),
    ]


def test_the_bar_keeps_help_palette_and_quit_whatever_the_width() -> None:
    keys = [key(c, f"Verb{c}") for c in "abcdefgh"]
    keys += [key("?", "Help", "app.help"), key("^p", "Palette", "app.palette"), key("q", "Quit", "app.quit")]
    for width in (200, 80, 40):
        places = lay_out(keys, width)
        assert [p.key.verb for p in places][-3:] == ["Help", "Palette", "Quit"]
        assert all(a.end <= b.start for a, b in pairwise(places))
        assert places[-1].end == max(width, places[-1].end if width > 200 else 0)
    assert [p.key.verb for p in lay_out(keys, 10)] == ["Help"]
    keys.insert(3, key("Esc", "All runs", "browse.back"))
    for width, verbs in ((42, ["All runs", "Help", "Palette", "Quit"]), (30, ["All runs", "Help", "Quit"])):
        assert [p.key.verb for p in lay_out(keys, width)] == verbs, "the way back comes before all but help"
    assert [p.key.verb for p in lay_out(keys, 22)] == ["All runs", "Help"]
    keys.insert(6, key("a", "Approve", "steer.approve"))
    assert [p.key.verb for p in lay_out(keys, 55)][:2] == ["All runs", "Approve"], "a run waits for it"


def ours() -> Iterator[tuple[type, Binding]]:
    """Every binding declared in a class of the app or of the widgets."""
    for package in (nano_tui, nano_widgets):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            for kind in vars(import_module(module.name)).values():
                if isinstance(kind, type) and kind.__module__ == module.name:
                    yield from ((kind, binding) for binding in vars(kind).get("BINDINGS", ()))


def test_every_binding_has_a_verb_a_tooltip_and_an_id() -> None:
    meanings: dict[str, tuple[str, str]] = {}
    for kind, binding in ours():
        assert isinstance(binding, Binding), (kind, binding)
        assert binding.description, (kind, binding)
        assert binding.tooltip, (kind, binding)
        assert binding.id, (kind, binding)
        meaning = (binding.action, binding.description)
        assert meanings.setdefault(binding.id, meaning) == meaning, (kind, binding, "the id is taken")
    assert len(meanings) > 20


async def test_help_names_the_pane_and_every_key() -> None:
    app = NanoTui()
    async with app.run_test(size=(160, 48), notifications=True, tooltips=True) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await until_seen(pilot, "Browse", "Every run that was found", "Give this pane the whole screen")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))


async def test_the_palette_offers_what_keys_do() -> None:
    app = NanoTui()
    async with app.run_test(size=(160, 48), notifications=True, tooltips=True) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await typed(pilot, *"zoom")
        await until_seen(pilot, "Zoom", "Give this pane the whole screen, or give it back (z)")
        await until(pilot, lambda: "Launch" not in screen_text(app).split("Zoom")[1][:200])
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, CommandPalette))
        if not app.main.zoomed:
            await pilot.press("enter")
        await until(pilot, lambda: app.main.zoomed)


async def test_a_click_in_the_bar_presses_the_key() -> None:
    app = NanoTui()
    async with app.run_test(size=(160, 48), notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "z Zoom")
        x = screen_text(app).splitlines()[-1].index("Zoom")
        await pilot.click("KeyBar", offset=(x, 0))
        await until(pilot, lambda: app.main.zoomed)


async def test_below_a_dialog_stand_its_own_keys_and_those_of_the_screen_under_it_come_back() -> None:
    app = NanoTui()

    def bar() -> str:
        return screen_text(app).splitlines()[-1].strip()

    async with app.run_test(size=(100, 40), notifications=True, tooltips=True) as pilot:
        await until(pilot, lambda: bar().endswith("q Quit"))
        await pilot.press("question_mark")
        await until(pilot, lambda: bar() == "? Close")
        await pilot.click(offset=(3, 39))
        await until(pilot, lambda: bar().endswith("q Quit"))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette) and "q Quit" not in bar())
