"""The server of a local model, seen from the run that started it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from nano_agent.models.base import ModelError
from nano_agent.models.local.weights import Weights

_TICK = 0.05
_LONGEST_LOAD = 600.0
"""Seconds: tens of gigabytes from a slow disk take minutes."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "CUDA_VISIBLE_DEVICES")
_FAREWELL = 2.0


class LocalServer:
    """One process that serves one model to whoever has the key, and ends with the process that made it, however."""

    def __init__(self, weights: Weights, log: Path | None) -> None:
        """`log` is where the server writes; `None`: nowhere. The process starts at once, and `wait` waits for it."""
        self.key = secrets.token_urlsafe(24)
        self._weights = weights
        self._log = log
        with self._log_file() as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nano_agent.models.local.serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"OMP_WAIT_POLICY": "passive"},
                start_new_session=True,
                # Not where a repository is, whose files must not pass for modules.
                cwd="/",
            )
        asked = {
            "weights": str(weights.path),
            "key": self.key,
            "context": weights.context,
            "threads": weights.threads,
        }
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()

    def wait(self, check: Callable[[], None]) -> str:
        """Wait until the model is loaded and answers; its address. `check` is called all the time and may raise.

        Raises `ModelError` when it cannot be served.
        """
        until = time.monotonic() + _LONGEST_LOAD
        address = self._address(until, check)
        while not self._is_healthy(address):
            check()
            if not self.is_alive or time.monotonic() > until:
                raise self.error("does not answer")
            time.sleep(_TICK)
        return address

    @property
    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def error(self, what: str) -> ModelError:
        """What to say of a server that failed: the last line of its log, and where the rest is."""
        last, where = "", ""
        if self._log is not None:
            with contextlib.suppress(OSError):
                lines = self._log.read_bytes().decode("utf-8", "replace").split("\n")
                last = next((f": {line.strip()[:200]}" for line in reversed(lines) if line.strip()), "")
            where = f" See {self._log}."
        return ModelError(f"The server of {self._weights.path.name} {what}{last}.{where}")

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _address(self, until: float, check: Callable[[], None]) -> str:
        """What it says when it listens, one line."""
        assert self._process.stdout is not None
        ready = select.poll()
        ready.register(self._process.stdout, select.POLLIN)
        while not ready.poll(_TICK * 1000):
            check()
            if time.monotonic() > until:
                raise self.error("is not ready after ten minutes")
        line = self._process.stdout.readline().decode(errors="replace").strip()
        if not line.startswith("http://127.0.0.1:"):
            self._process.wait(_FAREWELL)
            raise self.error("could not be started")
        return line

    def _is_healthy(self, address: str) -> bool:
        connection = HTTPConnection("127.0.0.1", urlsplit(address).port, timeout=_FAREWELL)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _log_file(self) -> contextlib.AbstractContextManager[int]:
        return _Opened(self._log or Path(os.devnull))


class _Opened(contextlib.AbstractContextManager[int]):
    """A file to append to, private, as a descriptor."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
