"""`make soak [SECONDS=600]`: 32 runs at a time, steered, stopped, suspended and killed at random, then looked at.

Every folder must open, every call be answered once, all counts agree, and nothing of it be running any more.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.command import make_repository, server
from bench.measure import machine
from nano_agent import formats
from nano_agent.checks import CannotStart
from nano_agent.control.sending import send
from nano_agent.launch import launch
from nano_agent.record import RunWatch
from nano_agent.record.process import birth
from nano_agent.resuming import resume_spec
from nano_agent.spec import RunSpec
from nano_agent.starting import LaunchError
from nano_agent.warm_starter import WarmStarter
from support.engine import wrong_answers

AT_ONCE = 32
STEPS = 200
PAUSE = 0.05
"""Seconds between two things that are done to the runs."""


class Soak:
    """The runs, and what is done to them."""

    def __init__(self, place: Path, port: int, seed: int) -> None:
        self.place = place
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.going: dict[Path, RunWatch] = {}
        self.all: list[Path] = []
        self._base = f"http://127.0.0.1:{port}/v1"
        self._repositories: list[Path] = []
        self._starter = WarmStarter()

    def begin(self) -> None:
        """One more run, in a repository of its own."""
        repository = self.place / f"repository-{len(self._repositories)}"
        make_repository(repository)
        self._repositories.append(repository)
        limits = {"tool_limit": None, "token_limit": None, "time_limit": None, "step_limit": STEPS}
        spec = RunSpec(
            "Look around",
            str(repository),
            "hosted_vllm/scripted",
            api_base=self._base,
            sandbox="local",
            limits=limits,
            runs_dir=str(self.place / "runs"),
            approval=self.chance.choice(["auto", "auto", "auto", "ask"]),
        )
        self._watch(self._starter.launch(spec))
        self.done["run"] += 1

    def _watch(self, folder: Path) -> None:
        self.going[folder] = RunWatch(folder)
        if folder not in self.all:
            self.all.append(folder)

    def disturb(self) -> None:
        """Do something to one of the runs."""
        folder = self.chance.choice(list(self.going))
        watch = self.going[folder]
        watch.poll()
        if watch.state.ended:
            del self.going[folder]
            self._take_up(folder)
            return
        if watch.state.doing == "approval":
            self._send(folder, self.chance.choice(["approve", "approve", "deny"]), scope="once")
            return
        if watch.state.doing == "limit":
            if self.chance.random() < 0.5:
                self._send(folder, "deny")
            else:
                self._send(folder, "limits", set={"step_limit": watch.state.step + 5})
            return
        steering: list[Callable[[], None]] = [
            lambda: self._send(folder, "say", text="Mind the tests."),
            lambda: self._send(folder, "interrupt", text="That takes too long."),
            lambda: self._send(folder, "limits", set={"step_limit": STEPS + 5}),
            lambda: self._send(folder, "mode", mode=self.chance.choice(["auto", "ask"])),
            lambda: self._malformed(folder),
        ]
        rarely: list[Callable[[], None]] = [
            lambda: self._signal(folder, signal.SIGKILL),
            lambda: self._signal(folder, signal.SIGTERM),
            lambda: self._suspend(folder),
            lambda: self._send(folder, "stop"),
        ]
        self.chance.choice(steering if self.chance.random() < 0.85 else rarely)()

    def _take_up(self, folder: Path) -> None:
        """Resume half of those that did not come to their end."""
        if self.chance.random() < 0.5:
            with suppress(CannotStart, LaunchError):
                launch(resume_spec(folder, limits=[f"step_limit={STEPS + 10}"]))
                self._watch(folder)
                self.done["resume"] += 1

    def _send(self, folder: Path, do: str, **fields: Any) -> None:
        send(folder, do, **fields)
        self.done[do] += 1

    def _malformed(self, folder: Path) -> None:
        with (folder / "inbox.jsonl").open("ab") as file:
            file.write(b'{"do": "dance"\n\xff\xfe\n')
        self.done["malformed line"] += 1

    def _signal(self, folder: Path, number: signal.Signals) -> None:
        if (pid := process_of(folder)) is not None:
            os.kill(pid, number)
            self.done[number.name] += 1

    def _suspend(self, folder: Path) -> None:
        if (pid := process_of(folder)) is not None:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(PAUSE)
            os.kill(pid, signal.SIGCONT)
            self.done["SIGSTOP"] += 1

    def end(self) -> None:
        """Stop what still goes on, and wait for it."""
        self._starter.close()
        for folder in self.going:
            send(folder, "stop")
        deadline = time.monotonic() + 60
        while any(process_of(folder) for folder in self.all) and time.monotonic() < deadline:
            time.sleep(0.1)


def process_of(folder: Path) -> int | None:
    """The run's process, while it is there."""
    process = json.loads((folder / "metadata.json").read_bytes())["process"]
    return process["pid"] if birth(process["pid"]) == process["birth"] else None


def wrong_with(folder: Path) -> list[str]:
    """What is wrong with a run's folder; nothing, it is hoped."""
    found = list[str]()
    (run,) = formats.read(folder)
    if run.exit_status is None:
        found.append("no exit status")
    if run.live:
        found.append("still live")
    raw = [json.loads(line) for line in (folder / "messages.jsonl").read_bytes().split(b"\n")[:-1]]
    found += wrong_answers(raw, broke_off=run.exit_status == "lost")
    replies = sum(message["role"] == "assistant" for message in raw)
    if (run.n_messages, run.n_assistant) != (len(raw), replies):
        found.append(f"counts: {run.n_messages}, {run.n_assistant} of {len(raw)}, {replies}")
    return found


def left_behind(place: Path) -> list[str]:
    """Processes that still work below a folder."""
    found = list[str]()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve().is_relative_to(place):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    print(machine(), f"- seed {seed}, {seconds:g} s", flush=True)
    with tempfile.TemporaryDirectory() as temporary, server("shell", "cmd", slowest=0.5) as port:
        soak = Soak(Path(temporary).resolve(), port, seed)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if len(soak.going) < AT_ONCE:
                soak.begin()
            else:
                soak.disturb()
                time.sleep(PAUSE)
        soak.end()
        wrong = {folder.name: problems for folder in soak.all if (problems := wrong_with(folder))}
        orphans = left_behind(soak.place / "runs") + left_behind(soak.place)
        statuses = Counter(run.exit_status for folder in soak.all for run in formats.read(folder))
        steps = sum(run.n_assistant for folder in soak.all for run in formats.read(folder))
    print(f"{len(soak.all)} runs, {steps:,} steps; done to them: {dict(soak.done)}; ended as {dict(statuses)}")
    print(f"{len(wrong)} folders with something wrong, {len(orphans)} processes left behind")
    for name, problems in wrong.items():
        print(name, problems[:3])
    for orphan in orphans:
        print(orphan)
    return 1 if wrong or orphans else 0


if __name__ == "__main__":
    sys.exit(main())
