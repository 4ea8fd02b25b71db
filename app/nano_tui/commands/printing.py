"""What the listing commands share: amounts in words, colours only where they are wanted, the width of the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime

UNKNOWN = "–"
_NO_TERMINAL_WIDTH = 160
_FLUSH_LINES = 500


class Ink:
    """ANSI colours on a terminal, nothing anywhere else or when `NO_COLOR` is set (<https://no-color.org>)."""

    def __init__(self, wanted: bool | None = None) -> None:
        if wanted is None:
            wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._wanted = wanted

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._wanted and text else text

    def plain(self, text: str) -> str:
        """As it is."""
        return text

    def bold(self, text: str) -> str:
        """Headings."""
        return self._in("1", text)

    def dim(self, text: str) -> str:
        """What is beside the point."""
        return self._in("2", text)

    def good(self, text: str) -> str:
        """Success; also lines that were added."""
        return self._in("32", text)

    def bad(self, text: str) -> str:
        """Failure; also lines that were removed."""
        return self._in("31", text)

    def odd(self, text: str) -> str:
        """What deserves a look."""
        return self._in("33", text)

    def marked(self, text: str) -> str:
        """A search hit."""
        return self._in("1;7", text)


def width(elsewhere: int = _NO_TERMINAL_WIDTH) -> int:
    """Columns to fill: the terminal's (`COLUMNS` wins), or so many when the output goes elsewhere."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(20, shutil.get_terminal_size((80, 24)).columns)
    return elsewhere


def put(lines: Iterable[str], end: str = "\n") -> None:
    """Print lines (or pieces, with an empty `end`), many at a time; what the encoding cannot say is replaced."""
    waiting = list[str]()
    for line in lines:
        waiting.append(line)
        if len(waiting) >= _FLUSH_LINES:
            _write(waiting, end)
    _write(waiting, end)
    sys.stdout.flush()


def complain(text: str) -> None:
    """One line on stderr."""
    from nano_widgets.safe import safe

    line = f"nano-tui: {safe(text, keep_newlines=False)}"
    print(line.encode("utf-8", "replace").decode(), file=sys.stderr)


def dollars(cost: float | None, estimated: bool = False) -> str:
    """`$0.031`, `~$0.031` for an estimate, `–` when unknown."""
    if cost is None:
        return UNKNOWN
    digits = 2 if cost >= 1 else 3 if cost >= 0.01 or cost == 0 else 4
    return f"{'~' if estimated else ''}${cost:,.{digits}f}"


def seconds(value: float | None) -> str:
    """`0.1s`, `12s`, `4m 05s`, `2h 10m`, `–` when unknown."""
    if value is None:
        return UNKNOWN
    if value < 10:
        return f"{value:.1f}s"
    if value < 60:
        return f"{value:.0f}s"
    if value < 3600:
        return f"{int(value) // 60}m {int(value) % 60:02d}s"
    return f"{int(value) // 3600}h {int(value) % 3600 // 60:02d}m"


def count(value: int | None) -> str:
    """A whole number with thousands marked, `–` when unknown."""
    return UNKNOWN if value is None else f"{value:,}"


def short_count(value: int | None) -> str:
    """`950`, `8.1k`, `120k`, `3.4M`, `–` when unknown."""
    if value is None:
        return UNKNOWN
    for limit, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= limit:
            amount = value / limit
            return f"{amount:.1f}{unit}" if amount < 100 else f"{amount:.0f}{unit}"
    return str(value)


def plural(number: int, noun: str) -> str:
    """`1 step`, `7 steps`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def when(moment: float | None, now: datetime | None = None) -> str:
    """A time in local time: `12:04` today, `11-21 12:04` this year, else `2025-11-21`; `–` when unknown."""
    if moment is None:
        return UNKNOWN
    try:
        then = datetime.fromtimestamp(moment)
    except (ValueError, OverflowError, OSError):
        return UNKNOWN
    now = now or datetime.now()
    if then.date() == now.date():
        return f"{then:%H:%M}"
    return f"{then:%m-%d %H:%M}" if then.year == now.year else f"{then:%Y-%m-%d}"


def _write(waiting: list[str], end: str) -> None:
    if not waiting:
        return
    text = end.join(waiting) + end
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    waiting.clear()
