"""A short list to pick from: one thing, or any number of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.binding import Binding

from nano_widgets.line_list import LineList
from nano_widgets.palette import Palette
from nano_widgets.row_cursor import LIST_KEYS
from nano_widgets.safe import one_line


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to pick."""

    value: str
    label: str
    help: str = ""


class PickList(LineList):
    """Options, a line each. With one to pick, Enter or a click picks it; else Space or a click turns one on or off."""

    BINDINGS = [
        *LIST_KEYS,
        Binding("space", "pick", "Pick", tooltip="Pick this, or put it back", id="pick.pick"),
    ]

    def __init__(self, options: Sequence[Option], picked: Collection[str], many: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = options
        self.picked = set(picked)
        """The values of what is picked."""
        self._many = many
        self._widest = max((len(option.label) for option in options), default=0)
        self._palette = Palette(self)

    def on_mount(self) -> None:
        """Begin at what is picked."""
        values = [option.value for option in self.options]
        first = next((i for i, value in enumerate(values) if value in self.picked), 0)
        self.set_row_count(len(values), 0 if self._many else first)

    def render_row(self, index: int, width: int) -> Iterator[Segment]:
        """A box or a point, the name, and what it is."""
        option = self.options[index]
        on = option.value in self.picked
        sign = ("[x]" if on else "[ ]") if self._many else ("(•)" if on else "( )")
        head = f"{sign} {option.label:<{self._widest}}  "
        yield Segment(head)
        yield Segment(one_line(option.help, max(0, width - len(head))), self._palette.style("muted").without_color)

    def notify_style_update(self) -> None:
        """Forget colours: the theme changed."""
        super().notify_style_update()
        self._palette.clear()

    def action_pick(self) -> None:
        """Turn it on or off; or pick it, and no other."""
        if not self._many:
            self.action_select()
            return
        self.picked ^= {self.options[self.cursor].value}
        self.refresh_row(self.cursor)

    def action_select(self) -> None:
        """Enter: this is picked, and that is all."""
        if not self._many:
            self.picked = {self.options[self.cursor].value}
        super().action_select()

    def on_click(self, event: events.Click) -> None:
        """A click picks."""
        index = self.row_under(event)
        if index is not None and index >= 0:
            event.prevent_default()
            self.cursor = index
            self.action_pick()
