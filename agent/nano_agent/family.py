"""Who was forked from whom."""

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
    """The id of the run that it was forked from."""
    step: int | None
    """After which of its steps."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lead: str = ""
    """What stands before it in a drawn tree: `│  └─ `."""

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
    parent, step = origin.get("run"), origin.get("step")
    identity = metadata.get("run_id")
    return Member(
        path,
        identity if isinstance(identity, str) else path.name,
        parent if isinstance(parent, str) else None,
        step if isinstance(step, int) else None,
        metadata,
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
        origin = one.metadata.get("forked_from")
        path = Path(str(origin.get("path"))) if isinstance(origin, Mapping) else None
    for place in places:
        for other in _forks_in(place):
            found.setdefault(other.id, other)
    wanted = _read(folder)
    related = [tree for tree in trees(found.values()) if wanted and any(one.id == wanted.id for one in tree)]
    return related[0] if related else []


def trees(members: Iterable[Member]) -> list[list[Member]]:
    """Families, each drawn as a tree: the eldest first, forks below what they were forked from, by step and time."""
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


def _forks_in(place: Path) -> Iterator[Member]:
    """The runs in a folder that are forks; the others are told by a look at their bytes."""
    try:
        folders = [entry for entry in place.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return
    for folder in folders:
        try:
            data = (folder / "metadata.json").read_bytes()
        except OSError:
            continue
        if b'"forked_from"' in data and isinstance(metadata := parse(data), dict):
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
