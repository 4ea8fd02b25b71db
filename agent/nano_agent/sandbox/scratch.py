"""Folders that a run's commands have to themselves (`/tmp`, the home folder), taken away when the run is over.

They lie together in one folder of the user's, each with a note of whose it is, so that the next run can clear away what
one that was killed has left.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from nano_agent.record.process import birth, is_alive
from nano_agent.sandbox.base import SandboxError

_NOTE = "owner.json"
_YOUNG = 60.0
"""Seconds for which a folder without a note is taken for one that is just being made."""


class Scratch:
    """One run's private folders."""

    def __init__(self, run_id: str) -> None:
        parent = scratch_parent()
        self.folder = parent / run_id
        # Twice, since another run that ends may just have taken the parent away.
        with contextlib.suppress(FileNotFoundError):
            self._begin(parent)
        if not self.folder.exists():
            self._begin(parent)
        (self.folder / _NOTE).write_text(json.dumps(owner(run_id)))
        self.tmp = self._make("tmp")
        self.home = self._make("home")
        self.signs = self._make("signs")
        """Where the inner shell leaves signs for us."""

    def remove(self) -> None:
        """Take it all away, and the folder of all runs with the last of them."""
        remove_tree(self.folder)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    def _begin(self, parent: Path) -> None:
        parent.mkdir(mode=0o700, exist_ok=True)
        found = parent.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise SandboxError(f"{parent} is not a folder of yours alone; remove it, or set TMPDIR to another place")
        sweep(parent)
        self.folder.mkdir(mode=0o700)

    def _make(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        return folder


def scratch_parent() -> Path:
    """Where the private folders of all the user's runs lie."""
    return Path(tempfile.gettempdir()).resolve() / f"nano-tui-{os.geteuid()}"


def owner(run_id: str) -> dict[str, object]:
    """What is written on whatever a run may leave behind: which run, and which process it was."""
    return {"run": run_id, "pid": os.getpid(), "birth": birth(os.getpid()), "host": os.uname().nodename}


def sweep(parent: Path) -> None:
    """Take away the folders of runs whose process is no more; those of runs on other machines are left alone."""
    for folder in parent.iterdir():
        try:
            note = json.loads((folder / _NOTE).read_bytes())
            dead = note.get("host") == os.uname().nodename and not is_alive(note, None)
        except (OSError, ValueError, AttributeError):
            dead = time.time() - _changed(folder) > _YOUNG
        if dead:
            remove_tree(folder)


def _changed(folder: Path) -> float:
    with contextlib.suppress(OSError):
        return folder.lstat().st_mtime
    return time.time()


def remove_tree(folder: Path) -> None:
    """Remove a folder, also where commands took away the right to; links in it are not followed."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.is_dir():
        return
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        for parent, names, _ in os.walk(folder):
            for inner in (Path(parent, name) for name in names):
                if not inner.is_symlink():
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
