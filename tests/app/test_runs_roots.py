"""Which folders are browsed, and the looks at which of them there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_tui.roots import roots
from nano_tui.runs_roots import RootsWatch
from support.eventually import eventually


class Folders:
    """Folders as somebody looks at them, who may be kept waiting."""

    def __init__(self) -> None:
        self.there = [Path("/a")]
        self.looks = 0
        self.answers = threading.Event()

    def __call__(self) -> list[Path]:
        self.looks += 1
        assert self.answers.wait(20)
        return self.there


@pytest.fixture
def folders() -> Iterator[Folders]:
    folders = Folders()
    yield folders
    folders.answers.set()


def test_a_folder_that_does_not_answer_keeps_one_look_and_nobody_else(folders: Folders) -> None:
    seen = list[list[str]]()
    watch = RootsWatch(folders, seen.append)
    watch.start(["/a"])
    watch.look_again()
    eventually(lambda: folders.looks == 1)
    for _ in range(20):
        watch.look_again()
    folders.there = [Path("/a"), Path("/a/b"), Path("/c")]
    assert (folders.looks, seen) == (1, [])
    folders.answers.set()
    eventually(lambda: bool(seen))
    assert seen == [["/a", "/a/b", "/c"]]
    eventually(lambda: folders.looks >= 2)
    watch.close()


def test_a_folder_that_was_named_stays_the_one_that_is_browsed_when_it_is_gone(tmp_path: Path) -> None:
    named, runs = tmp_path / "named", tmp_path / "runs"
    assert roots((named,), runs) == [named]
    runs.mkdir()
    assert roots((named,), runs) == [named, runs]


def test_a_folder_that_was_named_and_is_made_later_is_looked_into(tmp_path: Path) -> None:
    named, seen, folders = tmp_path / "named", list[list[str]](), Folders()
    folders.there = [named]
    folders.answers.set()
    watch = RootsWatch(folders, seen.append)
    watch.start([str(named)])
    watch.look_again()
    eventually(lambda: folders.looks)
    named.mkdir()
    watch.look_again()
    eventually(lambda: bool(seen))
    watch.close()
    assert seen == [[str(named)]]
