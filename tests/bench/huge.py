"""Sessions and tables of a gigabyte, on a pseudo-terminal and by the command line: time and memory.

NANO_BENCH_MB=1000 python -m tests.bench huge        # 100 MB each by default
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.corpus import WORDS
from bench.measure import machine, table
from bench.reading import DEADLINE, calm, changed, memory, ours, pressed

Record = dict[str, Any]
MOST_MB = 150
"""What a process may take at most, whatever the size of the file."""


def main() -> None:
    """Print one table of files opened in the app, and one of commands."""
    megabytes = float(os.environ.get("NANO_BENCH_MB", "100"))
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        kinds: dict[str, Callable[[], Iterator[Record]]] = {"claude": claude, "codex": codex, "pi": pi, "table": rows}
        files = {kind: _written(place / f"{kind}.jsonl", make(), megabytes) for kind, make in kinds.items()}
        names = ["start -> first screen (s)", "whole (s)", "end (ms)", "start (ms)", f"peak (MB, aim {MOST_MB})"]
        found = [_opened(place, kind, path) for kind, path in files.items() if kind != "table"]
        table([f"{megabytes:,.0f} MB, one session", *names], found)
        print()
        commands = [_command(place, ["show", "--json", str(path)]) for kind, path in files.items() if kind != "table"]
        commands.append(_command(place, ["ls", str(files["table"])]))
        commands.append(_command(place, ["show", "--sample", str(_count(files["table"])), str(files["table"])]))
        table([f"{megabytes:,.0f} MB each", "seconds", f"peak (MB, aim {MOST_MB})"], commands)


def claude() -> Iterator[Record]:
    """Claude Code's lines: a reply in two records, then a result."""
    chance, before = random.Random(1), None
    for number in range(10**9):
        call, reply, text = f"toolu_{number:020x}", f"msg_{number:024x}", _text(chance)
        usage = {"input_tokens": 10, "cache_read_input_tokens": 9000, "output_tokens": 120}
        said = [{"type": "text", "text": "The first word" if not number else f"I look at {chance.choice(WORDS)}."}]
        used = [{"type": "tool_use", "id": call, "name": "Bash", "input": {"command": "rg x"}}]
        result = [{"type": "tool_result", "tool_use_id": call, "content": text, "is_error": False}]
        for kind, content in (("assistant", said), ("assistant", used), ("user", result)):
            identity = str(uuid.UUID(int=chance.getrandbits(128)))
            message: Record = {"role": kind, "content": content}
            message |= {"id": reply, "model": "claude-sonnet-4-5", "usage": usage} if kind == "assistant" else {}
            yield {
                "parentUuid": before,
                "isSidechain": False,
                "cwd": "/work",
                "sessionId": "5d1e2c3f-0000-4000-8000-000000000000",
                "version": "2.0.1",
                "type": kind,
                "message": message,
                **({"toolUseResult": {"stdout": text, "stderr": ""}} if kind == "user" else {}),
                "uuid": identity,
                "timestamp": _time(number),
            }
            before = identity


def codex() -> Iterator[Record]:
    """A rollout's lines: reasoning, a call, its tokens, its end, its output."""
    chance = random.Random(2)
    yield {"timestamp": _time(0), "type": "session_meta", "payload": {"id": "x", "cwd": "/work"}}
    for number in range(10**9):
        call, text = f"call_{number:x}", _text(chance)
        thought = [{"type": "summary_text", "text": "The first word" if not number else "I think."}]
        total = {"input_tokens": 100 * number, "output_tokens": 3 * number}
        for kind, payload in (
            ("response_item", {"type": "reasoning", "summary": thought, "encrypted_content": "A" * 1500}),
            ("response_item", {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": call}),
            ("event_msg", {"type": "token_count", "info": {"total_token_usage": total}}),
            ("event_msg", {"type": "exec_command_end", "call_id": call, "exit_code": 0, "aggregated_output": text}),
            ("response_item", {"type": "function_call_output", "call_id": call, "output": text}),
        ):
            yield {"timestamp": _time(number), "type": kind, "payload": payload}


def pi() -> Iterator[Record]:
    """The lines of pi: a reply with a call, and its result."""
    chance, before = random.Random(3), None
    yield {"type": "session", "version": 3, "id": "x", "timestamp": _time(0), "cwd": "/work"}
    for number in range(10**9):
        call, said = f"call_{number:x}", "The first word" if not number else "I look."
        content = [{"type": "text", "text": said}, {"type": "toolCall", "id": call, "name": "bash", "arguments": {}}]
        usage = {"input": 10, "output": 20, "cacheRead": 100, "cost": {"total": 0.001}}
        for message in (
            {"role": "assistant", "content": content, "model": "m", "usage": usage, "stopReason": "toolUse"},
            {"role": "toolResult", "toolCallId": call, "toolName": "bash", "content": _text(chance), "isError": False},
        ):
            identity = f"{chance.getrandbits(32):08x}"
            entry = {"type": "message", "id": identity, "parentId": before, "timestamp": _time(number)}
            yield {**entry, "message": message}
            before = identity


def rows() -> Iterator[Record]:
    """A table of rollouts, some 50 KB each."""
    chance = random.Random(4)
    for number in range(10**9):
        messages = [{"role": "user", "content": f"task {number}"}]
        for _ in range(10):
            messages += [{"role": "assistant", "content": "I look."}, {"role": "user", "content": _text(chance)}]
        yield {"instance_id": f"t{number}", "messages": messages, "reward": number % 2}


def _text(chance: random.Random) -> str:
    """What a command may have printed: 4 KB in the median, sometimes much more."""
    line = f"src/{chance.choice(WORDS)}.py:1: {chance.choice(WORDS)} = self.{chance.choice(WORDS)}()\n"
    return line * max(1, int(chance.lognormvariate(8.3, 0.8)) // len(line))


def _time(number: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_767_225_600 + number))


def _written(path: Path, records: Iterator[Record], megabytes: float) -> Path:
    with path.open("w") as file:
        while file.tell() < megabytes * 1e6:
            file.writelines(json.dumps(next(records)) + "\n" for _ in range(100))
    return path


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _opened(place: Path, kind: str, path: Path) -> list[str]:
    """A session in the app: something to read, all of it, its end and its start; and the most memory."""
    started = time.monotonic()
    with ours(place, path) as terminal:
        terminal.wait_for("The first word", DEADLINE)
        first = time.monotonic() - started
        terminal.wait_for("no end recorded", DEADLINE)
        whole = time.monotonic() - started
        calm(terminal)
        last = changed(terminal, "G")
        start = pressed(terminal, "g", "The first word")
        peak = memory(terminal.pid, "VmHWM")
    return [kind, f"{first:.2f}", f"{whole:.1f}", f"{1000 * last:.0f}", f"{1000 * start:.0f}", f"{peak:.0f}"]


def _command(place: Path, arguments: list[str]) -> list[str]:
    """A command's seconds and the most memory of it."""
    environ = {**os.environ, "HOME": str(place), "XDG_CACHE_HOME": str(place), "XDG_STATE_HOME": str(place)}
    command = [str(Path(sys.executable).with_name("nano-tui")), *arguments]
    started, peak = time.monotonic(), 0.0
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, memory(process.pid, "VmHWM"))
            time.sleep(0.05)
    names = [Path(word).name for word in arguments]
    return [" ".join(names), f"{time.monotonic() - started:.1f}", f"{peak:.0f}"]
