"""Which characters steer a terminal, and how text goes to one without them.

`nano_widgets.safe` is the border for all that is shown; what the engine prints itself goes through here.
"""

from __future__ import annotations

import re
from typing import TextIO

FORBIDDEN = (
    (0x7F, 0x9F),
    (0x61C, 0x61C),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2066, 0x206F),
    (0xD800, 0xDFFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
)
"""First and last of characters that steer a terminal or the order of the text around them, or that hide: C1 controls
(0x9b alone is a CSI on some terminals), bidi controls and their deprecated siblings, line and paragraph separators,
annotation marks, tag characters (they carry whole invisible sentences), and surrogates, which no encoder takes."""
CLASS = "\\x00-\\x08\\x0b-\\x1f" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in FORBIDDEN)
"""The same, and all C0 controls but tab and newline, as what stands in a regular expression's brackets."""
_STEERING = re.compile(f"[{CLASS}]")


def harmless(text: str) -> str:
    """The text with U+FFFD for every character that could do more than be shown."""
    return _STEERING.sub("\ufffd", text)


def put(text: str, out: TextIO) -> None:
    """Write a text: harmless on a terminal, for a pipe the bytes that it came from."""
    out.buffer.write((harmless(text) if out.isatty() else text).encode("utf-8", "surrogateescape"))
    out.flush()
