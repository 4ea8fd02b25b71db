"""Which lines of a JSON tree are to be seen, as folds are opened and closed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from nano_widgets.json_tree.nodes import Lines, Node, Stretch
from nano_widgets.json_tree.walk import Way, nearest

MOST_ROWS = 20_000
"""Lines that opening everything below a line adds at most."""


class Rows:
    """The visible lines, from the top down."""

    def __init__(self, roots: Sequence[Any]) -> None:
        self.values = list(roots)
        """The roots."""
        self._roots = [Node(None, None, value, number) for number, value in enumerate(roots)]
        self._rows = list(self._roots)
        self.width = 200
        """Cells that lines of text are broken at when they are opened."""

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> Node:
        return self._rows[row]

    def row_of_root(self, number: int) -> int:
        """The row of a root."""
        return self._rows.index(self._roots[number]) if number < len(self._roots) else 0

    def replace(self, number: int, value: Any) -> int:
        """Put another value in a root's place, opened; returns its row."""
        row = self.row_of_root(number)
        self.close(row)
        self.values[number] = self._roots[number].value = value
        self.open(row)
        return row

    def open(self, row: int) -> int:
        """Open a line; returns how many lines came below it."""
        node = self._rows[row]
        if node.open or not node.foldable:
            return 0
        children = self._below(node)
        node.open = True
        self._rows[row + 1 : row + 1] = children
        return len(children)

    def _below(self, node: Node) -> list[Node]:
        return node.children(self.width - 2 * (node.depth + 2))

    def close(self, row: int) -> None:
        """Fold a line."""
        self._rows[row].open = False
        del self._rows[row + 1 : self._end(row)]

    def fold(self, row: int) -> None:
        """Open a line, or fold it."""
        if row < len(self._rows):
            self.close(row) if self._rows[row].open else self.open(row)

    def deeper(self, row: int) -> None:
        """Open a line or, where it is open, one more level of what is below it."""
        if row >= len(self._rows) or self.open(row):
            return
        shut = [node for node in self._rows[row + 1 : self._end(row)] if node.foldable and not node.open]
        level = min((node.depth for node in shut), default=0)
        found, wanted, added = self._rows[row + 1 : self._end(row)], list[Node](), 0
        for node in found:
            wanted.append(node)
            if node.depth == level and node.foldable and not node.open and added < MOST_ROWS:
                children = self._below(node)
                node.open = True
                wanted += children
                added += len(children)
        self._rows[row + 1 : row + 1 + len(found)] = wanted

    def _end(self, row: int) -> int:
        """The row after all that is below a line."""
        depth, end = self._rows[row].depth, row + 1
        while end < len(self._rows) and self._rows[end].depth > depth:
            end += 1
        return end

    def row_of_parent(self, row: int) -> int:
        """The row of what a line is in; its own for a root."""
        parent = self._rows[row].parent if row < len(self._rows) else None
        while parent is not None and self._rows[row] is not parent:
            row -= 1
        return row

    def reveal(self, way: Way) -> int:
        """Open all that an element is in; returns its row."""
        row = self.row_of_root(way[0])
        for place in way[1:]:
            while True:
                self.open(row)
                node = self._rows[row]
                below = [child for child in self._rows[row + 1 : self._end(row)] if child.parent is node]
                child = nearest(below, place)
                if child is None:
                    return row
                row = self._rows.index(child, row)
                if not isinstance(child.value, Stretch | Lines):
                    break
        return row

    def hit_after(self, ways: Sequence[Way], row: int) -> int:
        """The number of the first way that does not lead to before a row."""
        if row >= len(self._rows):
            return 0
        return bisect_left(ways, self._way(self._rows[row])) % len(ways)

    def _way(self, node: Node) -> Way:
        places = list[int]()
        current: Node | None = node
        while current is not None:
            if not isinstance(current.value, Stretch | Lines):
                places.append(current.place)
            current = current.parent
        return tuple(reversed(places))
