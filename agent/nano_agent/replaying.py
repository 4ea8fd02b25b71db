"""Running a run's recorded actions again, without a model, and saying where the results differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["exit code", "output", "files"]

_NUMBER = re.compile(r"\b[0-9a-f]{7,40}\b|\d+(?:[.,:]\d+)*")
_PATH = re.compile(r"(?:~|\.{0,2})?/[^\s'\":,;()\[\]<>]+")
_DIFF_LINES = 60
_COMPARED_LINES = 500


@dataclass(frozen=True)
class Difference:
    """One result that is not what was recorded."""

    step: int
    call: int
    """Number of the call in its step, from 1; 0: the files after the step."""
    action: str
    """What was run, in a line."""
    kind: Kind
    only: str
    """`numbers`, `paths` or `numbers and paths` where nothing else differs; empty for anything else."""
    expected: str
    actual: str

    @property
    def diff(self) -> str:
        """From what was recorded to what came now, as a unified diff, cut when it is long."""
        before, after = self.expected.splitlines(), self.actual.splitlines()
        same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
        # Long outputs are compared from shortly before the first line that differs: all of it would take minutes.
        start = max(0, same - 3)
        window = slice(start, start + _COMPARED_LINES)
        found = list(difflib.unified_diff(before[window], after[window], "recorded", "now", lineterm=""))
        more = [f"… {len(found) - _DIFF_LINES} more lines"] if len(found) > _DIFF_LINES else []
        return "\n".join(found[:_DIFF_LINES] + more)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "diff": self.diff}


@dataclass
class Replayed:
    """What became of all of it."""

    steps: int = 0
    """Steps that were gone through."""
    calls: int = 0
    """Calls that were run again."""
    skipped: list[str] = field(default_factory=list)
    """What was not, a sentence each."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def first(self) -> Difference | None:
        """The first that is more than other numbers and paths, else the first there is."""
        return next((d for d in self.differences if not d.only), self.differences[0] if self.differences else None)


def only_in(expected: str, actual: str) -> str:
    """Whether two texts that are not equal differ in numbers or paths alone, and in which."""
    if _NUMBER.sub("0", expected) == _NUMBER.sub("0", actual):
        return "numbers"
    expected, actual = (_PATH.sub("/", text) for text in (expected, actual))
    if expected == actual:
        return "paths"
    return "numbers and paths" if _NUMBER.sub("0", expected) == _NUMBER.sub("0", actual) else ""


def compared(
    step: int, call: int, action: str, kind: Kind, expected: str | None, actual: str | None
) -> Iterator[Difference]:
    """The difference, if there is one; what was not recorded cannot differ."""
    if expected is not None and actual is not None and expected != actual:
        yield Difference(step, call, action, kind, only_in(expected, actual), expected, actual)


Progress = Callable[[int, int], None]
"""Told the step and how many there are."""


def replay(
    path: Path, repo: Path | None = None, *, everything: bool = False, progress: Progress = lambda _, __: None
) -> Replayed:
    """Run the recorded actions of a run of ours again, in a fresh work tree of the tree that it began with.

    `repo` is where the repository is now, if it is not where it was. Stops at the first difference that is more than
    other numbers and paths, unless `everything` is asked for. Raises `CannotStart`. Commands run in the run's sandbox.
    """
    from nano_agent.replay_bench import ReplayBench

    with ReplayBench(path, repo) as bench:
        found = Replayed()
        for step in bench.steps():
            found.steps += 1
            progress(step, bench.past.n_steps)
            found.differences += bench.run(step, found)
            if not everything and any(not difference.only for difference in found.differences):
                break
    return found
