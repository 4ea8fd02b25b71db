"""`make bench [ONLY=startup,loop]`: every benchmark in turn, each printing a table.

The machine is noisy: runs of what is compared are interleaved, and medians and ratios are what to read.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

BENCHMARKS = {
    "startup": "start to first screen",
    "loop": "the loop's own CPU, and saving a step",
    "command": "a whole command over HTTP",
    "checkpoints": "a checkpoint in a large repository",
    "worktrees": "a work tree for one run of several",
    "reading": "opening and reading large runs",
    "huge": "sessions and tables of a gigabyte (NANO_BENCH_MB=1000), here of 100 MB",
    "formats": "a large session in each format that opens by offsets",
    "library": "listing, scanning, searching",
    "diffs": "opening diffs, and what a step changed",
    "browse": "the Browse pane on a terminal",
    "live": "watching runs, and starting them",
    "streams": "what runs cost while their replies stream",
    "local_model": "the small model of this machine",
}


def main() -> int:
    chosen = sys.argv[1].split(",") if len(sys.argv) > 1 and sys.argv[1] else list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    # The parts are found as they are in the tests: `support.x` and `bench.x`.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    for name in chosen:
        print(f"\n## {name}: {BENCHMARKS[name]}\n", flush=True)
        import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
