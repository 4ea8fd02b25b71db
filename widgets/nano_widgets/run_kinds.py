"""What sort of end a run came to, shown by a sign and a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nano_agent.library.kinds import Kind

MARKS: Mapping[Kind, str] = {"live": "●", "good": "✓", "limit": "◔", "bad": "✗", "unknown": "·"}
"""Tells the kinds apart without colours."""
INKS: Mapping[Kind, str] = {"live": "strong", "good": "ok", "limit": "warning", "bad": "error", "unknown": "muted"}
"""The kinds' looks in the palette."""


def kind_of(exit_status: str | None, live: bool) -> Kind:
    """See `nano_agent.library.kinds`, which is loaded when there is a run to show."""
    from nano_agent.library.kinds import kind_of

    return kind_of(exit_status, live)
