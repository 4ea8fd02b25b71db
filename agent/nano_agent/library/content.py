"""Looking words up in trajectories: what text there is, where the words are, which step that is."""

from __future__ import annotations

# Paths are plain strings here, as everywhere where there are many.
# ruff: noqa: PTH208
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nano_agent.library.pattern import Pattern
from nano_agent.library.query import Condition, Words
from nano_agent.library.query.sql import Leaf
from nano_agent.trajectory import Message, ToolCall, Trajectory

AROUND = 70
"""Characters of an excerpt before and behind the first find."""
LONGEST_OUTPUT = 16 << 20
"""Bytes of one output that are searched."""
_TEXT_FILES = frozenset(("messages.jsonl", "trajectory.jsonl", "metadata.json", "diff.txt", "base_state.json"))
_TEXT_FOLDERS = ("events", "outputs")
_PACKED = (".parquet", ".eval", ".zst", ".gz", ".zip")
_CHUNK = 1 << 22
_OVERLAP = 256
_ASK_EVERY = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a trajectory's text."""

    kind: str
    """`text`, `reasoning`, `call`, `output`, `diff`, or `about` for what is said of the whole."""
    message: int | None
    """Index of the message; `None` for what belongs to none."""
    text: str


@dataclass(frozen=True, slots=True)
class Find:
    """Words found in one piece."""

    piece: str
    """The piece's kind."""
    message: int | None
    step: int | None
    """1-based number of the step that the message belongs to."""
    excerpt: str
    """The text around the first find, on one line; `…` where it was cut."""
    spans: tuple[tuple[int, int], ...]
    """Where in the excerpt the words stand."""
    count: int
    """How often they stand in the piece."""


def pieces(trajectory: Trajectory) -> Iterator[Piece]:
    """All text of a trajectory that can be searched."""
    about = (trajectory.task if not trajectory.messages else None, trajectory.model, trajectory.instance)
    names = (
        trajectory.group,
        trajectory.repo,
        trajectory.exit_status,
        trajectory.path.name,
        trajectory.path.parent.name,
    )
    yield Piece("about", None, "\n".join(filter(None, (*about, *names))))
    for i, message in enumerate(trajectory.messages):
        if message.text:
            yield Piece("text", i, message.text)
        if message.reasoning:
            yield Piece("reasoning", i, message.reasoning)
        for call in message.tool_calls:
            yield Piece("call", i, call_text(call))
        output = message.output or _kept_apart(message)
        if output and output != message.text:
            yield Piece("output", i, output)
    if trajectory.diff:
        yield Piece("diff", None, trajectory.diff)


def _kept_apart(message: Message) -> str:
    """The full output of an action that has a file of its own, as far as it is searched."""
    if message.output_path is None:
        return ""
    try:
        with message.output_path.open("rb") as file:
            return file.read(LONGEST_OUTPUT).decode("utf-8", "replace")
    except OSError:
        return ""


def call_text(call: ToolCall) -> str:
    """The tool's name and the texts in the arguments, as they are and not as JSON escapes them."""
    if call.arguments is None or isinstance(call.arguments, str):
        return f"{call.name}\n{call.raw_arguments}"
    return "\n".join([call.name, *_texts(call.arguments, 0)])


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < 20:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item, depth + 1)
    elif value is not None:
        yield str(value)[:1000]


def pattern_of(leaf: Leaf) -> Pattern:
    """What to look for."""
    return Pattern(leaf.text if isinstance(leaf, Words) else leaf.value)


def concerns(leaf: Leaf, kind: str) -> bool:
    """Whether a leaf looks at pieces of a kind: words at all, `cmd:` at calls."""
    return isinstance(leaf, Words) or kind == "call"


def holds(leaf: Leaf, found: bool) -> bool:
    """Whether a leaf is true, given whether its words were found."""
    return found != (isinstance(leaf, Condition) and leaf.operator == "!=")


