"""The library on folders of 1,000 and more runs, beside what no library can beat: reading the bytes, decoding them.

    NANO_BENCH_RUNS=1000,100000 python -m tests.bench library      # 1000,10000 by default

The corpora are made once and kept in a folder of the system's temporary one.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson

from bench.corpus import make
from bench.measure import machine, own_cpu, table
from nano_agent.library.library import Library
from nano_agent.library.process import News, ScanProcess
from nano_agent.library.reading import without_collector
from nano_agent.library.text_index import TextIndex

_T = TypeVar("_T")
Row = tuple[str, str, str]
MADE = 10_000
"""So many runs are written; a larger folder has links to them under other names."""
QUERIES = ("", "sort:-cost", "sort:-steps", "model:qwen", "status:done", "steps>30 has:diff", "task:parser sort:task")
LIST_WARM = """
import sys, time
began = float(sys.argv[1])
from pathlib import Path
from nano_agent.library.library import Library
rows = Library(sys.argv[3:], Path(sys.argv[2])).rows()
rows[0], rows[len(rows) - 1]
seconds = time.time() - began
status = Path("/proc/self/status").read_text()
print(seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024, len(rows))
"""


def main() -> None:
    """Print one table for each size and format."""
    sizes = [int(size) for size in os.environ.get("NANO_BENCH_RUNS", "1000,10000").split(",")]
    print(machine())
    for size in sizes:
        for kind in ("nano", "mini"):
            _table(corpus(size, kind), size, kind)


def corpus(size: int, kind: str) -> Path:
    """A folder with so many runs, made when it is not there yet."""
    folder = Path(tempfile.gettempdir()) / "nano-tui-bench" / f"{kind}-{size}"
    if folder.exists():
        return folder
    partial = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    if size <= MADE:
        make(partial, size, kind)
    else:
        made = sorted((corpus(MADE, kind) / kind).iterdir())
        for number in range(size):
            original = made[number % len(made)]
            # Another year for each copy, so that the names are those of runs.
            year = 2026 - number // len(made)
            name = original.name.replace("2026", str(year)) if kind == "nano" else f"{original.name}-{year}"
            shutil.copytree(original, partial / kind / name, copy_function=os.link)
    partial.rename(folder)
    return folder


def _table(folder: Path, size: int, kind: str) -> None:
    files = list(_files(folder))
    read, total = _timed(lambda: sum(len(path.read_bytes()) for path in files))
    decoded, _ = _timed(lambda: _decode(files))
    rows: list[Row] = [
        ("limit: read all bytes", f"{read:.2f} s", f"{total / 1e6:,.0f} MB"),
        ("limit: orjson.loads of all", f"{decoded:.2f} s", ""),
    ]
    with tempfile.TemporaryDirectory() as cache:
        index = Path(cache) / "library.db"
        rows += _scan(folder, index, decoded)
        rows += _warm(folder, index)
        rows += _ask(folder, index)
        rows += _text(folder, index, total / 1e6)
    print()
    table([f"{size:,} runs of {kind}", "", ""], [list(row) for row in rows])


def _scan(folder: Path, index: Path, limit: float) -> Iterator[Row]:
    """The first scan, in its processes, while an event loop here ticks as an app's would."""
    library = Library([folder], index)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    first, whole, stall, memory = asyncio.run(_scan_beside_a_loop(folder, index, library))
    library.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    yield ("first rows", f"{first:.2f} s", "")
    yield ("cold scan", f"{whole:.2f} s", f"{whole / limit:.2f} x orjson; CPU of all its processes {cpu:.2f} s")
    yield ("longest stall of the app's loop", f"{1000 * stall:.0f} ms", f"the scan itself took {memory:.0f} MB")


async def _scan_beside_a_loop(folder: Path, index: Path, library: Library) -> tuple[float, float, float, float]:
    began = time.perf_counter()
    first = whole = 0.0
    done = threading.Event()

    def told(news: News) -> None:
        nonlocal first, whole
        if news.read and not first:
            library.rows()[0]
            first = time.perf_counter() - began
        if not news.scanning:
            whole = whole or time.perf_counter() - began
            done.set()

    process = ScanProcess(index, lambda: [folder], told, text=False)
    process.start()
    stall, last = 0.0, time.perf_counter()
    while not done.is_set():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        stall, last = max(stall, now - last - 0.005), now
    memory = _memory(process)
    process.close()
    return first, whole, stall, memory


