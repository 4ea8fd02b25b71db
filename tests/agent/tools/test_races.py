"""Links that are put in the place of folders while a tool works: nothing outside is touched."""

from __future__ import annotations

import contextlib
import shutil
import threading
from pathlib import Path

from nano_agent.sandbox.files import FileRefused, read_file, write_file
from nano_agent.tools.paths import PathRefused, resolve
from support.patching import Patch

ROUNDS = 300


def test_a_folder_that_becomes_a_link_all_the_time(patch: Patch, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "file.txt").write_text("one")
    inside = root / "folder"
    inside.mkdir()
    (inside / "file.txt").write_text("one")
    done = threading.Event()

    def swap() -> None:
        link, aside = root / "link", root / "aside"
        link.symlink_to(outside)
        while not done.is_set():
            inside.rename(aside)
            with contextlib.suppress(OSError):
                link.rename(inside)
            if inside.is_symlink():
                inside.rename(link)
            while aside.exists():
                # The tool makes a folder that is missing; that is none of ours.
                shutil.rmtree(inside, ignore_errors=True)
                with contextlib.suppress(OSError):
                    aside.rename(inside)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        applied = 0
        for _ in range(ROUNDS):
            applied += not patch("one", "two", "folder/file.txt").failed
            applied += not patch("two", "one", "folder/file.txt").failed
    finally:
        done.set()
        thread.join()
    assert applied
    assert (outside / "file.txt").read_text() == "one"
    assert [path.name for path in outside.iterdir()] == ["file.txt"]


def test_a_link_that_came_after_the_look(root: Path) -> None:
    (root.parent / "outside").mkdir()
    secret = root.parent / "outside" / "file.txt"
    secret.write_text("secret")
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file.txt").write_text("mine")
    path = resolve(root.resolve(), "a/b/file.txt", root / "runs")
    (root / "a" / "b").rename(root / "was")
    (root / "a" / "b").symlink_to(secret.parent)
    for attempt in (lambda: read_file(path, 100), lambda: write_file(path, b"x")):
        with contextlib.suppress(FileRefused, PathRefused):
            raise AssertionError(f"it was followed: {attempt()!r}")
    assert secret.read_text() == "secret"
    (root / "a" / "b").unlink()
    (root / "a" / "b").mkdir()
    path.symlink_to(secret)
    for attempt in (lambda: read_file(path, 100), lambda: write_file(path, b"x")):
        with contextlib.suppress(FileRefused):
            raise AssertionError(f"it was followed: {attempt()!r}")
    assert secret.read_text() == "secret"
