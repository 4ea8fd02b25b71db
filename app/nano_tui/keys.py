"""What the keys do, derived from the bindings: the one source of the key bar, the help and the palette."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.screen import Screen

_GLYPHS = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "question_mark": "?",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "dollar_sign": "$",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "delete": "Del",
    "asterisk": "*",
    "circumflex_accent": "^",
    "equals_sign": "=",
    "full_stop": ".",
    "comma": ",",
    "plus": "+",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be done now, with every key that does it."""

    keys: tuple[str, ...]
    """The keys as they are shown: `j`, `↓`, `Ctrl+P`."""
    verb: str
    tooltip: str
    id: str
    """The binding's stable id."""
    action: str
    owner: DOMNode
    """The node that carries the action out."""
    enabled: bool
    shown: bool
    """Whether it belongs into the key bar."""


def shown_key(key: str, display: str | None = None) -> str:
    """How one key of a binding is written: `ctrl+p` is `Ctrl+P`, `left_square_bracket` is `[`."""
    if display:
        return display
    *modifiers, name = key.split("+")
    name = _GLYPHS.get(name, name.upper() if modifiers or (name[:1] == "f" and name[1:].isdigit()) else name)
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def _plain_first(shown: str) -> tuple[int, bool, str]:
    """Letters before arrows, and both before anything with Ctrl."""
    return len(shown), not shown.isascii(), shown


def keys_of(screen: Screen[object]) -> list[Key]:
    """Everything that can be done where the focus is, nearest first, one entry for each action."""
    return list(merged((b.binding, b.node, b.enabled) for b in screen.active_bindings.values()))


def merged(bindings: Iterable[tuple[Binding, DOMNode, bool]]) -> Iterator[Key]:
    """One `Key` for all bindings of the same action of the same node; bindings without a verb are left out."""
    found: dict[tuple[int, str], list[tuple[Binding, DOMNode, bool]]] = {}
    for binding, node, enabled in bindings:
        if binding.description and not binding.system:
            found.setdefault((id(node), binding.action), []).append((binding, node, enabled))
    for entries in found.values():
        binding, node, enabled = entries[0]
        yield Key(
            tuple(sorted({shown_key(b.key, b.key_display) for b, _, _ in entries}, key=_plain_first)),
            binding.description,
            binding.tooltip,
            binding.id or "",
            binding.action,
            node,
            enabled,
            any(b.show for b, _, _ in entries),
        )
