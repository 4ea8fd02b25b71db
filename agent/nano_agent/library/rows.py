"""A sorted, filtered view over the index: row i on demand, without an object for each of 100,000."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from nano_agent.library.index import Index
from nano_agent.library.summary import Summary

PAGE = 64
PAGES_KEPT = 64


class Rows:
    """The rows that a query found, in its order. A row is fetched, with its neighbours, when it is asked for."""

    def __init__(self, index: Index, ids: Iterable[int] = ()) -> None:
        self.ids = ids if isinstance(ids, array) else array("q", ids)
        """The rows' ids, in order. An id stays with its run while the index lives."""
        self._index = index
        self._pages: OrderedDict[int, list[Summary | None]] = OrderedDict()

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, i: int) -> Summary | None:
        """Row `i`; `None` when it went away since the query. About 1 ms when its page must be fetched."""
        if i < 0:
            i += len(self.ids)
        if not 0 <= i < len(self.ids):
            raise IndexError(i)
        return self._page(i // PAGE)[i % PAGE]

    def __iter__(self) -> Iterator[Summary]:
        """All rows that are still there, in order; memory is that of a few pages."""
        for page in range(0, len(self.ids), PAGE):
            yield from (row for row in self._index.fetch(self.ids[page : page + PAGE]) if row is not None)

    def fetch_ends(self) -> None:
        """Fetch the first rows and the last, which a screen shows first and at one key; for threads."""
        for i in (0, PAGE, len(self.ids) - PAGE, len(self.ids) - 1):
            if 0 <= i < len(self.ids):
                self._page(i // PAGE)

    def position(self, id_: int) -> int | None:
        """Where the row with this id is now, to keep a cursor on it; `None` when the query does not find it."""
        try:
            return self.ids.index(id_)
        except ValueError:
            return None

    def of(self, ids: Iterable[int]) -> Rows:
        """The rows with these ids, in this order, whether or not they are among these here."""
        return Rows(self._index, ids)

    def _page(self, number: int) -> list[Summary | None]:
        page = self._pages.get(number)
        if page is None:
            page = self._index.fetch(self.ids[number * PAGE : (number + 1) * PAGE])
            self._pages[number] = page
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page
