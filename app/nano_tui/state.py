"""What the app remembers from one start to the next: the form as it was last used, queries, columns of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import orjson

MOST_RECENT = 20
"""How many models and run locations are remembered."""
MOST_QUERIES = 100


@dataclass(frozen=True)
class Remembered:
    """Everything that is remembered. A file that is missing, broken or from another version gives an empty one."""

    form: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the launch form, as typed."""
    models: tuple[str, ...] = ()
    """Models that runs were started with, the latest first."""
    runs_dirs: tuple[str, ...] = ()
    """Folders that runs were put into, the latest first."""
    queries: tuple[str, ...] = ()
    """Queries that were asked, the latest first."""
    columns: tuple[str, ...] = ()
    """The columns of the run table that were chosen; none for those that choose themselves."""

    theme: str = ""
    """The name of the theme that was chosen; empty for the usual one."""

    def with_run(self, form: Mapping[str, Any], model: str, runs_dir: str) -> Remembered:
        """The same after another run was started."""
        return replace(
            self, form=dict(form), models=_first(model, self.models), runs_dirs=_first(runs_dir, self.runs_dirs)
        )

    def with_query(self, query: str) -> Remembered:
        """The same after another query was asked."""
        return replace(self, queries=_first(query.strip(), self.queries, MOST_QUERIES))


def _first(item: str, others: tuple[str, ...], most: int = MOST_RECENT) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (item, *others))))[:most]


def state_path() -> Path:
    """Where it is kept: `app.json` in the user's state folder."""
    from platformdirs import user_state_path

    return user_state_path("nano-tui") / "app.json"


def load(path: Path | None = None) -> Remembered:
    """Read it; never raises."""
    try:
        found = orjson.loads((path or state_path()).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return Remembered()
    return from_json(found)


def from_json(found: object) -> Remembered:
    """What of a file is of the right type."""
    found = found if isinstance(found, dict) else {}
    form = found.get("form")
    return Remembered(
        form if isinstance(form, dict) else {},
        _texts(found.get("models")),
        _texts(found.get("runs_dirs")),
        _texts(found.get("queries"), MOST_QUERIES),
        _texts(found.get("columns")),
        theme if isinstance(theme := found.get("theme"), str) else "",
    )


def _texts(value: object, most: int = MOST_RECENT) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str) and item)[:most]


def save(remembered: Remembered, path: Path | None = None) -> None:
    """Write it atomically; raises `OSError` where it cannot be written."""
    path = path or state_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    partial.write_bytes(orjson.dumps(asdict(remembered), option=orjson.OPT_INDENT_2))
    partial.replace(path)


def change(how: Callable[[Remembered], Remembered], path: Path | None = None) -> None:
    """Change what is remembered; where it cannot be written it is not, which is no reason to stop anybody."""
    with suppress(OSError):
        save(how(load(path)), path)


def only_known(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values that a dataclass has a field for, of the type of the field's default; the rest is left out."""
    blank = kind()
    names = {f.name for f in fields(kind)}
    return {
        name: value for name, value in values.items() if name in names and isinstance(value, type(getattr(blank, name)))
    }