def _memory(process: ScanProcess) -> float:
    """The most megabytes that the process ever took."""
    assert process._process is not None
    status = Path(f"/proc/{process._process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _warm(folder: Path, index: Path) -> Iterator[Row]:
    """A process of its own that lists everything: from its start to the rows at both ends."""
    times = [_listing(folder, index) for _ in range(3)]
    seconds, memory, count = min(times)
    yield ("warm list, from process start", f"{seconds:.2f} s", f"{memory:.0f} MB, {count:.0f} rows")
    environment = {**os.environ, "XDG_CACHE_HOME": str(index.parent), "PYTHONPATH": os.pathsep.join(sys.path)}
    (index.parent / "nano-tui").mkdir()
    for suffix in ("", "-wal", "-shm"):
        source = Path(f"{index}{suffix}")
        if source.exists():
            shutil.copy(source, index.parent / "nano-tui")
    command = [sys.executable, "-m", "nano_tui", "ls", str(folder)]
    listed = _timed(lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True))
    yield ("warm `nano-tui ls`, files checked", f"{listed[0]:.2f} s", "")


def _listing(folder: Path, index: Path) -> tuple[float, float, float]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", LIST_WARM, str(time.time()), str(index), str(folder)]
    output = subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout
    seconds, memory, count = map(float, output.split())
    return seconds, memory, count


def _ask(folder: Path, index: Path) -> Iterator[Row]:
    library = Library([folder], index)
    asked = [(_timed(partial(library.rows, text))[0], text) for text in QUERIES]
    slowest = max(asked)
    yield ("slowest of the queries", f"{1000 * slowest[0]:.0f} ms", repr(slowest[1]))
    for by in ("model", "task", "folder"):
        first, groups = _timed(partial(_first_page, library, by))
        yield (f"groups by {by}, the first page", f"{1000 * first:.0f} ms", f"{groups:,} groups")
    rows = library.rows()
    jumps = [len(rows) * step // 7 for step in range(7)]
    page = max(_timed(partial(rows.__getitem__, place))[0] for place in jumps)
    yield ("a key: the page at another place", f"{1000 * page:.1f} ms", "")
    library.close()


def _first_page(library: Library, by: str) -> int:
    """How many groups there are, those that a screen shows looked up."""
    groups = next(library.grouping(by))
    for place in range(min(len(groups), 60)):
        groups[place]
    return len(groups)


def _text(folder: Path, index: Path, megabytes: float) -> Iterator[Row]:
    library = Library([folder], index)
    scanned = _timed(lambda: sum(1 for _ in library.search("nowheretobefound")))
    yield ("search without the text index", f"{scanned[0]:.2f} s", f"{megabytes / scanned[0]:,.0f} MB/s")
    first, _ = _timed(partial(next, iter(library.search("KeyError")), None))
    yield ("first hit of a common word", f"{1000 * first:.0f} ms", "")
    before = _size(index)
    text = TextIndex(library.index)

    def build() -> None:
        with without_collector():
            while text.build(5.0):
                pass

    cpu = own_cpu()
    built, _ = _timed(build)
    yield ("text index built", f"{built:.1f} s", f"CPU {own_cpu() - cpu:.1f} s, {_size(index) - before:.0f} MB")
    for query in ("nowheretobefound", "KeyError", "KeyError not timeout"):
        seconds, found = _timed(partial(library.rows, query))
        yield (f"list of {query!r}", f"{1000 * seconds:.0f} ms", f"{len(found):,} rows")
    library.close()


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.glob("nano/*/messages.jsonl")
    yield from folder.glob("mini/*/*.json")


def _decode(files: Sequence[Path]) -> int:
    with without_collector():
        for path in files:
            data = path.read_bytes()
            for line in data.splitlines() if path.suffix == ".jsonl" else (data,):
                orjson.loads(line)
    return len(files)


def _size(index: Path) -> float:
    return sum(path.stat().st_size for path in index.parent.glob("library.db*")) / 1e6


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
