"""What runs cost while their replies stream: 32 at once, 50 pieces a second each, through either client."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import time
from pathlib import Path

from bench.command import make_repository
from bench.live import cpu
from bench.measure import machine, median, table
from nano_agent.launch import RunSpec
from nano_agent.warm_starter import WarmStarter
from support.engine import metadata
from support.eventually import eventually
from support.model_server import ModelServer, Text

RUNS = 32
PIECES = 50
"""A second, in each run."""
SECONDS = 10.0
LOADS = 20.0
"""Seconds that the starter has to load litellm."""


def main() -> None:
    print(machine())
    rows = [[client, *streams(client)] for client in ("http", "litellm")]
    table(
        [f"{RUNS} runs that stream", "all of them (core, aim <= 1)", "memory of one (MB)", "with what is shared"], rows
    )


def streams(client: str) -> list[str]:
    """CPU of all runs, and the memory of one: its own, and with what it shares with the others."""
    # Longer than the measurement: nobody has come to the end by then.
    reply = Text("a wordy " * int(PIECES * (SECONDS + 60)), delay=1 / PIECES)
    with tempfile.TemporaryDirectory() as temporary, ModelServer(forever=lambda _: reply) as server:
        place = Path(temporary)
        make_repository(place / "repository")
        starter = WarmStarter(litellm=client == "litellm")
        time.sleep(LOADS)
        spec = RunSpec(
            "Say much",
            str(place / "repository"),
            "hosted_vllm/m",
            api_base=server.base_url,
            limits={"step_limit": 1},
            runs_dir=str(place / "runs"),
            client=client,  # type: ignore[arg-type]
        )
        folders = [starter.launch(spec) for _ in range(RUNS)]
        pids = [
            eventually(lambda folder=folder: metadata(folder).get("process", {}).get("pid"), seconds=60)
            for folder in folders
        ]
        time.sleep(2)
        before, began = [cpu(pid) for pid in pids], time.monotonic()
        time.sleep(SECONDS)
        used = sum(cpu(pid) - then for pid, then in zip(pids, before, strict=True)) / (time.monotonic() - began)
        own, shared = (median([of(pid, name) for pid in pids]) for name in ("Pss", "Rss"))
        starter.close()
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        server.drop_connections()
        for pid in pids:
            eventually(lambda pid=pid: not cpu(pid), "a run did not end", 60)  # type: ignore[misc]
    return [f"{used:.2f}", f"{own:.0f}", f"{shared:.0f}"]


def of(pid: int, name: str) -> float:
    """Megabytes of a process: `Rss`, or `Pss`, in which what is shared counts in parts."""
    found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
