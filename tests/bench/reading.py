"""Opening and reading large runs on a pseudo-terminal, beside mini-swe-agent's inspector where it can open them.

All times are from a key (or from the start of the process) to what it brings on the screen; the instrument itself
emulates the terminal, which takes some of each.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.corpus import WORDS
from bench.measure import machine, peer, table
from support.terminal import Terminal

ROUNDS = 3
KEYS = 7
DEADLINE = 120
SETTLES = 3.0
"""Seconds until an app that was just opened has made ready what it makes ready in the background."""
PAGE_DOWN = "\x06"
LIMITS = {"49 MB": (0.5, 80), "200 MB": (0.8, 120), "5 MB step": (0.1, None), "50 MB step": (None, None)}
"""What opening is to take at most in an app that runs, in seconds, and the process, in MB."""


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        runs = {
            "40 messages": make(place / "small", 20, 1000),
            "49 MB": make(place / "middle", 2000, 22_000),
            "200 MB": make(place / "large", 10_000, 18_000),
            "5 MB step": make(place / "five", 20, 1000, giant=5_000_000),
            "50 MB step": make(place / "fifty", 20, 1000, giant=50_000_000),
        }
        opening = [opened(place, name, path) for name, path in runs.items()]
        print("(the limits stand behind a stroke; `from the list` is in an app that runs)\n")
        table(
            ["run", "MB", "start -> first screen (s)", "from the list (ms)", "whole (s)", "RSS (MB)", "peak (MB)"],
            opening,
        )
        print()
        names = ("next step", "page down", "end", "start", "fold outputs", "search, first hit")
        table(["key -> painted, ms (median)", *names], [keys(place, name, path) for name, path in runs.items()])
        if commands := peer():
            print()
            rows = [inspector(place, commands, name, path) for name, path in runs.items() if name != "50 MB step"]
            names = ("start -> first screen (s)", "next run (ms)", "next step (ms)", "largest step (ms)", "peak (MB)")
            table(["mini-swe-agent inspector", *names], rows)


def make(folder: Path, steps: int, size: int, giant: int = 0) -> Path:
    """A run of mini-swe-agent's with so many steps, each with so many bytes of output, or one of them a giant."""
    chance = random.Random(steps + giant)
    lines = [
        f"src/{chance.choice(WORDS)}.py:{i}: {chance.choice(WORDS)} = {chance.choice(WORDS)}()" for i in range(997)
    ]
    folder.mkdir(parents=True)
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "The first word. You work in a terminal."},
        {"role": "user", "content": "Mend the fence."},
    ]
    for step in range(steps):
        length = giant if giant and step == 1 else chance.randint(size // 2, size * 3 // 2)
        first = chance.randrange(len(lines))
        text = "\n".join((lines[first:] + lines[:first]) * (1 + length // 40_000))[:length]
        text += "\nneedle" if step == steps // 2 else ""
        call = {"id": f"c{step}", "type": "function", "function": {"name": "bash", "arguments": '{"command": "rg x"}'}}
        actions = [{"command": "rg x", "tool_call_id": f"c{step}"}]
        usage = {"prompt_tokens": 1000 + step, "completion_tokens": 80}
        extra = {"actions": actions, "cost": 0.002, "timestamp": 1.7e9 + step, "response": {"usage": usage}}
        messages.append({"role": "assistant", "content": f"Look {step}.", "tool_calls": [call], "extra": extra})
        extra = {"returncode": int(step % 50 == 49), "timestamp": 1.7e9 + step + 0.5}
        messages.append({"role": "tool", "tool_call_id": f"c{step}", "content": text, "extra": extra})
    messages.append({"role": "exit", "content": "The last word", "extra": {"exit_status": "Submitted"}})
    info = {"config": {"model": {"model_name": "m"}}, "exit_status": "Submitted", "submission": "", "mini_version": "2"}
    path = folder / "run.traj.json"
    path.write_text(
        json.dumps({"info": info, "messages": messages, "trajectory_format": "mini-swe-agent-1.1"}, indent=2)
    )
    return path


def ours(place: Path, path: Path) -> Terminal:
    """Our app on a path, with a home folder of its own."""
    environ = {"HOME": str(place), "XDG_CACHE_HOME": str(place / "cache"), "XDG_STATE_HOME": str(place / "state")}
    command = [str(Path(sys.executable).with_name("nano-tui")), str(path)]
    return Terminal(command, columns=160, rows=48, environ=environ, cwd=place)


def opened(place: Path, name: str, path: Path) -> list[str]:
    """How long it takes until there is something to read, and until everything was gone through; and memory."""
    straight, listed, whole, rss, peak = ([] for _ in range(5))
    for _ in range(ROUNDS):
        started = time.monotonic()
        with ours(place, path) as terminal:
            terminal.wait_for("The first word", DEADLINE)
            straight.append(time.monotonic() - started)
            terminal.wait_for("ended: Submitted", DEADLINE)
            whole.append(time.monotonic() - started)
            calm(terminal)
            rss.append(memory(terminal.pid, "VmRSS"))
            peak.append(memory(terminal.pid, "VmHWM"))
        with ours(place, path.parent) as terminal:
            terminal.wait_for("1 run", DEADLINE)
            calm(terminal, SETTLES)
            listed.append(pressed(terminal, "\r", "The first word"))
    seconds, megabytes = LIMITS.get(name, (0.06, None))
    return [
        name,
        f"{path.stat().st_size / 1e6:.0f}",
        f"{statistics.median(straight):.2f}",
        f"{statistics.median(listed) * 1000:.0f}" + (f" / {seconds * 1000:.0f}" if seconds else ""),
        f"{statistics.median(whole):.2f}",
        f"{statistics.median(rss):.0f}" + (f" / {megabytes}" if megabytes else ""),
        f"{statistics.median(peak):.0f}",
    ]


def keys(place: Path, name: str, path: Path) -> list[str]:
    """How long each key takes until the screen shows what it brings."""
    with ours(place, path) as terminal:
        terminal.wait_for("ended: Submitted", DEADLINE)
        calm(terminal, 1.0)
        found = [[changed(terminal, key) for _ in range(KEYS)] for key in ("l", PAGE_DOWN)]
        to_end, to_start = list[float](), list[float]()
        for _ in range(KEYS):
            to_end.append(pressed(terminal, "G", "The last word"))
            to_start.append(pressed(terminal, "g", "The first word"))
        found += [to_end, to_start, [changed(terminal, "o") for _ in range(KEYS)]]
        for letter in "/needl":
            terminal.type(letter)
            calm(terminal, 0.2)
        found.append([pressed(terminal, "e", "1 of 1|needle")])
    return [name, *(f"{statistics.median(times) * 1000:.0f}" for times in found)]


def inspector(place: Path, commands: Path, name: str, path: Path) -> list[str]:
    """The same of the peer, which takes a folder's runs one after the other, and of each one step at a time."""
    twins = place / f"twins of {path.parent.name}"
    for number in (1, 2):
        twins.mkdir(exist_ok=True)
        (twins / f"run{number}.traj.json").hardlink_to(path)
    started = time.monotonic()
    environ = {"HOME": str(place), "MSWEA_CONFIGURED": "true", "MSWEA_SILENT_STARTUP": "1"}
    command = [str(commands / "mini-extra"), "inspect", str(twins)]
    with Terminal(command, columns=160, rows=48, environ=environ, cwd=place) as terminal:
        terminal.wait_for("Step 1", DEADLINE)
        first = time.monotonic() - started
        calm(terminal)
        times = [pressed(terminal, key, shown) for key, shown in (("L", "2/2"), ("l", r"Look 0\."), ("l", r"Look 1\."))]
        run, step, largest = (f"{seconds * 1000:.0f}" for seconds in times)
        return [name, f"{first:.2f}", run, step, largest, f"{memory(terminal.pid, 'VmHWM'):.0f}"]


def pressed(terminal: Terminal, key: str, pattern: str) -> float:
    """Seconds from a key to a pattern on the screen."""
    started = time.monotonic()
    terminal.type(key)
    terminal.wait_for(pattern, DEADLINE)
    return time.monotonic() - started


def changed(terminal: Terminal, key: str) -> float:
    """Seconds from a key to another picture."""
    terminal.settle(0.1)
    before, started = terminal.screen, time.monotonic()
    terminal.type(key)
    while terminal.screen == before and time.monotonic() - started < DEADLINE:
        terminal.drain(0.002)
    return time.monotonic() - started


def calm(terminal: Terminal, seconds: float = 0.3) -> None:
    """Let it come to rest."""
    terminal.drain(seconds)


def memory(pid: int, field: str) -> float:
    """Megabytes of a process."""
    found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
