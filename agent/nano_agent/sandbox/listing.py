"""Which sandboxes there are, for people: what each is, and whether it works here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nano_agent.sandbox.base import SandboxOptions
from nano_agent.sandbox.registry import BEST, sandbox_kind, sandbox_names


@dataclass(frozen=True, slots=True)
class Listed:
    """One sandbox."""

    name: str
    summary: str
    problem: str | None
    """Why it does not work here, without its full stop; `None` when it does."""
    default: bool
    """Whether a run that asks for none gets it."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "works": self.problem is None}


def list_sandboxes(root: Path, image: str | None = None) -> list[Listed]:
    """All of them, each asked whether it works; takes up to some seconds."""
    return [_listed(name, root, SandboxOptions(image=image)) for name in sandbox_names()]


def _listed(name: str, root: Path, options: SandboxOptions) -> Listed:
    try:
        kind = sandbox_kind(name)
        problem = kind(root, options).check()
    except Exception as error:  # noqa: BLE001 - a plugin's code, which may fail in any way
        return Listed(name, "", f"it is broken: {error}", False)
    return Listed(name, kind.summary, problem, name == BEST and problem is None)
