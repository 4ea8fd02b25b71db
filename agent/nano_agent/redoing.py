"""Making the edits of somebody else's run again, on the files that it began with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from nano_agent.changes.follow import Followed
from nano_agent.changes.lines import WHOLE_BASE, Base, Version, split
from nano_agent.tools.paths import PathRefused, resolve
from nano_agent.trajectory import Trajectory
from nano_agent.workspace import Repository
from nano_agent.workspace.git import GitError, GitRunner

_SAID = 6


def redo_edits(run: Trajectory, step: int, repository: Repository, stop: Callable[[], bool]) -> list[str]:
    """Bring the files of a work tree, which are as at the start, to where the run had them after a step.

    Only its edits are made again, those in plain shell commands (`cat > f <<EOF`, `sed -i`, `rm`) among them; nothing
    is run. Returns a sentence for each thing that is not exact.
    """
    root = repository.root.resolve()
    followed = Followed(run, lambda path: base_of(root, path))
    return _uncertain(followed, step, lambda path, version, base: put(root, path, version, base))


def foresee_edits(run: Trajectory, step: int, git: GitRunner, commit: str) -> list[str]:
    """What `redo_edits` would return on the files of a commit; nothing is written."""
    followed = Followed(run, lambda path: _base(_committed(git, commit, path)))
    return _uncertain(followed, step, lambda path, version, base: _written(path, version, base)[1])


def _uncertain(followed: Followed, step: int, put: Callable[[str, Version | None, Base], str]) -> list[str]:
    """Bring every file to where it was after a step; a sentence for each thing that is not exact."""
    said: dict[str, None] = {}
    for path, history in followed.replay.files.items():
        version = history.at(step)
        if path and version is not WHOLE_BASE and (problem := put(path, version, history.base)):
            said[problem] = None
    for number, path, words in followed.replay.notes:
        if number <= step:
            said[f"step {number}: {words}" + (f" ({path})" if path else "")] = None
    return shortened(list(said), "things about the files are uncertain")


def shortened(sentences: Sequence[str], what: str) -> list[str]:
    """The first few, and how many more there are of `what`."""
    more = [f"{len(sentences) - _SAID} more {what}"] if len(sentences) > _SAID else []
    return [*sentences[:_SAID], *more]


def base_of(root: Path, path: str) -> Base:
    """What is in a file now."""
    place = _place(root, path)
    if place is None or not place.is_file():
        return Base(existed=False)
    try:
        return _base(place.read_bytes())
    except OSError:
        return Base(existed=True)


def _committed(git: GitRunner, commit: str, path: str) -> bytes | None:
    """The same, of a file in a commit."""
    try:
        return git.run_bytes("cat-file", "blob", f"{commit}:{path}")
    except GitError:
        return None


def _base(content: bytes | None) -> Base:
    if content is None:
        return Base(existed=False)
    try:
        lines, newline = split(content.decode())
    except UnicodeDecodeError:
        return Base(existed=True)
    base = Base(newline=newline)
    base.learn_whole(lines)
    return base


def _written(path: str, version: Version | None, base: Base) -> tuple[str | None, str]:
    """What is to be in a file, `None` where it is to be none; and why that cannot be told, or nothing."""
    text = None if version is None else version.text(base)
    if version is not None and text is None:
        return None, f"{path} is as at the start: what the run made of it cannot be told"
    return text, ""


def put(root: Path, path: str, version: Version | None, base: Base) -> str:
    """Write or remove one file; returns why that cannot be done, or nothing."""
    place = _place(root, path)
    if place is None:
        return f"{path} lies outside of the repository and was left alone"
    text, problem = _written(path, version, base)
    try:
        if problem:
            return problem
        if text is None:
            place.unlink(missing_ok=True)
            return ""
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
