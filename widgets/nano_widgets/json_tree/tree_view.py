"""A tree of JSON values: folded, searched, copied; half a million lines cost no more than the visible ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType

from nano_widgets.clipboard import copy
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.wrap import expand_tabs
from nano_widgets.json_tree.nodes import Branch, Line, Lines, Node, Stretch, as_json, path, summary
from nano_widgets.json_tree.rows import Rows
from nano_widgets.json_tree.walk import TreeHunt
from nano_widgets.line_painter import MARK_WIDTH
from nano_widgets.safe import cells, fit, one_line, safe
from nano_widgets.searched_list import SearchedList


@dataclass(frozen=True, slots=True)
class Root:
    """A value at the top of the tree, and what it is: foreign words."""

    title: str
    value: Any
    open: bool = True
    """Whether its elements are shown from the start."""


class JsonTree(SearchedList):
    """Shows values as trees below each other. `show` gives it some."""

    HELP = (
        "JSON as a tree. Enter or Space opens and folds a line, `>` opens what is below it too, `<` folds it or goes "
        "to what it is in. `/` searches keys and values, folded ones too; `y` copies the value, `p` its path for jq."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Fold", tooltip="Open the line, or fold it", id="tree.fold"),
        Binding(
            "greater_than_sign", "deeper", "Deeper", show=False, tooltip="Open what is below it too", id="tree.deeper"
        ),
        Binding("less_than_sign", "up", "Up", show=False, tooltip="Fold it, or go to what it is in", id="tree.up"),
        Binding("y", "copy", "Copy", tooltip="Copy the value under the cursor", id="tree.copy"),
        Binding("p", "copy_path", "Copy path", tooltip="Copy where it is, as jq writes it", id="tree.copy_path"),
    ]

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._tree = Rows(())
        self._titles: Sequence[str] = ()

    def show(self, roots: Sequence[Root], cursor: int = 0) -> None:
        """Show these values, with the cursor on one of them."""
        self.stop_search()
        self._titles = [root.title for root in roots]
        self._tree = Rows([root.value for root in roots])
        self._tree.width = max(40, self._width - MARK_WIDTH)
        for number in reversed(range(len(roots))):
            if roots[number].open:
                self._tree.open(number)
        self.set_row_count(len(self._tree), self._tree.row_of_root(cursor))

    def replace(self, number: int, value: Any) -> None:
        """Put another value in the place of a root: what was being read is there now."""
        row = self._tree.replace(number, value)
        self.set_row_count(len(self._tree), self.cursor if self.cursor <= row else None)

    @property
    def node(self) -> Node | None:
        """The line under the cursor."""
        return self._tree[self.cursor] if len(self._tree) else None

    @property
    def root(self) -> int | None:
        """The number of the value that the cursor is in."""
        node = self.node
        while node is not None and node.parent is not None:
            node = node.parent
        return node.place if node is not None else None

    def go_to_root(self, number: int) -> None:
        """Put the cursor on a value."""
        self.cursor = self._tree.row_of_root(number)

    # Painting

    def render_row(self, index: int, width: int) -> Iterator[Segment]:
        """One line: a sign for the fold, the key, what the value is."""
        node, style = self._tree[index], self.palette.style
        sign = ("▾ " if node.open else "▸ ") if node.foldable else "  "
        indent = "  " * min(node.depth, width // 4)
        right = f" {node.value.right}" if isinstance(node.value, Branch) else ""
        room = width - len(indent) - len(sign) - cells(right)
        yield Segment(indent + sign, style("muted"))
        used = 0
        if isinstance(node.value, Line):
            yield Segment(fit(safe(expand_tabs(node.value.text), keep_newlines=False), room), style())
            return
        for words, ink, after in self._words(node):
            words = one_line(words, room - used - len(after)) + after if used < room else ""
            used += cells(words)
            yield Segment(words, style(ink))
        if right:
            yield Segment(" " * (room - used) + right, style("muted"))

    def _words(self, node: Node) -> Iterator[tuple[str, str, str]]:
        """Words, their look, and what stands between them and what follows."""
        if node.parent is None and (title := self._titles[node.place]):
            yield title, "heading", "  "
        elif node.parent is not None and node.key is not None and not isinstance(node.value, Lines | Stretch):
            yield one_line(str(node.key), 80), "key", ": "
        yield *summary(node.value), ""

    # Folding

    def on_resize(self) -> None:
        """Break lines that are opened from now on at the new width."""
        self._tree.width = max(40, self._width - MARK_WIDTH)

    def _changed(self, cursor: int) -> None:
        self.set_row_count(len(self._tree), cursor)

    def action_fold(self) -> None:
        """Open the line under the cursor, or fold it."""
        self._tree.fold(self.cursor)
        self._changed(self.cursor)

    def action_deeper(self) -> None:
        """Open the line, and what is below it."""
        self._tree.deeper(self.cursor)
        self._changed(self.cursor)

    def action_up(self) -> None:
        """Fold the line; when it is folded, go to what it is in."""
        node = self.node
        if node is not None and node.open:
            self.action_fold()
        else:
            self.cursor = self._tree.row_of_parent(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """A click on the sign, or a double click, folds."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self._header_height:
            return
        index = offset.y - self._header_height + self.scroll_offset.y
        if index >= len(self._tree):
            return
        event.prevent_default()
        sign = MARK_WIDTH + 2 * self._tree[index].depth
        self.cursor = index
        if event.chain == 2 or sign <= offset.x < sign + 2:
            self.action_fold()

    # Copying

    def action_copy(self) -> None:
        """Copy the value under the cursor."""
        if (node := self.node) is not None:
            copy(self, as_json(node.value), "the value")

    def action_copy_path(self) -> None:
        """Copy where it is."""
        if (node := self.node) is not None:
            copy(self, path(node), "the path")

    # Searching

    def hunt(self, pattern: Pattern, cancelled: Callable[[], bool]) -> TreeHunt:
        """Look in all keys and values."""
        return TreeHunt(self._tree.values, pattern, cancelled)

    def first_hit(self, ways: Sequence[Any]) -> int:
        """The first one from the cursor on."""
        return self._tree.hit_after(ways, self.cursor)

    def show_hit(self, way: Any) -> None:
        """Open all that it is in, and put the cursor on it."""
        self._changed(self._tree.reveal(way))
