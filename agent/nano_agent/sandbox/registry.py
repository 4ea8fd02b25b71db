"""Which sandboxes there are, and which of them a run gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from nano_agent.sandbox.base import NO_OPTIONS, Sandbox, SandboxError, SandboxOptions

GROUP = "nano_agent.sandboxes"
"""The entry points of sandboxes from other packages: name -> a `SandboxKind`, most often the sandbox's class."""
AUTO = "auto"
BEST = "bubblewrap"
"""What `auto` takes where it works."""
OPEN = ("local", "rbash")
"""Those that confine nothing."""
_BUILT_IN: Mapping[str, str] = {
    "bubblewrap": "nano_agent.sandbox.bubblewrap:BubblewrapSandbox",
    "podman": "nano_agent.sandbox.container:PodmanSandbox",
    "docker": "nano_agent.sandbox.container:DockerSandbox",
    "apptainer": "nano_agent.sandbox.apptainer:ApptainerSandbox",
    "rbash": "nano_agent.sandbox.local:RestrictedBash",
    "local": "nano_agent.sandbox.local:LocalSandbox",
}


class SandboxKind(Protocol):
    """What makes sandboxes."""

    summary: str
    """A line for people: what it keeps commands from."""

    def __call__(self, root: Path, options: SandboxOptions) -> Sandbox:
        """One for a run over the work tree at `root`; touches nothing yet."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sandbox that is in force."""

    sandbox: Sandbox
    warning: str | None = None
    """What people must be told before the run starts, when it is not the one that was hoped for."""


def sandbox_names() -> tuple[str, ...]:
    """Those that come with the library and those of installed plugins."""
    return (*_BUILT_IN, *sorted(set(_plugins()) - set(_BUILT_IN)))


def sandbox_kind(name: str) -> SandboxKind:
    """What makes the sandbox of this name; `ValueError` with the names there are when it is unknown or broken."""
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        kind: SandboxKind = getattr(import_module(module), attribute)
        return kind
    if name not in _plugins():
        raise ValueError(f"unknown sandbox {name!r}; choose one of {', '.join((AUTO, *sandbox_names()))}")
    try:
        kind = _plugins()[name].load()
    except Exception as error:  # another package's code, which may fail in any way
        raise ValueError(f"the sandbox {name!r} cannot be loaded: {error}") from error
    return kind


def make_sandbox(name: str, root: Path, options: SandboxOptions = NO_OPTIONS) -> Sandbox:
    """The sandbox of this name over a work tree; `ValueError` as `sandbox_kind`."""
    return sandbox_kind(name)(root, options)


def choose_sandbox(asked: str | None, own: str, root: Path, options: SandboxOptions) -> Chosen:
    """The sandbox for a run: the one that was asked for, or else the best that works here.

    `own` is the scaffold's. Where nothing or `auto` is asked for and the scaffold's own confines nothing, bubblewrap
    takes its place where it works, and a warning where it does not. Raises `ValueError` for an unknown name and
    `SandboxError` when the one that was asked for does not work.
    """
    name = own if asked in (None, AUTO) else asked
    assert name is not None
    if asked in (None, AUTO) and own in OPEN:
        best = make_sandbox(BEST, root, options)
        problem = best.check()
        if problem is None:
            return Chosen(best)
        warning = f"No sandbox: {problem}. Commands run in {own}, with your rights and your network"
        return Chosen(make_sandbox(own, root, options), warning)
    sandbox = make_sandbox(name, root, options)
    if problem := sandbox.check():
        raise SandboxError(problem)
    return Chosen(sandbox)


@cache
def _plugins() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
