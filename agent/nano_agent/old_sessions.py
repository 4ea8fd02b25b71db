"""Sessions to go on with: our own runs, and those that mini-coding-agent itself has left, which become runs of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nano_agent.checks import CannotStart, check_repository, check_scaffold, check_settings
from nano_agent.formats.mini_coding_agent import MiniCodingAgentReader
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.torn import CUT_OFF
from nano_agent.past import NoPast, read_past
from nano_agent.prompts import Prompts
from nano_agent.protocols import make_protocol
from nano_agent.record import FORMAT, Recorder, new_run_id
from nano_agent.record.clock import stamp
from nano_agent.record.files import runs_dir
from nano_agent.spec import RunSpec
from nano_agent.tools import make_tools
from nano_agent.trajectory import Message, Trajectory

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold

LATEST = "latest"
_THEIRS = Path(".mini-coding-agent/sessions")
_FINAL = "the model gave its final answer"


@dataclass(frozen=True, slots=True)
class Found:
    """The session that was asked for."""

    folder: Path
    """A run of ours; a session of another program's making has been copied into it."""
    warnings: tuple[str, ...] = ()
    """Those that were passed over because they are broken, a sentence each."""


def find_session(spec: RunSpec, name: str) -> Found:
    """The session called `name`, or the latest one of this scaffold; raises `CannotStart` when there is none."""
    root = check_repository(spec).root
    scaffold = check_scaffold(spec)
    runs = runs_dir(root, spec.runs_dir)
    warnings: list[str] = []
    for path in _candidates(root, runs, name):
        try:
            if path.suffix == ".json":
                session = next(MiniCodingAgentReader().read(Source(path)))
                if CUT_OFF in session.warnings:
                    raise NotATrajectory(path, CUT_OFF)
                if scaffold.protocol.kind != "tags":
                    continue
                return Found(_copied(session, spec, scaffold, runs), tuple(warnings))
            past = read_past(path)
            if not past.messages:
                raise NoPast(f"{path.name} has no messages")
        except (NotATrajectory, NoPast) as error:
            warnings.append(f"passed over: {error}")
            continue
        ours = past.metadata.get("scaffold")
        same = isinstance(ours, Mapping) and ours.get("name") == scaffold.name and "parent" not in past.metadata
        if same or name != LATEST:
            return Found(path, tuple(warnings))
    what = "no session yet" if name == LATEST else f"no session {name!r}"
    said = f" ({'; '.join(warnings)})" if warnings else ""
    raise CannotStart("resume", f"There is {what} of {scaffold.name} in {root}{said}.")


def _candidates(root: Path, runs: Path, name: str) -> Iterator[Path]:
    """Runs and sessions of this name, or all of them, the last written first."""
    theirs = root / _THEIRS
    if name != LATEST:
        both = (runs / name, theirs / f"{name}.json")
        yield from (path for path in both if path.exists() and path.parent in (runs, theirs))
        return
    found = [path for path in runs.glob("[0-9]*T*") if path.is_dir()] if runs.is_dir() else []
    found += list(theirs.glob("*.json")) if theirs.is_dir() else []
    yield from sorted(found, key=_written, reverse=True)


def _written(path: Path) -> float:
    history = path / "messages.jsonl"
    try:
        return (history if history.exists() else path).stat().st_mtime
    except OSError:
        return 0.0


def _copied(session: Trajectory, spec: RunSpec, scaffold: Scaffold, runs: Path) -> Path:
    """A run of ours with this session's history, in the tags protocol; returns its folder."""
    repository = check_repository(spec)
    settled = check_settings(spec, scaffold)
    schemas = [tool.schema for tool in make_tools(scaffold.tools).values()]
    protocol = make_protocol(scaffold, schemas)
    limits = scaffold.limits.model_dump()
    recorder = Recorder(runs / new_run_id())
    task = session.task or "a session of mini-coding-agent"
    metadata = {
        "format": FORMAT,
        "run_id": recorder.files.folder.name,
        "task": task,
        "scaffold": scaffold.model_dump(),
        "model": settled.model,
        "api_base": settled.api_base,
        "limits": limits,
        "sandbox": spec.sandbox or scaffold.sandbox,
        "repo_root": str(repository.root),
        "base_commit": repository.base_commit,
        "copied_from": str(session.path),
        "started_at": stamp(session.started_at),
        "ended_at": stamp(),
        "exit_status": "done" if session.exit_reason == _FINAL else "interrupted",
        "exit_reason": session.exit_reason,
    }
    recorder.create(metadata, schemas)
    recorder.event("start", run=recorder.files.folder.name)
    recorder.message(Prompts(scaffold, repository, protocol, schemas, limits).opening(task)[0])
    for message in session.messages:
        _copy(message, recorder)
    recorder.event("end", exit_status=metadata["exit_status"], reason=session.exit_reason)
    recorder.release_reserve()
    recorder.close()
    return recorder.files.folder


def _copy(message: Message, recorder: Recorder) -> None:
    """One item of the session: a call and its result are two messages of ours."""
    for call in message.tool_calls:
        arguments: Any = call.arguments if isinstance(call.arguments, dict) else {}
        said = json.dumps({"name": call.name, "args": arguments}, ensure_ascii=False)
        found = [{"id": f"old_{recorder.n_messages}", "name": call.name, "arguments": arguments}]
        recorder.event("reply", message=recorder.n_messages, actions=found)
        recorder.message({"role": "assistant", "content": f"<tool>{said}</tool>"})
        recorder.event(
            "tool_end",
            message=recorder.n_messages,
            call_id=found[0]["id"],
            name=call.name,
            exit_code=message.exit_code,
            failed=bool(message.failed),
        )
        recorder.message({"role": "user", "content": message.text})
        return
    if message.role == "assistant" and not message.note:
        recorder.event("reply", message=recorder.n_messages)
        recorder.message({"role": "assistant", "content": f"<final>{message.text}</final>"})
    elif message.text:
        recorder.message({"role": "user", "content": message.text})
