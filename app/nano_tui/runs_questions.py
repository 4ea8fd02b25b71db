"""What is asked of the library beside the rows: where words stand, what some runs are together, values of fields."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.dom import DOMNode
from textual.message import Message

from nano_tui.bridge import in_background, in_thread
from nano_tui.runs_answer import Order, snippets

if TYPE_CHECKING:
    from nano_agent.library.library import Library
    from nano_agent.library.selection import Totals
    from nano_widgets.run_painter import Snippet


class RunsQuestions:
    """Asks in threads; the answers are messages of the feed that this is a part of."""

    @dataclass
    class Seen(Message, namespace="runs_feed"):
        """Where the words of the query stand in some runs, by their ids."""

        order: Order
        snippets: Mapping[int, Snippet]

    @dataclass
    class Marked(Message, namespace="runs_feed"):
        """Some runs taken together."""

        totals: Totals

    @dataclass
    class Values(Message, namespace="runs_feed"):
        """The values that a field of the query language has, the most frequent first."""

        field: str
        values: Sequence[str]

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        self._library: Library | None = None
        """Nothing is answered before it is open."""

    def look_into(self, order: Order, ids: Sequence[int]) -> None:
        """Find where the words of a query stand in some runs; the answer is `Seen`."""
        in_background(self._owner, "snippets", lambda: self._look_into(order, ids))

    async def _look_into(self, order: Order, ids: Sequence[int]) -> None:
        if (library := self._library) is not None:
            query = order.query()
            found = await in_thread(lambda cancelled: snippets(library, query, ids, cancelled))
            self._owner.post_message(self.Seen(order, found))

    def count(self, ids: Sequence[int]) -> None:
        """Take some runs together; the answer is `Marked`."""
        in_background(self._owner, "marked", lambda: self._count(ids))

    async def _count(self, ids: Sequence[int]) -> None:
        if (library := self._library) is not None:
            self._owner.post_message(self.Marked(await asyncio.to_thread(library.totals, "", ids)))

    def values(self, field: str) -> None:
        """Find the values that a field has; the answer is `Values`."""
        in_background(self._owner, f"values of {field}", lambda: self._find_values(field))

    async def _find_values(self, field: str) -> None:
        if (library := self._library) is not None:
            self._owner.post_message(self.Values(field, await asyncio.to_thread(library.values, field)))
