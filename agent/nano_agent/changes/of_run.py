"""Choosing where answers about a run's changes come from."""

from __future__ import annotations

import threading
from collections import OrderedDict

from nano_agent.changes.answers import Changes
from nano_agent.trajectory import Trajectory

_KEPT = 4
_lock = threading.Lock()
_recent: OrderedDict[int, tuple[Trajectory, int, Changes]] = OrderedDict()


def changes_of(run: Trajectory) -> Changes:
    """The changes of a run: from its kept work trees, else rebuilt from its edits. For a thread: it may read it all.

    The last few runs asked for are remembered.
    """
    length = len(run.messages)  # of a large file that is still read there may be more by now
    with _lock:
        known = _recent.get(id(run))
        if known is not None and known[0] is run and known[1] == length:
            _recent.move_to_end(id(run))
            return known[2]
    found = _made(run)
    with _lock:
        _recent[id(run)] = (run, length, found)
        while len(_recent) > _KEPT:
            _recent.popitem(last=False)
    return found


def _made(run: Trajectory) -> Changes:
    from nano_agent.changes.kept import KeptChanges, trees_of
    from nano_agent.changes.rebuilt import RebuiltChanges

    trees = trees_of(run.path) if run.format == "nano-run" else {}
    if trees:
        return KeptChanges(run, trees, len(run.steps))
    return RebuiltChanges(run)
