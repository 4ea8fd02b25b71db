"""One painted line of a flow, before it has colours."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from textual.strip import Strip

Ink = str | Style
"""How a piece of text looks: a name in the palette, or a style as command output asks for it."""
Piece = tuple[str, Ink]
Part = Hashable
"""Names a text within an item, so that a place in it is found again after a rewrap."""


@dataclass(slots=True)
class Row:
    """A line of an item at one width. Its text is harmless and free of tabs."""

    pieces: tuple[Piece, ...] = ()
    fill: str = ""
    """The palette's name for the background of the whole row."""
    right: tuple[Piece, ...] = ()
    """What stands at the right end; whoever lays out left room for it."""
    part: Part = None
    """The text that the row shows, and from where to where in it."""
    start: int = 0
    end: int = 0
    folds: Part = None
    """The part that is unfolded (or folded) when this row is clicked."""
    painted: tuple[int, Strip] | None = field(default=None, repr=False, compare=False)
    """The row in colours, with the palette's edition it was painted with."""
    line: tuple[tuple[int, Piece, Piece], Strip] | None = field(default=None, repr=False, compare=False)
    """The same with what stands before and behind it, and what these were."""

    @property
    def text(self) -> str:
        """What the row says, without what stands at the right end."""
        return "".join(text for text, _ in self.pieces)
