"""Who was forked from whom, and who works for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nano_agent.formats.source import parse
from nano_agent.record.process import is_alive

_MOST_UP = 100
"""So many generations back at most: a record that somebody edited may lead in a circle."""


@dataclass
class Member:
    """One run of a family."""

    path: Path
    id: str
    parent: str | None
    """The id of the run that it was forked from, or that handed work to it."""
    step: int | None
    """After which of its steps it was forked, or in which it was handed the work."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    delegated: bool = False
    """Whether it is a child that works for its parent, and no fork."""
    lead: str = ""
    """What stands before it in a drawn tree: `│  └─ `."""

    @property
    def origin(self) -> str:
        """How it came from its parent, in words; empty for one without."""
        if self.step is None:
            return ""
        return f"handed over in step {self.step}" if self.delegated else f"after step {self.step}"

    @property
    def status(self) -> str:
        """`live`, `lost`, or why it ended."""
        if status := self.metadata.get("exit_status"):
            return str(status)
        beat = _newest(self.path)
        return "live" if is_alive(self.metadata.get("process"), beat) else "lost"


def member(path: Path, metadata: Mapping[str, Any]) -> Member:
    """A run by what its metadata says."""
    origin = metadata.get("forked_from")
    origin = origin if isinstance(origin, Mapping) else {}
    delegated = isinstance(metadata.get("parent"), str)
    parent, step = origin.get("run"), origin.get("step")
    if delegated:
        parent, step = metadata["parent"], metadata.get("parent_step")
    identity = metadata.get("run_id")
    return Member(
        path,
        identity if isinstance(identity, str) else path.name,
        parent if isinstance(parent, str) else None,
        step if isinstance(step, int) else None,
        metadata,
        delegated,
    )


def family_of(folder: Path) -> list[Member]:
    """The run in this folder and everybody related to it, drawn as a tree; it alone when it has no relatives.

    Looks where it and its ancestors are kept; reads the metadata of every run there.
    """
    found: dict[str, Member] = {}
    places: dict[Path, None] = {}
    path: Path | None = folder
    for _ in range(_MOST_UP):
        one = _read(path) if path is not None else None
        if one is None or one.id in found:
            break
        found[one.id] = one
        places[one.path.parent] = None
        path = _parent_of(one)
    for place in places:
        for other in _related_in(place):
            found.setdefault(other.id, other)
    wanted = _read(folder)
    related = [tree for tree in trees(found.values()) if wanted and any(one.id == wanted.id for one in tree)]
    return related[0] if related else []


def _parent_of(one: Member) -> Path | None:
    """Where the run is from which this one came; children are kept beside it."""
    if one.delegated and one.parent is not None and one.parent == Path(one.parent).name:
        return one.path.parent / one.parent
    origin = one.metadata.get("forked_from")
    return Path(str(origin.get("path"))) if isinstance(origin, Mapping) else None


def trees(members: Iterable[Member]) -> list[list[Member]]:
    """Families, each drawn as a tree: the eldest first, forks and children below their parents, by step and time."""
    by_id = {one.id: one for one in members}
    children: dict[str, list[Member]] = {}
    for one in by_id.values():
        if one.parent in by_id:
            children.setdefault(str(one.parent), []).append(one)
    roots = [one for one in by_id.values() if one.parent not in by_id]
    return [list(_drawn(root, children, "", "")) for root in sorted(roots, key=lambda one: one.id)]


def _drawn(one: Member, children: Mapping[str, list[Member]], lead: str, below: str) -> Iterator[Member]:
    one.lead = lead
    yield one
    forks = sorted(children.get(one.id, ()), key=lambda fork: (fork.step or 0, fork.id))
    for fork in forks:
        last = fork is forks[-1]
        yield from _drawn(fork, children, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))


def _related_in(place: Path) -> Iterator[Member]:
    """The runs in a folder that are forks or children; the others are told by a look at their bytes."""
    try:
        folders = [entry for entry in place.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return
    for folder in folders:
        try:
            data = (folder / "metadata.json").read_bytes()
        except OSError:
            continue
        if (b'"forked_from"' in data or b'"parent"' in data) and isinstance(metadata := parse(data), dict):
            yield member(folder, metadata)


def _read(folder: Path) -> Member | None:
    try:
        metadata = parse((folder / "metadata.json").read_bytes())
    except OSError:
        return None
    return member(folder, metadata) if isinstance(metadata, dict) else None


def _newest(folder: Path) -> float | None:
    try:
        return max((folder / name).stat().st_mtime for name in ("events.jsonl", "live.jsonl"))
    except OSError:
        return None
