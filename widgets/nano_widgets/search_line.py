"""The line at the bottom of a view that is searched: what was typed, which hit this is, what the keys do."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from nano_widgets.palette import Palette
from nano_widgets.prompt import Prompt
from nano_widgets.safe import cells, one_line


def search_line(palette: Palette, prompt: Prompt, said: str, width: int) -> Strip:
    """Paint it; `said` is which hit of how many this is."""
    style = palette.style("command", "on-file")
    keys = "Enter keeps it · Esc ends it" if prompt.open else "n next · N previous · Esc ends it"
    right = one_line(f"{said or 'type a text or a regular expression'} · {keys}", width * 2 // 3)
    room = max(1, width - cells(right) - 4)
    left = one_line(f"/{prompt.text}", room) + ("▏" if prompt.open else "")
    strip = Strip([Segment(f" {left}", style)]).adjust_cell_length(max(0, width - cells(right) - 1), style)
    return Strip([*strip, Segment(f"{right} ", palette.style("muted", "on-file"))]).adjust_cell_length(width, style)
