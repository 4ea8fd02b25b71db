"""The bytes that reached a terminal, taken apart: what a program did there besides writing words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.hostile import DANGEROUS

_SEQUENCE = re.compile(
    r"\x1b\[(?P<mark>[<-?]?)(?P<params>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b(?P<string>[\]PX^_])(?P<body>.*?)(?:\x07|\x1b\\)"
    r"|\x1b(?P<plain>.)|(?P<control>[\x00-\x08\x0b-\x1f\x7f-\x9f])",
    re.DOTALL,
)
_NUMBERS_MATTER = {"h", "l", "p", "u", "n", "t", "q"}
"""Final letters whose numbers say which mode or report it is; for others they are colours and places."""


def kinds(raw: bytes) -> set[str]:
    """The kinds of control sequences in a stream: `CSI m`, `CSI ?1049 h`, `OSC 52`, `C0 0d`, `C1 9b`."""
    return {kind for kind, _ in found(raw)}


def found(raw: bytes) -> Iterator[tuple[str, str]]:
    """Every control sequence: its kind, and what it carries."""
    for match in _SEQUENCE.finditer(raw.decode("utf-8", "replace")):
        if match["final"]:
            number = match["params"] if match["final"] in _NUMBERS_MATTER else ""
            yield f"CSI {match['mark']}{number}{match['between']} {match['final']}", match["params"]
        elif match["string"]:
            name = {"]": "OSC", "P": "DCS", "X": "SOS", "^": "PM", "_": "APC"}[match["string"]]
            yield f"{name} {match['body'].split(';')[0][:20]}", match["body"]
        elif match["plain"]:
            yield f"ESC {match['plain']}", ""
        else:
            code = ord(match["control"])
            yield f"{'C1' if code >= 0x7F else 'C0'} {code:02x}", ""


def words(raw: bytes) -> str:
    """The stream without its control sequences."""
    return _SEQUENCE.sub("", raw.decode("utf-8", "replace"))


def dangerous_words(raw: bytes) -> str | None:
    """Where a character that only looks like text does more than be shown; `None` when there is none."""
    text = words(raw).replace("\n", "").replace("\r", "").replace("\t", "")
    match = DANGEROUS.search(text)
    return None if match is None else f"{match[0]!r} in {text[max(0, match.start() - 80) : match.end() + 80]!r}"
