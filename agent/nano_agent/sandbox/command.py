"""Running one command to its end, whatever it does."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nano_agent.sandbox.base import CommandResult, Ending
from nano_agent.sandbox.guardian import Guardian
from nano_agent.sandbox.output import Output

TICK = 0.05
"""Seconds between two looks at the clock, the stop sign and whether the command exited while its pipe stays open."""
GRACE = 0.5
"""Seconds between asking a process group to end and killing it."""
LINGER = 0.2
"""Seconds that background processes may go on printing after the command itself has exited."""
FLOOD_BYTES = 64 * 1024 * 1024
"""A command that prints more than this is killed: it would fill the disk and no model reads it."""


def run_command(
    argv: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    timeout: float,
    on_output: Callable[[str], None],
    stop: Callable[[], bool],
    deadline: float | None,
    spill: Path | None,
    guardian: Guardian | None = None,
) -> CommandResult:
    """Run `argv` in its own session, standard input closed, both outputs read as one while they come.

    Without a guardian, what it starts must end with it by other means.
    """
    started = time.monotonic()
    if guardian is not None:
        guardian.start()
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**environment, **(guardian.environment if guardian else {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        # A NUL in the command, a work tree that was deleted, a machine out of processes: the model is told.
        return CommandResult(f"cannot run the command: {error}", 127, 0.0, 0)
    output = Output(spill, on_output)
    with guardian.watching(process.pid) if guardian else contextlib.nullcontext():
        try:
            ending = _watch(process, output, started + timeout, deadline, stop)
        finally:
            # Also when an exception (Ctrl-C) passes through: nothing of the command stays behind.
            left_behind = _end_group(process)
            output.close()
    code = process.returncode if ending == "exited" else None
    return CommandResult(
        text=output.text,
        exit_code=128 - code if code is not None and code < 0 else code,
        seconds=time.monotonic() - started,
        n_bytes=output.n_bytes,
        ending=ending,
        left_behind=left_behind and ending == "exited",
        whole=output.whole,
    )


def _watch(
    process: subprocess.Popen[bytes], output: Output, until: float, deadline: float | None, stop: Callable[[], bool]
) -> Ending:
    """Read until the command has exited and said all it had to say, or until it must be ended."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    os.set_blocking(descriptor, False)
    exited = 0.0
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        now = time.monotonic()
        if deadline is not None and now >= deadline:
            return "deadline"
        if now >= until:
            return "timeout"
        if stop():
            return "stopped"
        if output.n_bytes > FLOOD_BYTES:
            return "flood"
        if process.poll() is not None:
            exited = exited or now
            if now - exited > LINGER:
                return "exited"
        if poll.poll(TICK * 1000):
            try:
                data = os.read(descriptor, 65536)
            except BlockingIOError:
                continue
            if data:
                output.add(data)
                continue
            # End of output. The shell itself may still run for a moment (or, detached from its output, for long).
            poll.unregister(descriptor)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(TICK)
                return "exited"
        if exited:
            return "exited"


def _end_group(process: subprocess.Popen[bytes]) -> bool:
    """End every process of the command's group; returns whether there was one besides the command itself."""
    if process.stdout is not None:
        process.stdout.close()
    exited = process.poll() is not None
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # macOS says so of a group of zombies
    if not exited:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return exited
