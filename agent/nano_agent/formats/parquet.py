"""Parquet files, read a batch of rows at a time; pyarrow is only needed once one is opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source

_MAGIC = b"PAR1"
_BATCH = 32
_LARGEST_FOOTER = 16 << 20
MISSING = "this is a Parquet file, and pyarrow, which reads those, is not installed: run `pip install pyarrow`"


def column_names(source: Source, *wanted: str) -> frozenset[str]:
    """Which of the wanted columns a Parquet file has, as far as its footer's bytes tell; none for other files.

    The footer keeps each name with its length before it, so that a look at its bytes is enough to tell formats apart,
    without pyarrow and its third of a second to import.
    """
    if not source.head.startswith(_MAGIC) or source.size < 12:
        return frozenset()
    try:
        with source.file.open("rb") as file:
            file.seek(-8, 2)
            tail = file.read(8)
            size = int.from_bytes(tail[:4], "little")
            if tail[4:] != _MAGIC or not 0 < size <= min(_LARGEST_FOOTER, source.size - 12):
                return frozenset()
            file.seek(-8 - size, 2)
            footer = file.read(size)
    except OSError:
        return frozenset()
    return frozenset(name for name in wanted if bytes([len(name)]) + name.encode() in footer)


def rows(source: Source) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Every row with its number from 0, as a dictionary without nulls; one last `None` when the rest cannot be read.

    Columns of objects are unified by the format: each has all keys that any has, with null for those it never had.
    Raises `NotATrajectory` when the file cannot be opened at all, or pyarrow is not installed.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise NotATrajectory(source.path, MISSING) from None
    try:
        file = parquet.ParquetFile(source.file, pre_buffer=False)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise NotATrajectory(source.path, f"not a readable Parquet file: {_one_line(error)}") from None
    try:
        first = source.begin.place if source.begin and source.begin.place is not None else 0
        for number, row in _from(file, first):
            yield number, _without_nulls(row)
    except (arrow.ArrowException, OSError, ValueError):  # damaged pages, or text that is no UTF-8
        yield -1, None
    finally:
        file.close()


def _from(file: Any, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows from one on, with their numbers; groups of rows that end before it are not read."""
    groups, number = list(range(file.num_row_groups)), 0
    while groups and number + (size := file.metadata.row_group(groups[0]).num_rows) <= first:
        groups, number = groups[1:], number + size
    for batch in file.iter_batches(batch_size=_BATCH, row_groups=groups):
        wanted = batch.slice(max(0, first - number))
        yield from enumerate(wanted.to_pylist(), number + batch.num_rows - wanted.num_rows)
        number += batch.num_rows


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(child) for key, child in value.items() if child is not None}
    if isinstance(value, list):
        return [_without_nulls(child) for child in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    """Values as JSON has them: times and decimals as text, bytes by their size."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    return str(value)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
