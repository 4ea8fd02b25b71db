"""Times as they are written: UTC ISO-8601 with `Z`, to the millisecond."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from functools import lru_cache

_DRIFT = 2.0


def stamp(seconds: float | None = None) -> str:
    """`2026-11-21T03:26:00.123Z` of a time in seconds since the epoch, now by default."""
    now = time.time() if seconds is None else seconds
    return f"{_to_the_second(math.floor(now))}.{int(now % 1 * 1000):03d}Z"


@lru_cache(maxsize=4)
def _to_the_second(seconds: int) -> str:
    """Times are written several times a step, mostly within the same second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def seconds_of(text: object) -> float | None:
    """Seconds since the epoch of an ISO-8601 time; a time without a zone is UTC; `None` when it is no time."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


class Jumps:
    """Notices when the wall clock was set: it runs away from a clock that nobody sets."""

    def __init__(self) -> None:
        self._offset = time.time() - _steady()

    def since_last(self) -> float:
        """Seconds by which the clock was set since the last call; 0 for what is only drift."""
        offset = time.time() - _steady()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) > _DRIFT else 0.0


def _steady() -> float:
    """A clock that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
