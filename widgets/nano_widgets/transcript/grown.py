"""A history that goes on growing at its end, without a copy of what there was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import overload

from nano_agent.trajectory import Message, brief, glances


class GrownMessages(Sequence[Message]):
    """Messages as they were, and behind them those that came since. What they were is left alone."""

    def __init__(self, before: Sequence[Message]) -> None:
        self._before = before
        self._first = len(before)
        self._since: list[Message] = []

    def extend(self, messages: Iterable[Message]) -> None:
        """Add messages at the end."""
        self._since.extend(messages)

    def __len__(self) -> int:
        return self._first + len(self._since)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        """One message, or those of a slice."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        return self._before[index] if index < self._first else self._since[index - self._first]

    def __iter__(self) -> Iterator[Message]:
        return chain(self._before, self._since)

    def glances(self, start: int = 0) -> Iterator[Message]:
        """See `nano_agent.trajectory.glances`."""
        if start < self._first:
            yield from glances(self._before, start)
        yield from self._since[max(0, start - self._first) :]

    def brief(self, index: int) -> Message:
        """See `nano_agent.trajectory.brief`."""
        return brief(self._before, index) if index < self._first else self._since[index - self._first]
