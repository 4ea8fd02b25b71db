"""Trajectories of several formats with a text in every place that the format has, and the same with a benign one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.hostile import HOSTILE
from support.live_run import LiveRun
from support.runs import call, result

Text = Callable[[int], str]
_SHORT = {name: text for name, text in HOSTILE.items() if len(text) < 10_000}
LONGEST = "[/] \x1b]52;c;TE9ORw==\x07 " + "0123456789" * 100_000


def hostile(number: int) -> str:
    """The hostile texts, one after the other; each says its number, so that one finds it on the screen."""
    texts = list(_SHORT.values())
    return f"H{number} {texts[number % len(texts)]}"


def benign(number: int) -> str:
    """A text that does no harm, with as many lines as the hostile ones may have."""
    return f"B{number} plain words, and a second\nline"


def name_of(text: str) -> str:
    """What of a text a file may be called."""
    return text.encode("utf-8", "ignore").decode().replace("/", "-").replace("\0", "")[:60]


def corpus(folder: Path, text: Text) -> list[Path]:
    """Runs under a folder: of nano-agent, mini-swe-agent, Claude Code, as rows of messages; broken ones too."""
    folder.mkdir(parents=True)
    paths = [_nano(folder / name_of(f"2026-01-01T00-00-0{n}-{text(n)}"), text, n) for n in range(3)]
    paths.append(_mini(folder / f"{name_of(text(3))}.traj.json", text))
    paths.append(_rows(folder / f"{name_of(text(4))}.jsonl", text))
    paths.append(_claude(folder / "claude.jsonl", text))
    broken = folder / f"{name_of(text(5))}.json"
    broken.write_text(
        f'{{"trajectory_format": "mini-swe-agent-1.1", "messages": [{{{text(6).encode("utf-8", "replace").decode()}'
    )
    return paths


def own(folder: Path, text: Text, *, ended: bool) -> Path:
    """A run of our own with the text in every event that there is; without an end it goes on, in this process."""
    run = LiveRun(folder, text(0), text(1))
    metadata = json.loads(run.recorder.files.metadata.read_text())
    run.recorder.metadata({**metadata, "limits": {text(2): 3.0}, "repo_root": text(3)})
    for number, kind in enumerate(_EVENTS):
        words = dict.fromkeys(("text", "reason", "why", "name", "command", "do", "outcome", "decision"), text(number))
        run.recorder.event(kind, ask=text(3), call_id=text(4), wait=1, edits=text(5), **words)
    run.ask()
    run.reply(text(6), "ls", reasoning=text(7))
    run.result(text(8), exit_code=1, whole=text(8) * 2)
    if ended:
        run.end(text(9), text(10))
    return folder


_EVENTS = ("warning", "retry", "cut", "ask", "decision", "command", "checkpoint", "said")


def messages(text: Text, first: int = 0) -> list[dict[str, Any]]:
    """A history with the text as everything: content, reasoning, names, ids, arguments, keys, paths, patches."""
    found: list[dict[str, Any]] = [
        {"role": "system", "content": text(first)},
        {"role": "user", "content": text(first + 1), "name": text(first + 2)},
    ]
    calls: list[dict[str, Any]] = [
        {"cmd": text(first + 3)},
        {"file": text(first + 4), "search": text(first + 5), "replace": text(first + 6)},
        {"path": text(first + 7), "content": text(first + 8)},
        {"patch": patch(text, first)},
        {text(first + 10): {text(first + 11): [text(first + 12)]}},
    ]
    for number, arguments in enumerate(calls):
        asked = call(f"{text(first + number)}", text(first + number) if number % 2 else "shell", **arguments)
        reply = {
            **asked,
            "content": f"```{text(first + number)}\n# {text(first + 2)}",
            "reasoning_content": text(first + 13),
        }
        answer = text(first + 14 + number) if number % 2 else json.dumps({text(first + 15): text(first + 16)})
        found += [reply, {**result(f"{text(first + number)}", answer), "name": text(first + 5)}]
    return [*found, {"role": "assistant", "content": LONGEST if text is hostile else "x" * 1_000_000}]


def patch(text: Text, first: int) -> str:
    """A diff of a file that is called like that."""
    path, old, new = text(first + 9), text(first), text(first + 2)
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@ {old}\n-{old}\n+{new}\n"


def _nano(folder: Path, text: Text, number: int) -> Path:
    folder.mkdir()
    dump = json.dumps
    (folder / "messages.jsonl").write_text("".join(dump(m) + "\n" for m in messages(text, 5 * number)))
    (folder / "tools.json").write_text(
        dump([{"type": "function", "function": {"name": text(1), "description": text(2)}}])
    )
    metadata = {
        "model": text(number + 7),
        "task": text(number + 8),
        "api_base": text(9),
        "exit_status": text(10),
        text(11): text(12),
    }
    (folder / "metadata.json").write_text(dump(metadata))
    (folder / "diff.txt").write_bytes(patch(text, 4).encode("utf-8", "surrogatepass"))
    (folder / "stats.json").write_text(dump({text(3): text(4)}))
    return folder


def _mini(path: Path, text: Text) -> Path:
    history: list[dict[str, Any]] = [{"role": "system", "content": text(0)}, {"role": "user", "content": text(1)}]
    for number in range(6):
        actions = [{"command": text(number), "tool_call_id": text(number)}]
        history.append({**call(text(number), "bash", command=text(number)), "extra": {"actions": actions, "cost": 0.1}})
        outcome = {"raw_output": text(number + 5) * 3, "returncode": number, "exception_info": text(7)}
        history.append({**result(text(number), text(number + 5)), "extra": outcome})
    history.append({"role": "exit", "content": text(8), "extra": {"exit_status": text(9), "submission": text(10)}})
    info = {
        "model_stats": {"instance_cost": 0.6, "api_calls": 6},
        "config": {"model": {"model_name": text(11)}, "agent": {text(12): text(13)}, "environment": {}},
        "mini_version": text(14),
        "exit_status": text(9),
        "submission": text(10),
    }
    path.write_text(json.dumps({"info": info, "messages": history, "trajectory_format": "mini-swe-agent-1.1"}))
    return path


def _rows(path: Path, text: Text) -> Path:
    rows = [{"messages": messages(text, number), "id": text(number), text(number): text(3)} for number in range(2)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _claude(path: Path, text: Text) -> Path:
    common = {"sessionId": text(0), "cwd": text(1), "version": text(2), "gitBranch": text(3), "isSidechain": False}
    use = {"type": "tool_use", "id": "t1", "name": text(4), "input": {text(5): text(6)}}
    said = [{"type": "thinking", "thinking": text(7)}, {"type": "text", "text": text(8)}, use]
    back = [{"type": "tool_result", "tool_use_id": "t1", "content": text(9), "is_error": True}]
    rows = [
        {"type": "user", "uuid": "a", "parentUuid": None, "message": {"role": "user", "content": text(10)}},
        {"type": "assistant", "uuid": "b", "parentUuid": "a",
         "message": {"role": "assistant", "model": text(11), "id": text(12), "content": said}},
        {"type": "user", "uuid": "c", "parentUuid": "b", "message": {"role": "user", "content": back}},
    ]  # fmt: skip
    path.write_text("".join(json.dumps({**common, **row, "timestamp": "2026-01-01T00:00:00Z"}) + "\n" for row in rows))
    return path
