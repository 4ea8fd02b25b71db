"""When Python looks for garbage.

A look through everything that the app is made of, some 150,000 objects, holds the screen up for 60 to 120 ms. So there
is none while the app starts, and afterwards the looks pass over what stands for good: they take 10 to 30 ms.
"""

from __future__ import annotations

import gc
from contextlib import suppress

SETTLED_AFTER = 3.0
"""Seconds after the start when nearly everything that stays has been made."""


def put_off() -> None:
    """Look for no garbage until `settle`."""
    gc.disable()


def settle() -> None:
    """Look for it from now on, in what is made from now on."""
    gc.freeze()
    gc.enable()


def give_back() -> None:
    """Give memory that is not used any more back to the system, where its allocator can: some ms, for threads.

    What sorting 100,000 rows took would else stay with the process, in pieces between what is still used.
    """
    import ctypes

    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
