"""The loop's own CPU per step with the recorded model, beside a bare subprocess loop; what saving a step costs."""

from __future__ import annotations

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import machine, median, own_cpu, table
from nano_agent.events import Event, ToolEnded
from nano_agent.record import Recorder
from nano_agent.run import Run
from nano_agent.spec import RunSpec
from support.recordings import Said, model, shell
from support.repos import make_repo

STEPS = 200
ROUNDS = 5
PART = 50
"""Steps at either end that are compared; the very first few are left out, for they import what is imported late."""
SKIPPED = 10
SAID = "I'll look at the next place, because the failing assertion points there; then I'll decide where to change it. "


def main() -> None:
    print(machine())
    candidates: dict[str, Callable[[], list[tuple[float, float]]]] = {
        "nano, true": lambda: loop(lambda n: "true"),
        "nano, echo x": lambda: loop(lambda n: "echo x"),
        "nano, a file changed": lambda: loop(lambda n: f"touch file-{n}"),
        "nano, true, in bubblewrap": lambda: loop(lambda n: "true", "bubblewrap"),
        "bare subprocess.run": bare,
    }
    samples: dict[str, list[list[float]]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, measure in candidates.items():
            samples[name].append(_per_step(measure()))
    rows = [
        [name, *(f"{median(column):.2f}" for column in zip(*values, strict=True))] for name, values in samples.items()
    ]
    table(["CPU per step (ms)", "own, early", "own, late", "children, early", "children, late"], rows)
    print()
    table(["saving a step", "ms, median of 50"], [[f"after {n} steps", f"{saving(n):.3f}"] for n in (1, 100, 2000)])


def loop(command: Callable[[int], str], sandbox: str = "local") -> list[tuple[float, float]]:
    """CPU seconds, own and of children, at the end of every step of a run in this process."""
    marks: list[tuple[float, float]] = []

    def emit(event: Event) -> None:
        if isinstance(event, ToolEnded):
            marks.append(_cpu())

    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        repo = make_repo(place / "repository")
        recording = model(place / "recording", [Said(SAID, [shell(command(n))]) for n in range(STEPS)])
        limits = {"tool_limit": STEPS, "token_limit": 10**9, "time_limit": 600}
        Run(RunSpec("Look around", str(repo.root), recording, limits=limits, sandbox=sandbox), emit).execute()
    return marks


def bare() -> list[tuple[float, float]]:
    """The same commands and nothing else."""
    marks = []
    for _ in range(STEPS):
        subprocess.run(["sh", "-c", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        marks.append(_cpu())
    return marks


def saving(steps: int) -> float:
    """Median milliseconds to record one more step when the history has this many."""
    with tempfile.TemporaryDirectory() as temporary:
        recorder = Recorder(Path(temporary) / "run")
        recorder.create({"format": "nano-run/1"}, [])
        for number in range(steps):
            save_step(recorder, number)
        spent = []
        for number in range(steps, steps + 50):
            started = time.perf_counter()
            save_step(recorder, number)
            spent.append(time.perf_counter() - started)
        recorder.close()
    return median(spent) * 1000


def save_step(recorder: Recorder, step: int) -> None:
    """All that is written for one reply with one call."""
    identity = f"call_{step:08d}"
    recorder.event("request", step=step, messages=2 * step, max_tokens=4096)
    recorder.event("first_token", step=step, seconds=0.2)
    recorder.live("text", SAID)
    recorder.flush_live()
    recorder.event("reply", step=step, message=2 * step, seconds=1.0, prompt_tokens=1000, completion_tokens=60)
    call = {"id": identity, "type": "function", "function": {"name": "shell", "arguments": '{"cmd": "ls"}'}}
    recorder.message({"role": "assistant", "content": SAID, "tool_calls": [call]})
    recorder.event("tool_start", step=step, call_id=identity, name="shell", command="ls")
    recorder.event("tool_end", step=step, message=2 * step + 1, call_id=identity, seconds=0.01, exit_code=0)
    recorder.message({"role": "tool", "tool_call_id": identity, "content": "a line of output\n" * 100})
    recorder.event("checkpoint", step=step, tree="0" * 40)


def _cpu() -> tuple[float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own_cpu(), children.ru_utime + children.ru_stime


def _per_step(marks: list[tuple[float, float]]) -> list[float]:
    """Milliseconds a step: own early and late, children early and late."""
    parts = ((SKIPPED, SKIPPED + PART), (len(marks) - PART - 1, len(marks) - 1))
    return [(marks[end][who] - marks[start][who]) / PART * 1000 for who in (0, 1) for start, end in parts]


if __name__ == "__main__":
    main()
