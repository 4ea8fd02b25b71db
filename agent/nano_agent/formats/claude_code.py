"""Claude Code sessions: `~/.claude/projects/<folder>/<session>.jsonl` and the files of their sub-agents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.claude_session import TITLES, History, Session, is_message
from nano_agent.formats.draft import first_request, time_replies
from nano_agent.formats.jsonl import opening
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source, parse
from nano_agent.trajectory import Counts, Trajectory, add_usages

Record = dict[str, Any]


class ClaudeCodeReader:
    """Reads a session, its branches and its side-chains; the files of sub-agents are named as children."""

    name = "claude_code"

    def sniff(self, source: Source) -> bool:
        """Lines with messages in Anthropic's shape that carry an id and their session's."""
        return any(_is_ours(record) for record in opening(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one session in the file."""
        session = Session(source)
        if not session.has_messages:
            raise NotATrajectory(source.path, "a Claude Code file without any message")
        yield _trajectory(source, session)


def _trajectory(source: Source, session: Session) -> Trajectory:
    history = History(source, session)
    messages = history.messages
    time_replies(messages)
    spoken = session.spoken
    return Trajectory(
        format=ClaudeCodeReader.name,
        path=source.path,
        messages=messages,
        model=spoken.models,
        task=first_request(messages),
        started_at=history.started,
        seconds=history.seconds,
        usage=add_usages(history.usages),
        counts=Counts(history.n_messages, spoken.n_replies, spoken.n_calls),
        repo=next(iter(session.named["cwd"]), None),
        children=_children(source.path, session),
        metadata=_metadata(source.path, session),
        warnings=(*session.warnings, *beside_warnings(history.notes)),
    )


def _children(path: Path, session: Session) -> tuple[Path, ...]:
    """The files of the sub-agents: those in the session's own folder, and those that a result names."""
    folder = path.parent / path.stem / "subagents"
    found = dict.fromkeys(sorted(folder.rglob("agent-*.jsonl"))) if folder.is_dir() else {}
    for agent in session.agents:
        if (beside := path.parent / f"agent-{agent}.jsonl") != path and beside.is_file():
            found[beside] = None
    if path.parent.name == "subagents":
        found |= dict.fromkeys(_spawned_beside(path, session.spoken.calls))
    return tuple(found)


def _spawned_beside(path: Path, calls: Container[Any]) -> Iterator[Path]:
    """The sub-agents that a sub-agent started: their `.meta.json` names the tool call that did."""
    for meta in sorted(path.parent.glob("agent-*.meta.json")):
        spawned = meta.with_name(meta.name.removesuffix(".meta.json") + ".jsonl")
        named = _meta(meta).get("toolUseId")
        if spawned != path and isinstance(named, str) and named in calls and spawned.is_file():
            yield spawned


def beside_warnings(notes: Iterable[str]) -> Iterator[str]:
    """What to say of the messages that tell what lies beside the history, by their notes."""
    counts = Counter(note.split(" ")[0] for note in notes)
    if n := counts["abandoned"]:
        yield f"{n} abandoned branch{'es' * (n > 1)}, left by a rewind or a retry: shown, but no part of the history."
    if n := counts["sub-agent"]:
        yield f"{n} sub-agent{'s' * (n > 1)} in the same file: shown, but no part of the history."


def _metadata(path: Path, session: Session) -> dict[str, Any]:
    """Whatever else the file says of the session."""
    titles = session.titles
    return {
        "session_id": next(iter(session.named["sessionId"]), None),
        "claude_code_version": ", ".join(session.named["version"]) or None,
        "git_branch": next(iter(session.named["gitBranch"]), None),
        "title": next((titles[kind] for kind, _ in TITLES if kind in titles), None),
        "sub_agent": _meta(path.with_suffix(".meta.json")) or None,
        "records": dict(session.kinds),
    }


def _meta(path: Path) -> Record:
    try:
        return values.record(parse(path.read_bytes()))
    except OSError:
        return {}


def _is_ours(record: Record) -> bool:
    """Whether a record can only be Claude Code's."""
    summary = record.get("type") == "summary" and isinstance(record.get("leafUuid"), str) and "summary" in record
    return summary or is_message(record) or (isinstance(record.get("uuid"), str) and "isSidechain" in record)
