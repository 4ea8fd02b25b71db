"""The line at the bottom: what the keys do where the focus is. One widget, however many keys."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from nano_tui.keys import Key, keys_of

ALWAYS = ("app.help", "app.palette", "app.quit")
"""Ids of the bindings that stand at the right end, whatever else there is room for."""


_SPARED = ("app.palette", "app.quit", "app.help")
"""Which of them make room for the first of the others, where there is little: the last one is the dearest."""
_ANSWERS = ("steer.approve", "steer.deny", "steer.edit")
MOMENT = 0.03
"""Seconds between a change of what the keys do and its being shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands in the bar."""

    start: int
    end: int
    key: Key


def lay_out(keys: list[Key], width: int) -> list[Place]:
    """Put keys side by side: as many of the left ones as fit beside the ones that always stand at the right."""
    left = sorted((key for key in keys if key.shown and key.id not in ALWAYS), key=_urgency)
    right = sorted((key for key in keys if key.id in ALWAYS), key=lambda key: _SPARED.index(key.id))
    room, first = width - sum(map(_width, right)), sum(map(_width, left[:1]))
    while right and room < (first if len(right) > 1 else 0):
        room += _width(right.pop(0))
    right.sort(key=lambda key: ALWAYS.index(key.id))
    places, x = list[Place](), 0
    for key in left:
        if x + _width(key) <= room:
            places.append(Place(x, x + _width(key), key))
            x += _width(key)
    x = max(x, room)
    for key in right:
        places.append(Place(x, x + _width(key), key))
        x += _width(key)
    return places


def _urgency(key: Key) -> int:
    """What must not be cut off comes first: the way back, then the answers that a run waits for."""
    return 0 if key.id.endswith(".back") else 1 if key.id in _ANSWERS else 2


def _width(key: Key) -> int:
    return len(key.keys[0]) + len(key.verb) + 3


class KeyBar(Widget):
    """The keys that can be pressed now; a click on one presses it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyBar {
        dock: bottom; height: 1; color: $footer-foreground; background: $footer-background;
        .key-bar--key { color: $footer-key-foreground; text-style: bold; }
        .key-bar--verb { color: $footer-description-foreground; }
        .key-bar--off { color: $text-disabled; }
    }
    """
    COMPONENT_CLASSES = {"key-bar--key", "key-bar--verb", "key-bar--off"}

    asleep: reactive[bool] = reactive(False)
    """Whether another screen is above this one, where these keys do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[Key] = []
        self._timer: Timer | None = None
        self._places: list[Place] = []

    def on_mount(self) -> None:
        """Follow the screen's bindings, and be still while another screen is above this one."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self.app.screen_change_signal.subscribe(self, self._screen_changed)

    def _screen_changed(self, screen: Screen[object]) -> None:
        self.asleep = screen is not self.screen

    def _bindings_changed(self, screen: Screen[object]) -> None:
        # A picture of its own, a moment later: what is painted together is one rectangle, and one from here to what
        # the key has changed would be most of the screen.
        if screen is self.screen and self._timer is None:
            self._timer = self.set_timer(MOMENT, self._update)

    def _update(self) -> None:
        self._timer = None
        self._keys = keys_of(self.screen)
        self.refresh()

    def render(self) -> Content:
        """The line, cut to whole keys."""
        self._places = [] if self.asleep else lay_out(self._keys, self.size.width)
        key_style, verb_style, off = (
            self.get_visual_style(f"key-bar--{part}", partial=True) for part in ("key", "verb", "off")
        )
        parts, x = list[Content](), 0
        for place in self._places:
            key = place.key
            parts.append(Content(" " * (place.start - x)))
            parts.append(Content.styled(f" {key.keys[0]}", key_style if key.enabled else off))
            parts.append(Content.styled(f" {key.verb} ", verb_style if key.enabled else off))
            x = place.end
        return Content("").join(parts)

    def _at(self, x: int) -> Key | None:
        return next((place.key for place in self._places if place.start <= x < place.end), None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key under the mouse does."""
        key = self._at(event.x)
        self.tooltip = Content(key.tooltip) if key and key.tooltip else None

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does; a dialog that a click closes is not clicked."""
        event.stop()
        key = self._at(event.x)
        if key is not None and key.enabled:
            await self.app.run_action(key.action, key.owner)
