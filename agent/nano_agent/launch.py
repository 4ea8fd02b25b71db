"""Starting runs as processes of their own, which outlive whoever started them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from nano_agent.checks import Problem, problems
from nano_agent.control import request_stop
from nano_agent.spec import RunSpec
from nano_agent.starting import LaunchError, Told, folder_of, listen, untold

__all__ = ["LaunchError", "Problem", "RunSpec", "launch", "problems", "request_stop"]


def launch(spec: RunSpec, told: Told = untold) -> Path:
    """Start the run and return its folder as soon as it can be followed; raises `LaunchError`.

    `told` hears what a fork does again before that, in this thread.

    The process belongs to nobody: it has its own session, is no child of ours for long, and writes only to its folder.
    """
    command = [sys.executable, "-m", "nano_agent.worker"]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        ) as starter,
    ):
        assert starter.stdin is not None
        assert starter.stdout is not None
        # One that ends before it has read everything says why.
        with suppress(BrokenPipeError), starter.stdin as stdin:
            stdin.write(json.dumps(spec.as_dict()).encode())
        # The starter forks the run and exits; its output ends once the run has said what became of it.
        answer = listen(starter.stdout, told)
        errors.seek(0)
        return folder_of(answer, errors.read())
