"""Removing a run's container when the run is over, however it ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

# Waits for the end of its input, which comes when the run closes it or dies, by SIGKILL too.
_SCRIPT = """
trap '' HUP INT TERM QUIT
read -r line
exec "$@"
"""


_NEEDED = ("PATH", "HOME", "USER", "LANG", "TMPDIR", "DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE", "SSL_CERT_DIR")
_OF_ENGINES = ("XDG_", "DOCKER_", "CONTAINER", "APPTAINER_", "SINGULARITY_", "REGISTRY_AUTH_FILE")


def engine_environment() -> dict[str, str]:
    """What a container engine's client must know; no key of a model's provider is among it."""
    return {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_OF_ENGINES)}


class ContainerGuard:
    """A shell beside the run that outlives it and then carries out what removes its container."""

    def __init__(self, removal: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            ["sh", "-c", _SCRIPT, "nano-guard", *removal],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=engine_environment(),
            start_new_session=True,
            cwd="/",
        )

    def close(self) -> None:
        """Remove the container now, and wait until it is gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
