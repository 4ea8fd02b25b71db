"""Live work: token written to token painted, what watching costs, and from Run to the first request."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from bench.command import make_repository, theirs
from bench.measure import interleaved, machine, median, peer, table
from nano_agent.forking import fork_spec
from nano_agent.launch import launch
from nano_agent.resuming import resume_spec
from nano_agent.session import next_task
from nano_agent.spec import RunSpec
from nano_agent.warm_starter import WarmStarter
from support.model_server import ModelServer, Recorded, Text
from support.terminal import Terminal

SECONDS = 12.0
SETTLES = 4.0
"""Seconds from the app's first screen until its scan and what it warms up are done."""
MARK = re.compile(rb"mark\d{6}")
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    print(machine())
    rows = [watch(count, attached=count < 200) for count in (1, 32, 200)] + [watch(200, attached=True)]
    header = [
        "live runs",
        "shown",
        "token -> painted (ms)",
        "95 %",
        "longest gap (ms)",
        "app (core)",
        "scan (core)",
    ]
    table(header, rows)
    print()
    first_requests()


@dataclass
class Marks:
    """When each mark was written, and when it was first seen on the terminal."""

    written: dict[bytes, float]
    seen: dict[bytes, float]


def watch(count: int, *, attached: bool) -> list[str]:
    """The app beside this many runs that stream, one of them shown or the table of all."""
    with tempfile.TemporaryDirectory() as temporary, writer(Path(temporary) / "runs", count) as process:
        environ = {"HOME": temporary, "XDG_CACHE_HOME": temporary, "XDG_STATE_HOME": temporary}
        program = str(Path(sys.executable).with_name("nano-tui"))
        with Terminal([program, f"{temporary}/runs"], columns=160, rows=48, environ=environ) as terminal:
            terminal.wait_for("streaming|the model replies", seconds=60)
            terminal.type("2")
            if attached:
                terminal.wait_for("streaming|the model replies")
                terminal.type("g\r" if count > 1 else "")
                terminal.wait_for("the model replies", seconds=30)
            terminal.drain(SETTLES)
            marks = Marks({}, {})
            spent = {pid: cpu(pid) for pid in family(terminal.pid)}
            reader = threading.Thread(target=read_marks, args=(process, marks.written))
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            reader.start()
            begun = time.monotonic()
            while reader.is_alive():
                for data in terminal.drain(0.05):
                    for mark in MARK.findall(data[1]):
                        marks.seen.setdefault(mark, data[0])
            lasted = time.monotonic() - begun
            used = {pid: (cpu(pid) - before) / lasted for pid, before in spent.items()}
    app = used.pop(terminal.pid)
    delays = sorted(seen - marks.written[mark] for mark, seen in marks.seen.items() if mark in marks.written)
    return [
        str(count),
        "one run" if attached else "table",
        *in_words(delays, sorted(marks.seen.values())),
        f"{app:.2f}",
        f"{sum(used.values()):.2f}",
    ]


def in_words(delays: list[float], painted: list[float]) -> list[str]:
    if not delays:
        return ["", "", ""]
    gaps = [later - earlier for earlier, later in pairwise(painted)]
    return [f"{median(delays) * 1000:.0f}", f"{delays[len(delays) * 95 // 100] * 1000:.0f}", f"{max(gaps) * 1000:.0f}"]


@contextmanager
def writer(folder: Path, count: int) -> Iterator[subprocess.Popen[str]]:
    """The process that writes the runs, once they are all there."""
    script = str(Path(__file__).with_name("live_runs.py"))
    command = [sys.executable, script, str(folder), str(count), str(SECONDS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def read_marks(process: subprocess.Popen[str], written: dict[bytes, float]) -> None:
    assert process.stdout is not None
    while (line := process.stdout.readline()) and line != "end\n":
        mark, when = line.split()
        written[mark.encode()] = float(when)


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def cpu(pid: int) -> float:
    """CPU seconds of a process; those of its children are theirs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def first_requests() -> None:
    """From asking for a run to its first request at the server, cold and warm, beside the peer."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        repository = place / "repository"
        make_repository(repository)
        arrived: list[float] = []

        def answer(_: Recorded) -> Text:
            arrived.append(time.monotonic())
            return Text("There is nothing to do.")

        with ModelServer(forever=answer) as server:

            def spec(client: str) -> RunSpec:
                return RunSpec(
                    "Look",
                    str(repository),
                    "hosted_vllm/m",
                    api_base=server.base_url,
                    limits={"tool_limit": 1},
                    runs_dir=str(place / "runs"),
                    client=client,
                )  # type: ignore[arg-type]

            thin, thick = WarmStarter(), WarmStarter(litellm=True)
            time.sleep(SETTLES + 12)
            candidates: dict[str, Callable[[], float]] = {
                "thin client, cold": lambda: until_asked(lambda: launch(spec("http")), arrived),
                "thin client, from the open app": lambda: until_asked(lambda: thin.launch(spec("http")), arrived),
                "litellm, cold": lambda: until_asked(lambda: launch(spec("litellm")), arrived),
                "litellm, from the open app": lambda: until_asked(lambda: thick.launch(spec("litellm")), arrived),
            }
            first = launch(spec("http"))
            time.sleep(1.0)
            candidates |= going_on(first, thin, arrived)
            if commands := peer():
                environ = {**os.environ, "HOME": temporary, "MSWEA_CONFIGURED": "true", "OPENAI_API_KEY": "none"}
                environ |= {"MSWEA_COST_TRACKING": "ignore_errors", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
                command = theirs(commands, server.port, place, 1)
                quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                candidates["mini (mini-swe-agent)"] = lambda: until_asked(
                    lambda: subprocess.Popen(command, cwd=repository, env=environ, **quiet),
                    arrived,  # type: ignore[call-overload]
                )
            results = interleaved(candidates, rounds=3)
            thin.close()
            thick.close()
    table(["Run -> first request", "s (median of 3)"], [[n, f"{median(v):.2f}"] for n, v in results.items()])


def going_on(first: Path, warm: WarmStarter, arrived: list[float]) -> dict[str, Callable[[], float]]:
    """The same for runs that begin with another one, which has ended."""
    ways: dict[str, Callable[[], RunSpec]] = {
        "fork": partial(fork_spec, first, 0, say="Go on"),
        "resume": partial(resume_spec, first, "Go on"),
        "new task": partial(next_task, first, "More"),
    }
    found: dict[str, Callable[[], float]] = {}
    for name, prepare in ways.items():
        found[f"{name}, cold"] = partial(until_asked, lambda make=prepare: launch(make()), arrived)
        found[f"{name}, from the open app"] = partial(until_asked, lambda make=prepare: warm.launch(make()), arrived)
    return found


def until_asked(start: Callable[[], object], arrived: list[float]) -> float:
    """Seconds from starting something to the request that it makes first; waits until it has ended."""
    known, begun = len(arrived), time.monotonic()
    process = start()
    while len(arrived) == known:
        time.sleep(0.002)
    took = arrived[known] - begun
    if isinstance(process, subprocess.Popen):
        process.kill()
        process.wait()
    time.sleep(1.0)
    return took
