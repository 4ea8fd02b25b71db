"""Which folders are browsed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nano_tui import state


def roots(paths: tuple[Path, ...], runs_dir: Path | None, more: Iterable[Path] = ()) -> list[Path]:
    """The folders and files to look into; looks at the disk.

    Those that were named, else every known place and every folder that a run was put into from here; in any case the
    chosen folder for runs, and `more`: folders of runs started meanwhile.
    """
    places = [*([runs_dir] if runs_dir else []), *more]
    if not paths:
        from nano_agent.library.locations import known_locations

        places = [Path(folder) for folder in state.load().runs_dirs] + places
        places = [location.path for location in known_locations(runs=runs_dir)] + places
    # Those that were named stay when they are gone, or all the runs that were ever listed would come in their place.
    found = [*paths, *(place for place in places if os.path.exists(place))]  # noqa: PTH110 - one that is shut is no error
    return list(dict.fromkeys(place.expanduser().absolute() for place in found))
