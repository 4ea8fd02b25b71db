"""What of a run is shown and how much of it: the settings that a layout depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nano_agent.trajectory import Message
from nano_widgets.flow.folds import Fold
from nano_widgets.flow.pattern import Pattern
from nano_widgets.transcript.items import Items

Part = tuple[int, str]
"""A text in the history: the index of its message, and which of its texts: `text`, `reasoning`, `call 0`."""

_FOLDED = {
    "output": Fold(12, 4),
    "call": Fold(14, 3),
    "diff": Fold(40, 8),
    "reasoning": Fold(12, 3),
    "system": Fold(3, 0),
    "record": Fold(1, 0),
    "text": Fold(120, 10),
}
_UNFOLDED = (Fold(300, 20), Fold(1500, 50))
"""What one and two requests for more show. A step of any size is shown whole by the inspector."""


@dataclass
class View:
    """The history, and what the reader chose to see of it."""

    messages: Sequence[Message] = ()
    items: Items = field(default_factory=Items)
    reasoning: bool = True
    """Reasoning is shown."""
    outputs: bool = True
    """What commands answered is shown."""
    system: bool = False
    """The system prompt is shown."""
    whole: bool = False
    """Outputs that were cut for the model are shown whole, not as it saw them."""
    levels: dict[Part, int] = field(default_factory=dict)
    """How often more was asked for, by text."""
    search: Pattern | None = None
    hit: tuple[Part, int] | None = None
    """The search hit that was gone to: the text it is in, and its offset."""
    running: bool = False
    """The run goes on, so that a call without an answer may still get one."""

    def of(self, messages: Sequence[Message], running: bool) -> View:
        """Another history, seen as this one is."""
        items, levels = Items(messages), dict[Part, int]()
        return replace(self, messages=messages, items=items, levels=levels, search=None, hit=None, running=running)

    def hidden(self, part: Part, kind: str) -> bool:
        """Whether a text is not shown at all until it is asked for."""
        choice = {"output": self.outputs, "reasoning": self.reasoning, "system": self.system}.get(kind, True)
        return not choice and not self.levels.get(part) and self._around(part) is None

    def fold(self, part: Part, kind: str) -> Fold:
        """How much of a text is shown."""
        level = self.levels.get(part, 0)
        if kind == "system" and self.system:
            kind = "text"
        fold = _UNFOLDED[min(level, len(_UNFOLDED)) - 1] if level else _FOLDED[kind]
        return fold.at(self._around(part))

    def hint(self, part: Part) -> str:
        """What to press to see more of a text."""
        return "Space shows more" if self.can_more(part) else "Enter opens the step"

    def can_more(self, part: Part) -> bool:
        """Whether the transcript itself can show more of a text."""
        return self.levels.get(part, 0) < len(_UNFOLDED)

    def more(self, parts: Sequence[Part]) -> None:
        """Show more of these texts."""
        for part in parts:
            self.levels[part] = min(self.levels.get(part, 0) + 1, len(_UNFOLDED))

    def less(self, messages: range) -> bool:
        """Fold all texts of these messages again; whether there was any to fold."""
        parts = [part for part in self.levels if part[0] in messages]
        for part in parts:
            del self.levels[part]
        return bool(parts)

    def _around(self, part: Part) -> int | None:
        return self.hit[1] if self.hit is not None and self.hit[0] == part else None
