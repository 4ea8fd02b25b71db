"""Making the edits of somebody else's run again, on the files that it began with."""

from __future__ import annotations

from pathlib import Path

from nano_agent.changes.follow import Followed
from nano_agent.changes.lines import WHOLE_BASE, Base, Version, split
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.trajectory import Trajectory

_SAID = 6


def redo_edits(run: Trajectory, step: int, root: Path) -> list[str]:
    """Bring the files below `root`, which are as at the start, to where the run had them after a step.

    Only its edits are made again, those in plain shell commands (`cat > f <<EOF`, `sed -i`, `rm`) among them; nothing
    is run. Returns a sentence for each thing that is not exact.
    """
    root = root.resolve()
    followed = Followed(run, lambda path: _base(root, path))
    said: dict[str, None] = {}
    for path, history in followed.replay.files.items():
        version = history.at(step)
        if path and version is not WHOLE_BASE and (problem := _put(root, path, version, history.base)):
            said[problem] = None
    for number, path, words in followed.replay.notes:
        if number <= step:
            said[f"step {number}: {words}" + (f" ({path})" if path else "")] = None
    sentences = list(said)
    more = [f"{len(sentences) - _SAID} more things about the files are uncertain"] if len(sentences) > _SAID else []
    return [*sentences[:_SAID], *more]


def _base(root: Path, path: str) -> Base:
    """What is in a file now, before anything is made again."""
    place = _place(root, path)
    if place is None or not place.is_file():
        return Base(existed=False)
    try:
        lines, newline = split(place.read_bytes().decode())
    except (OSError, UnicodeDecodeError):
        return Base(existed=True)
    base = Base(newline=newline)
    base.learn_whole(lines)
    return base


def _put(root: Path, path: str, version: Version | None, base: Base) -> str:
    """Write or remove one file; returns why that cannot be done, or nothing."""
    place = _place(root, path)
    if place is None:
        return f"{path} lies outside of the repository and was left alone"
    try:
        if version is None:
            place.unlink(missing_ok=True)
            return ""
        text = version.text(base)
        if text is None:
            return f"{path} is as at the start: what the run made of it cannot be told"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""


def _place(root: Path, path: str) -> Path | None:
    try:
        return resolve(root, path, root / ".git")
    except PathRefused:
        return None
