"""The full output of an observation, and which part of it the model was shown."""

from __future__ import annotations

from pathlib import Path

from nano_agent.trajectory import Message
from nano_widgets.units import count, size

LARGEST_OUTPUT = 100_000_000
"""Bytes of a kept output that are read at most."""
_READ_ASIDE = 1_000_000
"""Bytes of a kept output from which on it is read in a thread."""
_WORTH_SAYING = 20


def shared_head(a: str, b: str) -> int:
    """How many characters two texts have in common at their start; a few comparisons, however long they are."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a.startswith(b[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


def shared_tail(a: str, b: str) -> int:
    """How many characters two texts have in common at their end."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a.endswith(b[len(b) - middle : len(b) - low], 0, len(a) - low):
            low = middle
        else:
            high = middle - 1
    return low


def hidden_from_model(shown: str, full: str) -> tuple[int, int] | None:
    """From where to where of the full output the model saw nothing; `None` when that cannot be told.

    An observation that was cut is the output's beginning and perhaps its end with some words between or around them.
    """
    if full in shown:
        return (len(full), len(full))
    head, tail = shared_head(full, shown), shared_tail(full, shown)
    if head < _WORTH_SAYING:
        # A frame may stand before the output: look for its first line.
        start = shown.find(full[:_WORTH_SAYING]) if len(full) >= _WORTH_SAYING else -1
        if start < 0:
            return (0, len(full) - tail) if tail >= _WORTH_SAYING else None
        head = shared_head(full, shown[start:])
    if tail < _WORTH_SAYING:
        end = shown.rfind(full[-_WORTH_SAYING:]) if len(full) >= _WORTH_SAYING else -1
        tail = shared_tail(full, shown[: end + _WORTH_SAYING]) if end >= 0 else 0
    return (head, max(head, len(full) - tail))


def amount(full: str, start: int, end: int) -> str:
    """How much that is of the full output, in words: lines, where it is more than one, else bytes."""
    piece = full[start:end]
    ends_a_shown_line = piece.startswith("\n") and start > 0 and full[start - 1] != "\n"
    lines = piece.count("\n") + (not piece.endswith("\n")) - ends_a_shown_line
    return count(lines, "line") if lines > 1 else size(end - start)


def was_cut(observation: Message) -> bool:
    """Whether there is more output than the model was shown; a frame around it that the model saw does not count."""
    more = observation.output is not None and len(observation.output) > len(observation.text)
    return more or observation.output_path is not None


def full_output(message: Message) -> tuple[str | None, str]:
    """The full output of an observation where it is kept, and why it cannot be had where it should be."""
    if message.output is not None:
        return message.output, ""
    if message.output_path is None:
        return None, ""
    try:
        with Path(message.output_path).open("rb") as file:
            data = file.read(LARGEST_OUTPUT)
    except OSError as error:
        why = error.strerror or str(error)
        return None, f"The full output should be in {message.output_path}, but cannot be read: {why}."
    return data.decode("utf-8", "replace"), ""


def is_kept_large(message: Message) -> bool:
    """Whether the full output is a file that takes a while to be read."""
    try:
        return message.output_path is not None and message.output_path.stat().st_size > _READ_ASIDE
    except OSError:
        return False
