"""A run's changes against those of a gold patch: which files each of them changed, and how the results differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nano_agent.changes import patches
from nano_agent.changes.answers import MOST, Changes, Diff
from nano_agent.changes.lines import Base, Version, split
from nano_agent.changes.operations import Delete, Patch, Write
from nano_agent.changes.replay import Replay
from nano_agent.changes.unified import Side, file_diff
from nano_agent.trajectory import Trajectory

Relation = Literal["same", "differs", "ours", "gold"]
"""Both lead to the same; both changed the file, to different results; only the run; only the gold patch."""
_KEYS = ("gold_patch", "gold_diff", "oracle_diff", "golden_patch", "patch")
_NAMES = ("gold.diff", "gold.patch", "gold_patch.diff")
_MOST_READ = 50_000_000


@dataclass(frozen=True, slots=True)
class Gold:
    """The patch that is taken for right."""

    diff: str
    source: str
    """Where it comes from, in a few words."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One file."""

    path: str
    relation: Relation
    added: int
    """Lines that only the run's result has."""
    removed: int
    """Lines that only the gold result has."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All files, and a unified diff that leads from the gold results to those of the run."""

    files: tuple[Compared, ...]
    diff: Diff

    @property
    def summary(self) -> str:
        """How many files there are of each kind, in words."""
        words = {"same": "the same in both", "differs": "different", "ours": "only in the run", "gold": "only in gold"}
        counts = {key: sum(file.relation == key for file in self.files) for key in words}
        return " · ".join(f"{counts[key]} {said}" for key, said in words.items() if counts[key]) or "no file in either"


def gold_of(run: Trajectory) -> Gold | None:
    """The gold patch that comes with a run: in its file, its metadata, or a file `gold.diff` beside it."""
    if run.gold_diff:
        return Gold(run.gold_diff, "the run's gold patch")
    for about in (run.metadata, *(value for value in run.metadata.values() if isinstance(value, Mapping))):
        if (found := _in(about)) and found[1] != run.diff:
            return Gold(found[1], f"{found[0]} in the run's metadata")
    folder = run.path if run.path.is_dir() else run.path.parent
    for name in _NAMES:
        if (folder / name).is_file():
            return gold_in(folder / name, run.instance)
    return None


def gold_in(path: Path, instance: str | None = None) -> Gold:
    """The gold patch in a file: a diff, or JSON (a line each, or one document) with `patch` or `gold_patch` in it.

    Of several the one for `instance` (SWE-bench's `instance_id`) is taken. Raises `ValueError` with the reason.
    """
    from nano_agent.formats.source import parse

    try:
        with path.open("rb") as file:
            data = file.read(_MOST_READ)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from error
    if data.lstrip()[:1] not in (b"{", b"["):
        text = data.decode("utf-8", "surrogateescape")
        if not list(patches.unified(text)):
            raise ValueError(f"{path} holds no unified diff")
        return Gold(text, path.name)
    document = parse(data)
    rows = (
        document
        if isinstance(document, list)
        else [document]
        if document is not None
        else map(parse, data.splitlines())
    )
    found = [row for row in rows if isinstance(row, Mapping) and _in(row)]
    mine = [row for row in found if instance is not None and row.get("instance_id") == instance] or found
    if len(mine) != 1:
        what = "holds no patch" if not mine else f"holds {len(mine)} patches, and none is for {instance or 'this run'}"
        raise ValueError(f"{path} {what}")
    chosen = _in(mine[0])
    return Gold(chosen[1] if chosen else "", path.name)


def _in(about: Mapping[str, object]) -> tuple[str, str] | None:
    for key in _KEYS:
        text = about.get(key)
        if isinstance(text, str) and patches.looks_like_patch(text) and len(text) < MOST:
            return key, text
    return None


def against_gold(changes: Changes, gold: Gold) -> Comparison:
    """Compare what a run changed in all with a gold patch. For a thread: it may run git."""
    final = changes.final()
    ours, theirs = _by_path(final.text), _by_path(gold.diff)
    files, text = list[Compared](), ""
    for path in sorted({*ours, *theirs}):
        compared, part = _compare(changes, path, ours.get(path), theirs.get(path))
        files.append(compared)
        text += part
    cut = len(text) > MOST
    text = text[: text.rfind("\n", 0, MOST) + 1] if cut else text
    note = "- is only in the gold result, + only in the run's. Lines that neither diff shows are taken to be equal."
    return Comparison(tuple(files), Diff(text, final.provenance, note, cut))


def _by_path(diff: str) -> dict[str, Patch | Write | Delete]:
    return {one.path: one for one in patches.unified(diff.replace("\r\n", "\n"))}


def _compare(
    changes: Changes, path: str, ours: Patch | Write | Delete | None, theirs: Patch | Write | Delete | None
) -> tuple[Compared, str]:
    base = Base(existed=not isinstance(ours or theirs, Write))
    start = changes.text(path, 0)
    if start.text is not None and not start.cut and start.provenance == "exact":
        lines, base.newline = split(start.text.replace("\r\n", "\n"))
        base.learn_whole(lines)
    results = [_result(base, path, one) for one in (theirs, ours)]
    text = file_diff(Side(path, results[0], base), Side(path, results[1], base))
    body = text.split("\n@@", 1)[-1].split("\n") if "\n@@" in text else []
    added, removed = sum(line[:1] == "+" for line in body), sum(line[:1] == "-" for line in body)
    relation: Relation = "gold" if ours is None else "ours" if theirs is None else "differs" if text else "same"
    return Compared(path, relation, added, removed), text


def _result(base: Base, path: str, change: Patch | Write | Delete | None) -> Version | None:
    replay = Replay()
    history = replay.history(path)
    history.base = base
    for operation in _plainly(change, path):
        replay.do(1, operation)
    return history.at(1)


def _plainly(change: Patch | Write | Delete | None, path: str) -> Iterator[Patch | Write | Delete]:
    """The change without a new name: what is compared is the content."""
    if isinstance(change, Patch):
        yield Patch(path, change.hunks)
    elif change is not None:
        yield change
