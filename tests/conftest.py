"""For every test: bytecode is kept, what stands for good is no garbage, no key waits longer than it must."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from textual import _wait

# Half of a worker's start is compiling; the next one, and every program that a test starts, finds it done.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Textual's pilot looks this often (seconds) whether the app has come to rest; twice for every key.
_wait.SLEEP_GRANULARITY = 0.005
_wait.SLEEP_IDLE = _wait.SLEEP_GRANULARITY / 20


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """All that was imported and collected stays: no look for garbage goes through it again."""
    gc.collect()
    gc.freeze()
