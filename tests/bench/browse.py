"""The Browse pane on a pseudo-terminal, with 1,000 and more runs: first rows, the warm list, keys, queries, groups.

    NANO_BENCH_RUNS=1000,100000 python -m tests.bench browse      # 1000,10000 by default

Beside it mini-swe-agent's inspector on the same folder, where it can open it.
"""

from __future__ import annotations

import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.library import corpus
from bench.measure import machine, median, peer, table
from support.terminal import Terminal

COLUMNS, ROWS = 160, 48
KEYS = {"down and up": "jk", "page down and up": "\x06\x02", "to the last row and the first": "Gg"}
ROUNDS = 5
QUERIES = (
    "model:qwen",
    "cost>0.05 steps<30",
    "task:parser sort:-cost",
    "age<20000d not model:qwen",
    "status:limit or steps>50",
)
PATIENCE = 2.0
"""Seconds that are waited after a question for its answer, and for what comes after it."""
COLD = 900.0
"""Seconds that the first listing may take; 100,000 runs are 11 GB."""
Row = tuple[str, str, str]


def main() -> None:
    """Print one table for each size."""
    print(machine())
    for size in [int(size) for size in os.environ.get("NANO_BENCH_RUNS", "1000,10000").split(",")]:
        folder = corpus(size, "mini")
        with tempfile.TemporaryDirectory() as home:
            environ = {"HOME": home, "XDG_CACHE_HOME": home, "XDG_STATE_HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}
            rows = [*_ours(folder, size, environ), *_peers(folder, environ)]
        print()
        table([f"{size:,} runs of mini-swe-agent", "", ""], [list(row) for row in rows])


def _ours(folder: Path, size: int, environ: Mapping[str, str]) -> Iterator[Row]:
    command = [str(Path(sys.executable).with_name("nano-tui")), str(folder)]
    whole = rf"\b{size:,} runs"
    with Terminal(command, columns=COLUMNS, rows=ROWS, environ=environ) as terminal:
        began = time.monotonic()
        first = _until(terminal, "3 Browse", began)
        rows = _until(terminal, r"[✓✗◔·] \w+", began)
        done = _until(terminal, whole, began, seconds=COLD)
        yield ("cold: start to first screen", _ms(first), f"to first rows {_ms(rows)}, all listed {done:.2f} s")
        terminal.type("q")
    warm = [_warm(command, whole, environ) for _ in range(3)]
    yield ("warm: start to first screen", _ms(median([one[0] for one in warm])), "")
    yield ("warm: start to the whole list", _ms(median([one[1] for one in warm])), "")
    with Terminal(command, columns=COLUMNS, rows=ROWS, environ=environ) as terminal:
        terminal.wait_for(whole, 60)
        terminal.drain(3.0)
        terminal.type("z")
        terminal.drain(0.5)
        for name, keys in KEYS.items():
            times = [_shown(terminal, key, "", 0.3) for _ in range(ROUNDS) for key in keys]
            yield (f"key to painted: {name}", _ms(median(times)), f"slowest {_ms(max(times))}")
        yield from _asked(terminal, whole)


def _asked(terminal: Terminal, whole: str) -> Iterator[Row]:
    yield ("sorted by another column", _ms(_shown(terminal, "s", rf"(steps|cost|tokens|model)[↓↑][\s\S]*{whole}")), "")
    terminal.type("/")
    terminal.drain(0.5)
    for query in QUERIES:
        # Pasted, it is one event: typed at once, this would measure how fast twenty keys are taken.
        other = rf"^(?![\s\S]*of the query before)(?![\s\S]*{whole})[\s\S]*\b\d[\d,]* runs?\b"
        seconds = _shown(terminal, f"\x1b[200~{query}\x1b[201~", other)
        yield (f"query to painted: {query}", _ms(seconds), "")
        yield ("back to all", _ms(_shown(terminal, "\x15", whole)), "")
    terminal.type("\x1b")
    terminal.drain(1.0)
    before = "no groups"
    for place, name in ((2, "model"), (3, "status"), (1, "task"), (4, "folder")):
        terminal.type("b")
        terminal.wait_for("Group the runs by", 10)
        terminal.type("g" + "j" * place)
        terminal.drain(0.3)
        # The groups before stand there until others come.
        yield (f"grouped by {name}", _ms(_shown(terminal, "\r", rf"\b(?!{before})\d[\d,]* groups? · {whole[2:]}")), "")
        before = re.findall(r"\d[\d,]* groups? · ", terminal.screen)[-1]


def _warm(command: list[str], whole: str, environ: Mapping[str, str]) -> tuple[float, float]:
    began = time.monotonic()
    with Terminal(command, columns=COLUMNS, rows=ROWS, environ=environ) as terminal:
        return _until(terminal, "3 Browse", began), _until(terminal, whole, began)


def _peers(folder: Path, environ: Mapping[str, str]) -> Iterator[Row]:
    commands = peer()
    if commands is None:
        return
    command = [str(commands / "mini-extra"), "inspect", str(folder)]
    with Terminal(command, columns=COLUMNS, rows=ROWS, environ=environ) as terminal:
        began = time.monotonic()
        try:
            shown = _until(terminal, "Step 1", began)
        except AssertionError:
            yield ("mini-swe-agent's inspector", "–", "shows nothing within a minute")
            return
        yield ("mini-swe-agent's inspector: start to one of them", _ms(shown), "it has no list")
        terminal.drain(0.5)
        times = [_shown(terminal, "L", "", 0.3) for _ in range(ROUNDS)]
        yield ("mini-swe-agent's inspector: to the next one", _ms(median(times)), "")


def _until(terminal: Terminal, pattern: str, began: float, unlike: str = "", seconds: float = 60.0) -> float:
    found = re.compile(pattern)
    _read_until(terminal, lambda screen: screen != unlike and found.search(screen) is not None, seconds)
    return time.monotonic() - began


def _shown(terminal: Terminal, keys: str, pattern: str, seconds: float = PATIENCE) -> float:
    """Seconds from some keys to the last byte of the first other picture that has the pattern on it."""
    before, began, found = terminal.screen, time.monotonic(), re.compile(pattern)
    terminal.type(keys)
    frames = list(terminal.frames(seconds))
    return next((when - began for when, screen in frames if screen != before and found.search(screen)), math.inf)


def _read_until(terminal: Terminal, true: Callable[[str], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true(terminal.screen):
        if time.monotonic() > end:
            if seconds < 60:
                return
            raise AssertionError(terminal.screen)
        terminal.drain(0.002)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