class Lookup:
    """Some leaves, to be looked up in one trajectory after the other; what is said once it is cancelled is void."""

    def __init__(self, leaves: Sequence[Leaf], cancelled: Callable[[], bool] = lambda: False) -> None:
        self.leaves = leaves
        self._cancelled = cancelled
        self._patterns = [pattern_of(leaf) for leaf in leaves]

    def absent(self, path: str) -> list[bool]:
        """For each leaf whether its words surely are nowhere in a file or run folder, told from the bytes."""
        absent = [True] * len(self.leaves)
        for file in _files(path):
            if file.endswith(_PACKED):
                return [False] * len(self.leaves)
            for lowered in _chunks(file):
                for i, pattern in enumerate(self._patterns):
                    absent[i] = absent[i] and not pattern.may_be_in(lowered)
                if not any(absent) or self._cancelled():
                    return absent
        # The name is text of the trajectory too.
        lowered = os.fsencode(path).lower()
        return [one and not pattern.may_be_in(lowered) for one, pattern in zip(absent, self._patterns, strict=True)]

    def examine(self, trajectory: Trajectory, wanted: Sequence[bool], most: int) -> tuple[list[bool], list[Find]]:
        """The truth of each leaf, and the first places where wanted leaves are found, one for each piece."""
        found, finds = [False] * len(self.leaves), list[Find]()
        steps: dict[int, int] | None = None
        for number, piece in enumerate(pieces(trajectory)):
            if number % _ASK_EVERY == _ASK_EVERY - 1 and self._cancelled():
                break
            spans = list[tuple[int, int]]()
            for i, (leaf, pattern) in enumerate(zip(self.leaves, self._patterns, strict=True)):
                if concerns(leaf, piece.kind) and not (found[i] and (not wanted[i] or len(finds) >= most)):
                    here = list(pattern.spans(piece.text))
                    found[i] = found[i] or bool(here)
                    spans.extend(here if wanted[i] else ())
            if spans and len(finds) < most:
                steps = _steps(trajectory) if steps is None else steps
                step = steps.get(piece.message) if piece.message is not None else None
                finds.append(Find(piece.kind, piece.message, step, *_excerpt(piece.text, sorted(spans)), len(spans)))
            if len(finds) >= most and all(found):
                break
        return [holds(leaf, one) for leaf, one in zip(self.leaves, found, strict=True)], finds


def _steps(trajectory: Trajectory) -> dict[int, int]:
    return {i: step.index for step in trajectory.steps for i in step.indexes}


def _excerpt(text: str, spans: list[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text around the first span on one line, and the spans that lie in it."""
    first = spans[0][0]
    start = max(0, first - AROUND)
    end = min(len(text), max(spans[0][1], first + AROUND))
    # One character for one, so that the spans stay where they are.
    line = "".join(" " if char.isspace() else char for char in text[start:end])
    before, behind = "…" if start else "", "…" if end < len(text) else ""
    moved = [(a - start + len(before), b - start + len(before)) for a, b in spans if b <= end]
    return before + line + behind, tuple(moved)


def _files(path: str) -> list[str]:
    """The files that hold the text of a file or run folder."""
    try:
        names = os.listdir(path)
    except NotADirectoryError:
        return [path]
    except OSError:
        return []
    found = [f"{path}/{name}" for name in names if name in _TEXT_FILES]
    return found + [
        f"{path}/{folder}/{name}" for folder in _TEXT_FOLDERS if folder in names for name in _in(path, folder)
    ]


def _in(path: str, folder: str) -> list[str]:
    try:
        return os.listdir(f"{path}/{folder}")
    except OSError:
        return []


def _chunks(path: str) -> Iterator[bytes]:
    """A file's bytes in small letters, a few megabytes at a time, each with the end of the one before."""
    try:
        with open(path, "rb", buffering=0) as file:
            tail = b""
            while data := file.read(_CHUNK):
                lowered = data.lower()
                yield tail + lowered if tail else lowered
                tail = lowered[-_OVERLAP:]
    except OSError:
        return
