"""One large session in each format that opens by offsets: time and memory, beside holding all of it in memory.

And what opening and listing cost beside `orjson.loads` of the same bytes, of a large session and of a usual one.

NANO_BENCH_MB=200 python -m tests.bench formats        # 100 MB each by default
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.huge import Record, _text, _time, claude, codex, pi
from bench.measure import machine, table

MOST_MB = 100
"""What opening may add to a process, whatever the size of the file."""

OPEN = """
import resource, sys, time
from pathlib import Path
from nano_agent import formats
from nano_agent.formats import stored
from nano_agent.library.summary import summarise
if sys.argv[2] == "held":
    stored.FROM_BYTES = 1 << 60
summarise(formats.first(Path(sys.argv[3])))  # so that imports do not count
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
run = formats.first(Path(sys.argv[1]))
summary = summarise(run)
seconds, peak = time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(run.format, summary.n_messages, summary.n_steps, round(seconds, 2), round(peak / 1024))
"""
USUAL_MB = 1
MOST_TIMES_OPEN, MOST_TIMES_LISTED = 1.25, 1.5
"""What opening and listing may cost, in times of `orjson.loads` of all lines, or of the document."""
COST = """
import gc, sys, time
from pathlib import Path
import orjson
from nano_agent import formats
from nano_agent.library.candidates import Candidate
from nano_agent.library.reading import read_candidate, without_collector
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
candidate = Candidate(str(path), path.stat().st_size, 1, 1)
def decoded():
    with path.open("rb", buffering=1 << 20) as file:
        for line in file if path.suffix == ".jsonl" else (file.read(),):
            orjson.loads(line)
def opened():
    list(formats.read(path))
def listed():
    with without_collector():
        assert read_candidate(candidate).rows
def seconds(work):
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began
works = (decoded, opened, listed)
found = [[seconds(work) for work in works] for _ in range(rounds + 1)][1:]
print(*map(min, zip(*found)))
"""


def main() -> None:
    """Print a table: a file of each format, opened and summarised with its messages on disk and in memory."""
    megabytes = float(os.environ.get("NANO_BENCH_MB", "100"))
    print(machine())
    rows, costs = list[list[str]](), list[list[str]]()
    with tempfile.TemporaryDirectory() as temporary:
        for kind, (start, *_) in KINDS.items():
            name = f"{kind}{'.jsonl' if start == '' else '.json'}"
            path = _written(Path(temporary) / name, kind, megabytes)
            usual = _written(Path(temporary) / f"usual-{name}", kind, USUAL_MB)
            small = _written(Path(temporary) / f"small-{name}", kind, 0.03)
            stored, held = _opened(path, "stored", small), _opened(path, "held", small)
            rows.append([kind, stored[0], stored[1], *stored[3:], *held[3:]])
            costs.append([kind, *_costs(usual, 10), *_costs(path, 2)])
            path.unlink()
    titles = ["format", "messages", "seconds", f"MB added (aim {MOST_MB})", "held: seconds", "held: MB added"]
    table([f"{megabytes:,.0f} MB each", *titles], rows)
    print()
    titles = [f"open (aim {MOST_TIMES_OPEN} x)", f"list (aim {MOST_TIMES_LISTED} x)"]
    sizes = (f"{USUAL_MB} MB", f"{megabytes:,.0f} MB")
    table(["times orjson", *(f"{size}: {title}" for size in sizes for title in titles)], costs)


def _written(path: Path, kind: str, megabytes: float) -> Path:
    start, make, between, end = KINDS[kind]
    with path.open("w") as file:
        file.write(start)
        for i, item in enumerate(make()):
            file.write(between * (i > 0) + json.dumps(item))
            if file.tell() > megabytes * 1e6:
                break
        file.write(end)
    return path


def _costs(path: Path, rounds: int) -> list[str]:
    """What opening and listing a file take, in times of what decoding it does."""
    command = [sys.executable, "-c", COST, str(path), str(rounds)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    decoded, opened, listed = map(float, output.split())
    return [f"{opened / decoded:.1f}", f"{listed / decoded:.1f}"]


def _opened(path: Path, how: str, small: Path) -> list[str]:
    command = [sys.executable, "-c", OPEN, str(path), how, str(small)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def stream() -> Iterator[Record]:
    """Claude Code's stream: what its session says, in snake case, and the pieces of each reply before it."""
    yield {"type": "system", "subtype": "init", "session_id": "s", "cwd": "/work", "model": "claude"}
    for record in claude():
        kept = {"type": record["type"], "message": record["message"], "session_id": "s", "uuid": record["uuid"]}
        yield {**kept, "parent_tool_use_id": None}


def gemini() -> Iterator[Record]:
    """The message records of a session of Gemini CLI."""
    chance = random.Random(5)
    for number in range(10**9):
        if not number % 20:
            yield {"id": f"u{number}", "timestamp": _time(number), "type": "user", "content": f"Look at {number}."}
        answer = {"functionResponse": {"id": f"c{number}", "name": "shell", "response": {"output": _text(chance)}}}
        call = {"id": f"c{number}", "name": "shell", "args": {"command": "rg x"}, "status": "success"}
        yield {
            "id": f"g{number}",
            "timestamp": _time(number),
            "type": "gemini",
            "content": "I look.",
            "model": "gemini-3-pro",
            "tokens": {"input": 9000, "output": 120, "cached": 8000, "thoughts": 30, "tool": 0, "total": 9150},
            "toolCalls": [{**call, "result": [answer]}],
        }


