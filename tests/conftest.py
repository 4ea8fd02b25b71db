"""For every test: bytecode is kept, and what stands for good is no garbage."""

from __future__ import annotations

import gc
import os
import sys

import pytest

# Half of a worker's start is compiling; the next one, and every program that a test starts, finds it done.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """All that was imported and collected stays: no look for garbage goes through it again."""
    gc.collect()
    gc.freeze()
