"""The process behind `WarmStarter`: `python -m nano_agent.warm_process [litellm]`, its socket as standard input.

It loads what runs need and forks one for each spec that it is sent. It must stay without threads: a fork takes only
the thread that calls it along.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from importlib import import_module

from nano_agent.own_process import keep_to_itself
from nano_agent.spec import RunSpec
from nano_agent.warm_starter import LENGTH
from nano_agent.worker import work

_NEEDED = (
    "nano_agent.models.http_model",
    "nano_agent.models.replay",
    "pydantic",
    "yaml",
    "git",
    "nano_agent.scaffolds",
)
"""What a run imports only when it gets there."""


def main() -> None:
    """Load, and fork until the other side is gone."""
    keep_to_itself()
    for name in _NEEDED:
        import_module(name)
    if "litellm" in sys.argv:
        from nano_agent.models.rehearsal import rehearse

        rehearse()
    # Pages that a collection does not touch stay shared with the runs.
    gc.collect()
    gc.freeze()
    connection = socket.socket(fileno=os.dup(0))
    while (request := _receive(connection)) is not None:
        spec, descriptors = request
        child = os.fork()
        if not child:
            connection.close()
            _be_starter(spec, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        os.waitpid(child, 0)


def _receive(connection: socket.socket) -> tuple[RunSpec, list[int]] | None:
    """A spec, and the descriptors for the run's answer and its errors; `None` when nothing comes any more."""
    try:
        header, descriptors, _, _ = socket.recv_fds(connection, LENGTH.size, 2)
        if not header:
            return None
        header += _exactly(connection, LENGTH.size - len(header))
        content = _exactly(connection, LENGTH.unpack(header)[0])
        return RunSpec.from_dict(json.loads(content)), descriptors
    except (OSError, EOFError):
        return None


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _be_starter(spec: RunSpec, descriptors: list[int]) -> None:
    """In the child: leave a session behind in which the run is nobody's child."""
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in zip((nothing, *descriptors), (0, 1, 2), strict=True):
        os.dup2(source, target)
        os.close(source)
    sys.exit(work(spec))


if __name__ == "__main__":
    main()
