"""What starts the runs of a program that stays open: warm where something was warmed for them, else cold."""

from __future__ import annotations

import threading
from pathlib import Path

from nano_agent.launch import launch
from nano_agent.models import ModelSettings, client_of
from nano_agent.spec import RunSpec
from nano_agent.starting import Told, untold
from nano_agent.warm_starter import WarmStarter


class Starter:
    """One process that is ready to fork runs, and one more with litellm in it where a model needs that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._warm: dict[bool, WarmStarter] = {}
        self._closed = False

    def warm_up(self, spec: RunSpec) -> None:
        """Begin to load what a run like this needs. Returns at once, and does nothing the second time."""
        litellm = _needs_litellm(spec)
        with self._lock:
            if litellm not in self._warm and not self._closed:
                self._warm[litellm] = WarmStarter(litellm=litellm)

    def launch(self, spec: RunSpec, told: Told = untold) -> Path:
        """As `launch`: start the run and return its folder as soon as it can be followed; raises `LaunchError`."""
        with self._lock:
            warm = self._warm.get(_needs_litellm(spec))
        return (warm.launch if warm else launch)(spec, told)

    def close(self) -> None:
        """End what was warmed; the runs go on."""
        with self._lock:
            self._closed = True
            for warm in self._warm.values():
                warm.close()
            self._warm.clear()


def _needs_litellm(spec: RunSpec) -> bool:
    return bool(spec.model) and client_of(ModelSettings(spec.model, spec.api_base, client=spec.client)) == "litellm"