def gemini_lines() -> Iterator[Record]:
    """The same as lines."""
    yield {"sessionId": "s", "projectHash": "p", "startTime": _time(0)}
    yield from gemini()


def openhands() -> Iterator[Record]:
    """Events of OpenHands 0.x: an action with the model's reply in it, and its observation with the same."""
    chance = random.Random(6)
    yield {"id": 0, "timestamp": _time(0), "source": "user", "action": "message", "args": {"content": "Begin."}}
    for number in range(1, 10**9, 2):
        call = {"id": f"c{number}", "function": {"name": "execute_bash", "arguments": '{"command": "rg x"}'}}
        reply = {
            "id": f"r{number}",
            "model": "m",
            "choices": [{"message": {"content": "I look.", "tool_calls": [call]}}],
        }
        asked = {"function_name": "execute_bash", "tool_call_id": f"c{number}", "model_response": reply}
        common = {"timestamp": _time(number), "source": "agent", "message": "", "tool_call_metadata": asked}
        yield {"id": number, **common, "action": "run", "args": {"command": "rg x", "thought": "I look."}}
        extras = {"metadata": {"exit_code": 0}}
        yield {
            "id": number + 1,
            **common,
            "cause": number,
            "observation": "run",
            "content": _text(chance),
            "extras": extras,
        }


def openhands_1() -> Iterator[Record]:
    """Events of OpenHands 1.x."""
    chance = random.Random(7)
    said = {"role": "user", "content": "Begin."}
    yield {"id": "0", "timestamp": _time(0), "source": "user", "kind": "MessageEvent", "llm_message": said}
    for number in range(10**9):
        common = {"timestamp": _time(number), "tool_call_id": f"c{number}", "tool_name": "terminal"}
        yield {
            "id": f"a{number}",
            "source": "agent",
            "kind": "ActionEvent",
            **common,
            "thought": [{"type": "text", "text": "I look."}],
            "llm_response_id": f"r{number}",
            "action": {"kind": "TerminalAction", "command": "rg x"},
        }
        seen = {"content": [{"type": "text", "text": _text(chance)}], "exit_code": 0}
        yield {"id": f"o{number}", "source": "environment", "kind": "ObservationEvent", **common, "observation": seen}


def atif() -> Iterator[Record]:
    """Steps of ATIF."""
    chance = random.Random(8)
    for number in range(10**9):
        yield {
            "step_id": number + 1,
            "timestamp": _time(number),
            "source": "agent",
            "message": "I look.",
            "tool_calls": [{"tool_call_id": f"c{number}", "function_name": "bash", "arguments": {"command": "rg x"}}],
            "observation": {"results": [{"source_call_id": f"c{number}", "content": _text(chance)}]},
            "metrics": {"prompt_tokens": 9000, "completion_tokens": 120, "cost_usd": 0.01},
        }


def swe_agent() -> Iterator[Record]:
    """Steps of SWE-agent, without a history: each repeats a prompt."""
    chance = random.Random(9)
    for _ in range(10**9):
        text = _text(chance)
        yield {
            "action": "rg x",
            "observation": text,
            "response": "I look.",
            "thought": "I look.",
            "execution_time": 0.5,
            "state": {},
            "query": [{"role": "user", "content": text, "agent": "main"}],
        }


def chat() -> Iterator[Record]:
    """Messages in OpenAI's shape."""
    chance = random.Random(10)
    yield {"role": "user", "content": "Begin."}
    for number in range(10**9):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
        yield {"role": "assistant", "content": "I look.", "tool_calls": [call]}
        yield {"role": "tool", "tool_call_id": f"c{number}", "content": _text(chance)}


_ATIF = '{"schema_version": "ATIF-v1.7", "agent": {"name": "a", "version": "1"}, "steps": ['
KINDS: dict[str, tuple[str, Callable[[], Iterator[Record]], str, str]] = {
    "claude": ("", claude, "\n", ""),
    "codex": ("", codex, "\n", ""),
    "pi": ("", pi, "\n", ""),
    "stream": ("", stream, "\n", ""),
    "gemini-lines": ("", gemini_lines, "\n", ""),
    "gemini": ('{"sessionId": "s",\n "startTime": "x", "messages": [\n    ', gemini, ",\n    ", "\n  ]\n}"),
    "openhands-lines": ("", openhands_1, "\n", ""),
    "openhands": ("[", openhands, ", ", "]"),
    "openhands-1": ("[", openhands_1, ", ", "]"),
    "atif": (_ATIF, atif, ", ", "]}"),
    "swe-agent": ('{"environment": "e", "trajectory": [', swe_agent, ", ", '], "history": [], "info": {}}'),
    "chat": ('{"messages": [', chat, ", ", "]}"),
}
