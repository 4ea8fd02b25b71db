"""What starts the runs of one app: made ready beforehand, so that a run's first request leaves at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual.app import App

if TYPE_CHECKING:
    from nano_agent.spec import RunSpec
    from nano_agent.starter import Starter
    from nano_agent.starting import Told


class Ready:
    """The app's one starter, which is loaded when it is first wanted. Its methods are for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starter: Starter | None = None
        self._closed = False

    def warm_up(self, spec: RunSpec) -> None:
        """Begin to load what a run like this needs; a spec without a model needs no litellm."""
        from nano_agent.starter import Starter

        with self._lock:
            if self._closed:
                return
            self._starter = self._starter or Starter()
        self._starter.warm_up(spec)

    def warm_up_model(self, model: str, api_base: str | None) -> None:
        """Begin to load what a run of this model needs, whatever else it will be."""
        from nano_agent.spec import RunSpec

        self.warm_up(RunSpec("", ".", model, api_base=api_base))

    def launch(self, spec: RunSpec, told: Told | None = None) -> Path:
        """Start the run and return its folder as soon as it can be followed; raises `LaunchError`."""
        from nano_agent.launch import launch
        from nano_agent.starting import untold

        starter = self._starter
        return (starter.launch if starter is not None else launch)(spec, told or untold)

    def launch_all(self, specs: Sequence[RunSpec], told: Told | None = None) -> tuple[list[Path], str]:
        """Start them side by side: the folders of those that began, and a sentence on what did not.

        `told` hears, in threads of their own, what forks do again before they begin.
        """
        from nano_agent.several import launch_all
        from nano_agent.starting import LaunchError

        answers = launch_all(specs, lambda spec: self.launch(spec, told))
        folders = [answer for answer in answers if isinstance(answer, Path)]
        failed = [str(answer) for answer in answers if isinstance(answer, LaunchError)]
        if folders and failed:
            return folders, f"{len(failed)} of {len(specs)} runs were not started: {failed[0]}"
        return folders, next(iter(failed), "")

    def close(self) -> None:
        """End what was loaded; the runs go on."""
        with self._lock:
            self._closed = True
            if self._starter is not None:
                self._starter.close()


_OF_APPS: WeakKeyDictionary[App[Any], Ready] = WeakKeyDictionary()


def ready_for(app: App[Any]) -> Ready:
    """What starts the runs of this app."""
    return _OF_APPS.setdefault(app, Ready())
