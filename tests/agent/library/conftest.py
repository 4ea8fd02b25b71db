from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nano_agent.library.index import Index
from nano_agent.library.library import Library
from support import indexes
from support.runs import mini_file, nano_folder

OpenLibrary = Callable[..., Library]


@pytest.fixture
def open_library(tmp_path: Path) -> Iterator[OpenLibrary]:
    """Opens libraries over one index of their own, scanned; without roots over `runs`."""
    opened: list[Library] = []

    def open_(*roots: Path) -> Library:
        library = Library(roots or [tmp_path / "runs"], tmp_path / "cache" / "library.db")
        opened.append(library)
        library.scan()
        return library

    yield open_
    for library in opened:
        library.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index; the libraries of `support.indexes` that were opened over it are closed with it."""
    index = Index(tmp_path / "cache" / "library.db")
    yield index
    index.close()
    while indexes.OPEN:
        indexes.OPEN.pop().close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two runs."""
    root = tmp_path / "runs"
    nano_folder(root / ".nano" / "2026-01-01T00:00:00-0000000a")
    mini_file(root / "mini" / "x" / "b.json")
    return root
