"""Files that lie beside trajectories and look like them: predictions and evaluation reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.trajectory import Trajectory

_PREDICTION = frozenset(("instance_id", "model_patch"))
_HISTORY = frozenset(("messages", "trajectory", "history", "prompt", "completion", "detailed_predictions", "traces"))
_REPORT = (
    frozenset(("resolved_ids", "unresolved_ids", "submitted_instances", "resolved_instances", "completed_ids")),
    frozenset(("resolved", "no_generation", "generated", "applied", "no_apply")),
)


class NotTrajectoriesReader:
    """Names such a file, so that it is refused with a reason that says what it is."""

    name = "not_trajectories"

    def sniff(self, source: Source) -> bool:
        """A file of predictions or a report."""
        return _what(source) is not None

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Always refuses."""
        raise NotATrajectory(source.path, _what(source) or "no trajectory")
        yield  # pragma: no cover - makes this a generator, as the protocol says


def _what(source: Source) -> str | None:
    head = source.head.lstrip()
    if not head.startswith((b"{", b"[")) or not (b"model_patch" in head or b"resolved" in head):
        return None
    document = source.gist if source.gist is not None else source.first_line
    if _is_prediction(document):
        return "predictions (the patches that runs submitted), no trajectory: no history is kept in it"
    if isinstance(document, list) and document and all(map(_is_prediction, document[:5])):
        return "predictions (the patches that runs submitted), no trajectory: no history is kept in it"
    if isinstance(document, dict):
        if any(map(_is_prediction, list(document.values())[:5])):
            return "predictions (the patches that runs submitted), no trajectory: no history is kept in it"
        if any(len(keys & document.keys()) >= 2 for keys in _REPORT) and not _HISTORY & document.keys():
            return "an evaluation report (which tasks were resolved), no trajectory: no history is kept in it"
    return None


def _is_prediction(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= _PREDICTION and not _HISTORY & value.keys()
