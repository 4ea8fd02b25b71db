"""`python -m tests.bench.fuzz [SECONDS] [SEED]`: every reader on mutated files, and how many inputs each was given.

The seeds are the samples of the readers' own tests. An input fails when its reader raises anything but its refusal,
gives a trajectory with a field of the wrong type, takes more than 5 s, or brings the process above 1 GB.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import conformance
from support.conformance import Case
from support.mutations import mutated

SLOWEST = 5.0
MOST_MEMORY = 1 << 30
TESTS = Path(__file__).resolve().parent.parent / "agent" / "formats"


@dataclass
class Tally:
    """What came of one reader's inputs."""

    inputs: int = 0
    recognised: int = 0
    slowest: float = 0.0
    failures: list[tuple[str, bytes]] = field(default_factory=list)


def seeds(folder: Path) -> list[Case]:
    """The samples of the readers' tests, gathered by running those tests with the checks left out.

    What the tests make stays in the folder: pytest's own would go while other tests run.
    """
    import pytest

    conformance.collected = []
    try:
        # What surrounds the tests is of no use here, and prints.
        what = ["-q", "-k", "damage or odd", "-n", "0", "--no-header", "-p", "no:warnings"]
        pytest.main([str(TESTS), *what, f"--basetemp={folder}"])
        return conformance.collected
    finally:
        conformance.collected = None


def fuzz(cases: Sequence[Case], seconds: float, seed: int, folder: Path, most: int = sys.maxsize) -> dict[str, Tally]:
    """Give the readers mutated samples in turn until the time is over, or `most` inputs were tried."""
    chance, tallies = random.Random(seed), dict[str, Tally]()
    samples = [case.sample for case in cases]
    ends, tried = time.monotonic() + seconds, 0
    while time.monotonic() < ends and tried < most:
        for case in cases:
            tally = tallies.setdefault(case.reader.name, Tally())
            try_one(case, mutated(case.sample, samples, chance), folder, tally)
            tried += 1
    return tallies


def try_one(case: Case, data: bytes, folder: Path, tally: Tally) -> None:
    """Open one input and note what came of it."""
    before, started = peak_memory(), time.thread_time()
    why = ""
    try:
        tally.recognised += bool(conformance.open_all(case, data, folder))
    except Exception:  # noqa: BLE001 - whatever a reader raises is what is looked for
        why = traceback.format_exc()
    taken = time.thread_time() - started
    tally.inputs += 1
    tally.slowest = max(tally.slowest, taken)
    if taken > SLOWEST:
        why = why or f"took {taken:.1f} s"
    if peak_memory() > max(before, MOST_MEMORY):
        why = why or f"took {peak_memory() >> 20} MB"
    if why:
        tally.failures.append((why, data))


def peak_memory() -> int:
    """The most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def show(tallies: dict[str, Tally], kept: Path) -> None:
    """Print a line for each reader; inputs that failed are kept, the first few of each."""
    print(f"\n{'reader':<20}{'inputs':>10}{'recognised':>12}{'failures':>10}{'slowest':>10}")
    for name, tally in sorted(tallies.items()):
        line = f"{name:<20}{tally.inputs:>10,}{tally.recognised:>12,}{len(tally.failures):>10}"
        print(f"{line}{tally.slowest * 1000:>7.0f} ms")
        for i, (why, data) in enumerate(tally.failures[:5]):
            kept.mkdir(parents=True, exist_ok=True)
            (kept / f"{name}-{i}").write_bytes(data)
            print(f"    {kept / f'{name}-{i}'}: {why.strip().splitlines()[-1]}")
    inputs = sum(tally.inputs for tally in tallies.values())
    failures = sum(len(tally.failures) for tally in tallies.values())
    print(f"{'all':<20}{inputs:>10,}{'':>12}{failures:>10}      peak {peak_memory() >> 20} MB")


def main() -> int:
    """Fuzz for a minute, or as long as the command says; exit code 1 when an input failed."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    with tempfile.TemporaryDirectory() as folder:
        cases = seeds(Path(folder, "samples"))
        # A sample that is slow to check for its number of trajectories is not slow to read.
        conformance.SECONDS = SLOWEST * 2
        print(f"\n{len(cases)} samples, {seconds:g} s, seed {seed}")
        tallies = fuzz(cases, seconds, seed, Path(folder))
    show(tallies, Path(tempfile.gettempdir()) / f"fuzz-{seed}")
    return 1 if any(tally.failures for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
