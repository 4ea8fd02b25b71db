"""Why there is nothing to open at a path."""

from __future__ import annotations

import os
from pathlib import Path

NOTHING = "no such file or folder"
FORBIDDEN = "permission denied"


def why_absent(path: str | os.PathLike[str]) -> str | None:
    """Why nothing can be opened at a path, in a few words; `None` where something is.

    What is in a folder that may not be looked into is not missing: that says `permission denied`.
    """
    try:
        Path(path).stat()
    except (FileNotFoundError, ValueError):
        return NOTHING
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None
