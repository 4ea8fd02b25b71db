"""Making foreign text harmless, without anything of a terminal UI imported.

Model and tool text may hold terminal escapes, bidi tricks, raw C1 controls and lone surrogates. Everything that reaches
a terminal passes `safe` (or a function built on it) once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap

from nano_agent.harmless import CLASS, FORBIDDEN

_LONGEST_NOTICE = 400
REPLACEMENT = "\ufffd"
ELLIPSIS = "…"
LINE_END = "↵"
# A cell holds any number of combining marks; 16 are more than any script needs and bound what a line may cost.
_CHARACTERS_PER_CELL = 16
_PICTURES = 0x2400  # U+2400..U+241F show the names of the C0 controls

_TABLE: dict[int, str] = {code: chr(_PICTURES + code) for code in range(0x20) if chr(code) not in "\t\n"}
_TABLE |= {code: REPLACEMENT for first, last in FORBIDDEN for code in range(first, last + 1)}

_DANGEROUS = re.compile(f"[{CLASS}]")
_BREAK = re.compile(r"[ \t]*\r?\n\s*")
_BLANKS = re.compile(r"[ \t]{2,}|\t")


def safe(text: str, *, keep_newlines: bool = True) -> str:
    """`text` with every character replaced that could do more than be shown; one character out for each one in.

    C0 controls become their visible pictures (`␛`), all else dangerous becomes U+FFFD. Tabs stay, and so do newlines
    unless `keep_newlines` is false; then they show as `↵`. Up to 20 ms a megabyte, more where much is replaced.
    """
    # Few characters are ever replaced: a search for them is ten times faster than `translate`, which asks for each.
    harmless = _DANGEROUS.sub(_replace, text)
    return harmless if keep_newlines else harmless.replace("\n", LINE_END)


def _replace(match: re.Match[str]) -> str:
    return _TABLE[ord(match[0])]


def is_safe(text: str) -> bool:
    """Whether `safe` would leave the text as it is."""
    return _DANGEROUS.search(text) is None


def cells(text: str) -> int:
    """How many terminal cells the text takes in one line."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def one_line(text: str, width: int) -> str:
    """A harmless single line of at most `width` cells: blanks joined, line ends as `↵`, `…` where it was cut."""
    if width <= 0:
        return ""
    # A cell can hold a few characters (combining marks), but a megabyte need not be looked at to fill a line.
    head = text[: 4 * width + 200]
    line = _BLANKS.sub(" ", _BREAK.sub(f" {LINE_END} ", head.strip()))
    line = fit(safe(line, keep_newlines=False), width)
    cut = len(head) < len(text) and not text[len(head) :].isspace()
    return fit(line + ELLIPSIS, width) if cut and not line.endswith(ELLIPSIS) else line


@lru_cache(64)
def notice_lines(text: str, width: int) -> Sequence[str]:
    """What stands where there is nothing to show: harmless, cut where it is no sentence any more, in lines."""
    return wrap(one_line(text, _LONGEST_NOTICE), max(1, width))


def padded(text: str, width: int, right: bool = False) -> str:
    """A harmless single line in exactly `width` cells, at their left or right end."""
    if width <= 0:
        return ""
    head = text[: width + 1]
    if head.isascii() and head.isprintable() and "  " not in head and head == head.strip():
        # Nearly every text is as wide as it is long, which spares measuring it.
        line = head if len(head) <= width else take(head, width - 1) + ELLIPSIS
        blanks = " " * (width - len(line))
    else:
        line = one_line(text, width)
        blanks = " " * (width - cells(line))
    return blanks + line if right else line + blanks


def fit(text: str, width: int) -> str:
    """A line cut to at most `width` cells, with `…` in its last one when something was cut off."""
    if width <= 0:
        return ""
    if len(text) <= _CHARACTERS_PER_CELL * width and cells(text) <= width:
        return text
    return take(text, width - 1) + ELLIPSIS


def take(text: str, width: int) -> str:
    """The longest beginning of the line that takes at most `width` cells and few characters for each of them."""
    if text.isascii():
        return text[:width]
    low, high = 0, min(len(text), _CHARACTERS_PER_CELL * width)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cells(text[:middle]) <= width else (low, middle - 1)
    return text[:low]
