"""Our own run folders, format `nano-run/1`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source, parse
from nano_agent.formats.spans import line_spans, opened
from nano_agent.formats.stored import StoredMessages, Watch, is_large
from nano_agent.record.clock import seconds_of
from nano_agent.record.files import FORMAT, RunFiles
from nano_agent.record.messages import MessageFacts, build, child_of
from nano_agent.record.process import is_alive
from nano_agent.record.state import RunState
from nano_agent.trajectory import Message, Trajectory, Usage, glances, total_usage

_MEMBERS = frozenset(("messages.jsonl", "metadata.json", "events.jsonl", "tools.json", "diff.txt", "stats.json"))


class NanoRunReader:
    """Reads a run folder in any state: live, ended, or left behind by a process that was killed."""

    name = "nano-run"

    def sniff(self, source: Source) -> bool:
        """A folder, or a file in it, whose metadata names the format."""
        return _folder(source) is not None

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one run in the folder."""
        folder = _folder(source)
        if folder is None:
            raise NotATrajectory(source.path, "no metadata.json of a run")
        yield read_run(folder, source.watch)


def read_run(folder: Path, watch: Watch | None = None) -> Trajectory:
    """The trajectory in this run folder, as far as it got; of a long one the messages stay on disk."""
    found = _read_run(folder, watch)
    if found.exit_status == "lost" and _object(RunFiles(folder).metadata) != found.metadata:
        # It ended while it was read; what a process that is gone has written is final.
        found = _read_run(folder, watch)
    return found


def _read_run(folder: Path, watch: Watch | None) -> Trajectory:
    files = RunFiles(folder)
    metadata = _object(files.metadata)
    state, facts = RunState(), MessageFacts()
    children = list[Path]()
    for event in _events(files.events):
        state.take(event)
        facts.take(event)
        children += _children(folder, event)
    messages, broken = _messages(files.messages, facts, folder, watch)
    warnings = list(state.warnings)
    if broken:
        warnings.append(f"messages.jsonl: {broken} unreadable line{'s' * (broken > 1)}, probably cut off by a crash")
    live = _is_live(files, metadata, state)
    exit_status = metadata.get("exit_status") or state.exit_status or (None if live else "lost")
    started, last = seconds_of(metadata.get("started_at")), seconds_of(metadata.get("ended_at")) or state.last_event
    return Trajectory(
        format="nano-run",
        path=folder,
        messages=messages,
        model=_text(metadata, "model"),
        task=_text(metadata, "task"),
        exit_status=str(exit_status) if exit_status else None,
        exit_reason=_reason(_text(metadata, "exit_reason"), exit_status, state),
        started_at=started,
        seconds=last - started - state.idle if started is not None and last is not None and not live else None,
        usage=usage_of(messages),
        diff=_read(files.diff),
        gold_diff=_text(metadata, "gold_diff"),
        tools=tools if isinstance(tools := parse(_bytes(files.tools)), list) else None,
        reward=float(r) if isinstance(r := metadata.get("reward"), int | float) else None,
        group=_text(metadata, "group_id"),
        instance=_text(metadata, "instance_id"),
        repo=_text(metadata, "repo_root"),
        live=live,
        waiting=live and state.ask is not None,
        children=tuple(dict.fromkeys(children)),
        metadata=metadata,
        warnings=tuple(warnings),
    )


def _messages(path: Path, facts: MessageFacts, folder: Path, watch: Watch | None) -> tuple[Sequence[Message], int]:
    """The messages in a file, and how many of its lines are none."""
    if not is_large(path):
        records, broken = _records(path)
        return tuple(build(record, facts.of(i), folder) for i, record in enumerate(records)), broken
    messages = StoredMessages(path, lambda records, _: build(records[0], {}, folder), watch)
    broken = 0
    with opened(path) as file:
        for span in line_spans(file):
            if not isinstance(span.value, dict):
                broken += 1
                continue
            fact = facts.of(len(messages))
            message = build(span.value, fact, folder)
            messages.put(message, span, **_told_by_event(message, fact))
    return messages, broken


def _told_by_event(message: Message, fact: Mapping[str, Any]) -> dict[str, Any]:
    """What a message's line alone does not say of it, beside what is kept of every message."""
    told: dict[str, Any] = {}
    if message.output_path is not None:
        told["output_path"] = message.output_path
    if message.answers:
        told["call_id"] = message.call_id
    if message.child is not None:
        told["child"] = message.child
    if "actions" in fact:
        told["tool_calls"] = message.tool_calls
    return told


def _events(path: Path) -> Iterator[dict[str, Any]]:
    """What happened, an event at a time."""
    for _, line in Source(path).lines():
        if isinstance(event := parse(line), dict):
            yield event


def _folder(source: Source) -> Path | None:
    folder = source.path if source.is_folder else source.path.parent
    if not source.is_folder and source.path.name not in _MEMBERS:
        return None
    # The format's name stands in the first lines, so a folder of another kind is told apart without parsing it all.
    head = source.head if source.path.name == "metadata.json" else _bytes(folder / "metadata.json", 4096)
    return folder if f'"{FORMAT}"'.encode() in head else None


def _children(folder: Path, event: Mapping[str, Any]) -> Iterator[Path]:
    """The run beside this one that it handed work to, where an event says so."""
    child = child_of(event, folder)
    if child is not None and child.is_dir():
        yield child


def _is_live(files: RunFiles, metadata: Mapping[str, Any], state: RunState) -> bool:
    if state.ended or metadata.get("ended_at"):
        return False
    beats = [seconds_of(record.get("t")) or 0.0 for record in _records(files.live)[0]]
    return is_alive(metadata.get("process"), max([state.last_event or 0.0, *beats]))


def _reason(said: str | None, exit_status: object, state: RunState) -> str | None:
    """Why it ended, and whether that was before a reply came; where it was when its process vanished."""
    if said or exit_status != "lost":
        asked = f"step {state.step + 1} was asked for, and no reply came" if state.unanswered else ""
        return "; ".join(filter(None, (said or (state.detail if state.doing == "ended" else ""), asked))) or None
    match state.doing:
        case "starting":
            where = "before the first request"
        case "waiting" | "retrying":
            where = f"while the model was being asked for reply {state.step}"
        case "streaming":
            where = f"while the model was giving reply {state.step}"
        case "approval":
            where = f"while a call waited for approval: {state.detail}"
        case "limit":
            where = f"while it waited for a higher limit: {state.detail}"
        case "running":
            where = f"while a tool was running: {state.detail}"
        case _:
            where = f"between two actions of step {state.step}"
    return f"the process vanished {where}"


def usage_of(messages: Sequence[Message]) -> Usage:
    """Totals over the replies; a run without any has spent nothing."""
    if any(m.role == "assistant" for m in glances(messages)):
        return total_usage(messages)
    return Usage(0, 0, 0, 0, 0.0)


def _records(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects in a file of lines, and how many lines are none."""
    records, broken = list[dict[str, Any]](), 0
    for line in _bytes(path).split(b"\n"):
        if not line.strip():
            continue
        if isinstance(record := parse(line), dict):
            records.append(record)
        else:
            broken += 1
    return records, broken


def _object(path: Path) -> dict[str, Any]:
    value = parse(_bytes(path))
    return value if isinstance(value, dict) else {}


def _bytes(path: Path, limit: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        return b""


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def _text(metadata: Mapping[str, Any], key: str) -> str | None:
    value = metadata.get(key)
    return value if isinstance(value, str) and value else None
