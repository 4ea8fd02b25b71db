"""Which line of the run table is which run: all runs one below the other, or groups that are folded and unfolded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nano_agent.library.selection import Group
    from nano_agent.library.summary import Summary


class RunRows(Protocol):
    """Rows in an order, fetched when they are asked for; `nano_agent.library.rows.Rows` is one."""

    def __len__(self) -> int: ...

    def __getitem__(self, i: int, /) -> Summary | None:
        """A row; `None` when it is gone."""

    @property
    def ids(self) -> Sequence[int]:
        """A number for each row, in order, that stays with it."""

    def position(self, id_: int, /) -> int | None:
        """Where the row with this number is now."""


class RunGroups(Protocol):
    """Rows in groups; `nano_agent.library.grouped.Grouped` is such a thing."""

    @property
    def rows(self) -> RunRows:
        """All rows, those of the first group first."""

    @property
    def starts(self) -> Sequence[int]:
        """Where in the rows each group begins; one more, for the end of the last."""

    def __len__(self) -> int: ...

    def __getitem__(self, i: int, /) -> Group:
        """A group."""

    def key(self, i: int, /) -> str | None:
        """The value that the runs of a group share."""

    def place_of(self, key: str | None, /) -> int | None:
        """Which group has a key."""


Place = tuple[str, int | str | None]
"""What a line is about, however many lines come before it: `("run", id)` or `("group", key)`."""


class Lines:
    """Lines of runs, or of groups and of the runs in the unfolded ones. Unfolding is what changes; the rest stays.

    Work is in proportion to the unfolded groups, not to the runs.
    """

    def __init__(self, rows: RunRows | None = None, groups: RunGroups | None = None) -> None:
        self.rows = groups.rows if groups is not None else rows
        self.groups = groups
        self._unfolded: list[int] = []
        """The unfolded groups, in order."""
        self._heads: list[int] = []
        """The lines of their heads."""
        self._count = 0
        self._measure()

    def __len__(self) -> int:
        return self._count

    def unfold(self, keys: set[str | None]) -> None:
        """Unfold the groups with these keys, and no others."""
        if self.groups is not None:
            found = map(self.groups.place_of, keys)
            self._unfolded = sorted(place for place in found if place is not None)
            self._measure()

    def unfold_all(self, unfolded: bool) -> None:
        """Unfold every group, or fold every group."""
        if self.groups is not None:
            self._unfolded = list(range(len(self.groups))) if unfolded else []
            self._measure()

    def toggle(self, group: int) -> bool:
        """Unfold a group, or fold it; whether it is unfolded now."""
        unfolded = group not in self._unfolded
        if unfolded:
            self._unfolded = sorted([*self._unfolded, group])
        else:
            self._unfolded.remove(group)
        self._measure()
        return unfolded

    def is_unfolded(self, group: int) -> bool:
        """Whether the runs of a group have lines."""
        place = bisect_right(self._unfolded, group) - 1
        return place >= 0 and self._unfolded[place] == group

    def unfold_as(self, other: Lines) -> None:
        """Unfold what is unfolded there."""
        if other.groups is not None and 0 < len(other.groups) == len(other._unfolded):
            self.unfold_all(True)
        else:
            self.unfold(other.unfolded_keys())

    def unfolded_keys(self) -> set[str | None]:
        """The keys of the unfolded groups."""
        return {self.groups.key(i) for i in self._unfolded} if self.groups is not None else set()

    def at(self, line: int) -> tuple[int | None, int | None]:
        """The group whose head is in a line, or the place of the run that is: one of them is `None`."""
        if self.groups is None:
            return None, line
        nearest = bisect_right(self._heads, line) - 1
        if nearest < 0:
            return line, None
        group, below = self._unfolded[nearest], line - self._heads[nearest]
        size = self.groups.starts[group + 1] - self.groups.starts[group]
        if 0 < below <= size:
            return None, self.groups.starts[group] + below - 1
        return (group + below - size if below else group), None

    def ids(self, line: int) -> Sequence[int]:
        """The numbers of the run in a line, or of all runs in the group whose head it is."""
        group, row = self.at(line)
        if self.rows is None:
            return ()
        if group is not None and self.groups is not None:
            return self.rows.ids[self.groups.starts[group] : self.groups.starts[group + 1]]
        return self.rows.ids[row : row + 1] if row is not None else ()

    def place(self, line: int) -> Place | None:
        """What a line is about; `None` when there is no such line."""
        if not 0 <= line < self._count or self.rows is None:
            return None
        group, row = self.at(line)
        if group is not None and self.groups is not None:
            return "group", self.groups.key(group)
        return ("run", self.rows.ids[row]) if row is not None else None

    def find(self, place: Place) -> int | None:
        """The line that is about something now; for a run in a folded group the group's head."""
        kind, which = place
        if self.groups is None:
            return self.rows.position(which) if kind == "run" and self.rows and isinstance(which, int) else None
        if kind == "group":
            return self._line_of(self.groups.place_of(which) if not isinstance(which, int) else None, 0)
        row = self.groups.rows.position(which) if isinstance(which, int) else None
        if row is None:
            return None
        group = bisect_right(self.groups.starts, row) - 1
        return self._line_of(group, row - self.groups.starts[group] + 1 if self.is_unfolded(group) else 0)

    def head_of(self, line: int) -> int | None:
        """The line of the head of the group that a line belongs to; `None` without groups."""
        if self.groups is None or not 0 <= line < self._count:
            return None
        group, row = self.at(line)
        if group is None and row is not None:
            group = bisect_right(self.groups.starts, row) - 1
        return self._line_of(group, 0)

    def _line_of(self, group: int | None, below: int) -> int | None:
        if group is None:
            return None
        before = bisect_right(self._unfolded, group - 1) - 1
        if before < 0 or self.groups is None:
            return group + below
        last = self._unfolded[before]
        size = self.groups.starts[last + 1] - self.groups.starts[last]
        return self._heads[before] + size + group - last + below

    def _measure(self) -> None:
        if self.groups is None:
            self._count = len(self.rows) if self.rows is not None else 0
            return
        heads, runs, starts = list[int](), 0, self.groups.starts
        for group in self._unfolded:
            heads.append(group + runs)
            runs += starts[group + 1] - starts[group]
        self._heads, self._count = heads, len(self.groups) + runs
