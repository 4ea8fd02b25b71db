"""Who lives in which folder of work trees: made by a run, removed when it ends, swept when it was killed.

`<folder of work trees>/<run id>/` holds `owner.json`, a `lock` that the run's process holds as long as it lives, and
the work tree. The system lets go of the lock however a process ends, so no guess about process ids is needed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FORMAT = "nano-worktree/1"
_UNFINISHED_AFTER = 3600.0
"""Seconds after which a folder that nobody has moved into counts as left behind."""


def worktrees_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where work trees of runs are: `$NANO_WORKTREES_DIR`, else `nano-tui/worktrees` in the user's state folder."""
    environ = os.environ if environ is None else environ
    if chosen := environ.get("NANO_WORKTREES_DIR"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_state_path

    return user_state_path("nano-tui") / "worktrees"


class Tenancy:
    """The right to one place, held by this process."""

    def __init__(self, place: Path, lock: int) -> None:
        self.place = place
        self._lock = lock

    def leave(self, *, keep: bool) -> None:
        """Give the place up: remove it, or mark it as one to keep. Never raises."""
        with contextlib.suppress(OSError):
            if keep:
                _write_owner(self.place, {**read_owner(self.place), "keep": True})
            else:
                remove(self.place)
        os.close(self._lock)

    def let_go(self) -> None:
        """Give it up as it is: a sweep removes it once nobody misses what is in it."""
        os.close(self._lock)


def move_in(name: str, run: Path, repo: Path) -> Tenancy:
    """Take an empty place of this name for the run in this folder; raises `OSError`, also when somebody lives there."""
    place = worktrees_dir() / name
    place.mkdir(parents=True, mode=0o700)
    lock = _locked(place / "lock", create=True)
    if lock is None:
        raise BlockingIOError(f"{place} is being used by another process")
    _write_owner(place, {"format": FORMAT, "run": str(run), "repo": str(repo), "host": os.uname().nodename})
    return Tenancy(place, lock)


def move_back_in(place: Path) -> Tenancy | None:
    """Take a place whose owner has died or has kept it; `None` when it is gone or somebody lives there."""
    lock = _locked(place / "lock", create=False)
    if lock is None:
        return None
    if not (owner := read_owner(place)):
        os.close(lock)
        return None
    if owner.get("unsaved"):
        # It was kept for what is in it, and has an owner again.
        _write_owner(place, {key: value for key, value in owner.items() if key not in ("keep", "unsaved")})
    return Tenancy(place, lock)


def sweep(is_saved: Callable[[Path, Mapping[str, Any]], bool]) -> list[Path]:
    """Remove the work trees whose process has died and that nobody asked to keep; returns what was removed.

    Touches nothing that it cannot tell for its own: a folder without `owner.json`, one that is locked, or one of
    another machine that shares the folder. What is not `is_saved` elsewhere (a place and its owner) is marked as
    unsaved and kept.
    """
    removed = []
    try:
        places = [entry for entry in worktrees_dir().iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return []
    for place in places:
        lock = _locked(place / "lock", create=False)
        if lock is None:
            continue
        try:
            if not _is_abandoned(place):
                continue
            owner = read_owner(place)
            if owner and not is_saved(place, owner):
                _write_owner(place, {**owner, "keep": True, "unsaved": True})
                continue
            remove(place)
            removed.append(place)
        except OSError:
            continue
        finally:
            os.close(lock)
    return removed


def read_owner(place: Path) -> dict[str, Any]:
    """Who moved in: `run`, `repo`, `host`, `keep`, `unsaved`; empty when it is not one of ours."""
    try:
        owner = json.loads((place / "owner.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) and owner.get("format") == FORMAT else {}


def remove(place: Path) -> None:
    """Remove a folder with all that is in it, read-only folders included; links are not followed. Never raises."""

    def allow_and_retry(function: Any, path: str, _: object) -> None:
        with contextlib.suppress(OSError):
            for folder in (Path(path).parent, Path(path)):
                if not folder.is_symlink() and folder.is_dir():
                    folder.chmod(stat.S_IRWXU)
            if function in (os.unlink, os.rmdir):
                function(path)
            else:
                shutil.rmtree(path, ignore_errors=True)

    shutil.rmtree(place, onerror=allow_and_retry)


def _is_abandoned(place: Path) -> bool:
    """Asked by whoever holds the lock, so nobody else lives there."""
    owner = read_owner(place)
    if owner:
        return owner.get("host") == os.uname().nodename and not owner.get("keep")
    # Somebody may just be moving in; one who never came back has left nothing but the lock.
    with contextlib.suppress(OSError):
        old = time.time() - place.stat().st_mtime > _UNFINISHED_AFTER
        return old and {entry.name for entry in place.iterdir()} == {"lock"}
    return False


def _locked(path: Path, *, create: bool) -> int | None:
    """A descriptor that holds the lock; `None` when somebody else does, or there is nothing to lock."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
    except OSError:
        return None
    try:
        # Whoever makes a place may meet a sweep that looks at it, which takes a moment.
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if create else fcntl.LOCK_NB))
        # It may have been removed between the two calls.
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _write_owner(place: Path, owner: Mapping[str, Any]) -> None:
    part = place / "owner.json.part"
    part.write_text(json.dumps(owner) + "\n")
    part.replace(place / "owner.json")
