"""Bindings of two keys: `]e` is `]`, then `e`.

A chord is an ordinary binding whose key is the two characters, so that help, palette and keymaps know it. Textual never
sees such a key pressed; this mixin puts it together.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget


class Chords(Widget):
    """A widget whose bindings may be chords."""

    CHORD_KEYS = "[]"
    """Keys that begin a chord."""
    _first_key = ""

    async def on_key(self, event: events.Key) -> None:
        """Remember the first key of a chord; carry the chord out with the second."""
        first, self._first_key = self._first_key, ""
        if first and event.character:
            for binding in self._bindings.key_to_bindings.get(first + event.character, ()):
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)
                return
        if event.character and event.character in self.CHORD_KEYS:
            self._first_key = event.character
            event.stop()
            event.prevent_default()

    def on_blur(self) -> None:
        """A chord ends where the focus goes."""
        self._first_key = ""
