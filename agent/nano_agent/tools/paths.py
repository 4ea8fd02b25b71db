"""Which files a tool may touch: those inside the work tree, links followed, git's own excepted."""

from __future__ import annotations

from pathlib import Path

from nano_agent.record.files import RUNS_FOLDER


class PathRefused(ValueError):
    """The path is not to be touched; the message tells the model why."""


def resolve(root: Path, name: str, record: Path, *, reading: bool = False) -> Path:
    """The real path of `name` below `root` (itself resolved); raises `PathRefused` when it is not one to touch.

    `record` is the run's own folder, wherever it is kept. The root itself is only for `reading`.
    """
    if "\0" in name or not name.strip():
        raise PathRefused("the file name is empty or holds a NUL")
    try:
        path = (root / name).resolve()
    except (OSError, RuntimeError) as error:
        raise PathRefused(f"{name}: {error}") from None
    if not path.is_relative_to(root) or (path == root and not reading):
        raise PathRefused(f"{name}: outside the repository")
    if path.is_relative_to(record.resolve()):
        raise PathRefused(f"{name}: the record of this run is not to be changed")
    # Case is folded because a file system that ignores it would open .GIT/config just the same.
    for part in path.relative_to(root).parts:
        if part.casefold() in (".git", RUNS_FOLDER):
            raise PathRefused(f"{name}: {part} is not to be changed")
    return path
