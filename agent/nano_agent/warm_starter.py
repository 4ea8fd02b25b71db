"""Quick starts for a program that starts runs now and then: a process that has everything loaded, and forks them."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

from nano_agent.launch import launch
from nano_agent.spec import RunSpec
from nano_agent.starting import Told, folder_of, listen, untold

LENGTH = struct.Struct("!I")
"""What goes before each spec on the socket."""


class WarmStarter:
    """Starts runs as `launch` does, without waiting for an interpreter and its libraries to load.

    Its process has no threads, is in a session of its own, and ends when this object is closed or its owner is gone;
    the runs that it forked go on. One for each environment: runs get the environment of the moment it was made.
    """

    def __init__(self, *, litellm: bool = False) -> None:
        """Begin to load, in the background; `litellm` loads that too, which takes seconds and 180 MB."""
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "nano_agent.warm_process", *(["litellm"] if litellm else [])]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def launch(self, spec: RunSpec, told: Told = untold) -> Path:
        """As `launch`: start the run and return its folder as soon as it can be followed; raises `LaunchError`.

        Callable from several threads at once. Where the process has died, the run is started without it.
        """
        with ExitStack() as stack:
            answer, answer_end = os.pipe()
            stack.callback(os.close, answer)
            errors, errors_end = os.pipe()
            stack.callback(os.close, errors)
            try:
                self._send(spec, answer_end, errors_end)
            except OSError:
                return launch(spec, told)
            finally:
                os.close(answer_end)
                os.close(errors_end)
            with os.fdopen(os.dup(answer), "rb") as lines:
                said = listen(lines, told)
            if not said and self._has_died():
                return launch(spec, told)
            return folder_of(said, _read(errors) if not said else b"")

    def close(self) -> None:
        """End the process, which may still be loading; the runs that it started go on."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _has_died(self) -> bool:
        # Its descriptors are closed a moment before it can be waited for.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        return self._process.returncode is not None

    def _send(self, spec: RunSpec, *descriptors: int) -> None:
        content = json.dumps(spec.as_dict()).encode()
        with self._lock:
            socket.send_fds(self._socket, [LENGTH.pack(len(content))], list(descriptors))
            self._socket.sendall(content)


def _read(descriptor: int) -> bytes:
    """All that comes until the other side closes."""
    parts = list[bytes]()
    while part := os.read(descriptor, 65536):
        parts.append(part)
    return b"".join(parts)
