"""The app's tests see neither the home folder nor the environment of whoever runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nano_tui import launch_pane

KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")


@pytest.fixture(autouse=True)
def cut_off(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, an empty current folder and only the environment that Python needs."""
    home = tmp_path_factory.mktemp("home")
    here = tmp_path_factory.mktemp("here")
    for name in list(os.environ):
        if name not in KEPT and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("STATE", "CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(here)
    return home


@pytest.fixture(autouse=True)
def nothing_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No app loads what starts runs before somebody goes to the form: that takes longer than most tests."""
    monkeypatch.setattr(launch_pane, "WARM_AFTER", 600.0)
