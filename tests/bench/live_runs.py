"""Runs that go on, written by one process as their own processes would: `live_runs.py FOLDER RUNS SECONDS`.

Every run streams 50 pieces a second; the newest one's are numbered marks, and when each was on disk is printed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.live_run import LiveRun

PIECES = 50
"""A second, in each run."""
FLUSHES = 20
"""A second, as the recorder does it."""


def main() -> None:
    folder, count, lasts = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    runs = [LiveRun(folder / f"2026-01-01T{n // 3600:02}-{n // 60 % 60:02}-{n % 60:02}-{n:08x}") for n in range(count)]
    for run in runs:
        run.ask()
        run.stream("Now I look at the parser. ")
    print("ready", flush=True)
    sys.stdin.readline()
    visible, others = runs[-1], runs[:-1]
    begun, beat = time.monotonic(), 0
    while time.monotonic() - begun < lasts:
        mark = f"mark{beat:06d} "
        visible.recorder.live("text", mark + "word " * (PIECES // FLUSHES))
        visible.recorder.flush_live()
        print(mark.strip(), time.monotonic(), flush=True)
        # Each of the others once in every beat, spread over it.
        for run in others:
            run.recorder.live("text", "some words of it ")
            run.recorder.flush_live()
        beat += 1
        time.sleep(max(0.0, begun + beat / FLUSHES - time.monotonic()))
    print("end", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
