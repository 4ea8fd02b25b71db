"""Lines of groups: every line found again, whatever is unfolded."""

from __future__ import annotations

from array import array
from itertools import accumulate

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_widgets.run_lines import Lines


class Runs:
    """Runs with numbers, and no summaries."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = array("q", ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, i: int) -> None:
        return None

    def position(self, id_: int) -> int | None:
        return self.ids.index(id_) if id_ in self.ids else None


class Groups:
    def __init__(self, sizes: list[int]) -> None:
        self.starts = array("q", accumulate(sizes, initial=0))
        self.rows = Runs([100 + i for i in range(sum(sizes))])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> None:
        raise AssertionError("no group is made to find a line")

    def key(self, i: int) -> str | None:
        return f"k{i}" if i else None

    def place_of(self, key: str | None) -> int | None:
        return next((i for i in range(len(self)) if self.key(i) == key), None)


def expected(sizes: list[int], unfolded: set[int]) -> list[tuple[int | None, int | None]]:
    """Every line, made one after the other."""
    found: list[tuple[int | None, int | None]] = []
    row = 0
    for group, size in enumerate(sizes):
        found.append((group, None))
        if group in unfolded:
            found += [(None, row + i) for i in range(size)]
        row += size
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 4), max_size=12), st.data())
def test_every_line_is_found_by_its_number_and_by_what_it_is_about(sizes: list[int], data: st.DataObject) -> None:
    groups = Groups(sizes)
    lines = Lines(groups=groups)  # type: ignore[arg-type]
    unfolded = data.draw(st.sets(st.integers(0, len(sizes) - 1))) if sizes else set()
    for group in unfolded:
        assert lines.toggle(group)
    wanted = expected(sizes, unfolded)
    assert [lines.at(i) for i in range(len(lines))] == wanted
    for i in range(len(lines)):
        place = lines.place(i)
        assert place is not None
        assert lines.find(place) == i
        group, row = wanted[i]
        assert list(lines.ids(i)) == (
            [100 + row] if row is not None else list(range(100 + groups.starts[group], 100 + groups.starts[group + 1]))
        )
        head = lines.head_of(i)
        assert head is not None
        assert head <= i
        assert lines.at(head)[0] is not None
    again = Lines(groups=groups)  # type: ignore[arg-type]
    again.unfold_as(lines)
    assert [again.at(i) for i in range(len(again))] == wanted
    for group in range(len(sizes)):
        assert lines.is_unfolded(group) == (group in unfolded)
        # A run that cannot be seen is found at the head of its group.
        if group not in unfolded:
            assert lines.find(("run", 100 + groups.starts[group])) == lines.find(("group", groups.key(group)))
    assert lines.place(len(lines)) is None
    assert lines.find(("run", 7)) is None
    assert lines.find(("group", "nobody")) is None


def test_without_groups_a_line_is_a_run() -> None:
    lines = Lines(Runs([5, 9, 7]))  # type: ignore[arg-type]
    assert len(lines) == 3
    assert lines.at(1) == (None, 1)
    assert lines.place(1) == ("run", 9)
    assert lines.find(("run", 7)) == 2
    assert lines.find(("group", None)) is None
    assert list(lines.ids(2)) == [7]
    assert lines.head_of(1) is None
    assert len(Lines()) == 0
    assert Lines().place(0) is None
