"""Starting runs as processes of their own, which outlive whoever started them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from nano_agent.checks import Problem, problems
from nano_agent.control import request_stop
from nano_agent.spec import RunSpec
from nano_agent.starting import LaunchError, folder_of

__all__ = ["LaunchError", "Problem", "RunSpec", "launch", "problems", "request_stop"]


def launch(spec: RunSpec) -> Path:
    """Start the run and return its folder as soon as it can be followed; raises `LaunchError`.

    The process belongs to nobody: it has its own session, is no child of ours for long, and writes only to its folder.
    """
    command = [sys.executable, "-m", "nano_agent.worker"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as starter:
        # The starter forks the run and exits; its pipes close once the run has said what became of it.
        answer, errors = starter.communicate(json.dumps(spec.as_dict()).encode())
    return folder_of(answer, errors)
