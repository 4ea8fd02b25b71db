"""Gemini CLI: `~/.gemini/tmp/<project>/` with its `chats/session-*`, `logs.json` and checkpoints, and its stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.draft import Draft, counted, time_replies, timed
from nano_agent.formats.gemini_records import content_drafts
from nano_agent.formats.gemini_session import Session
from nano_agent.formats.gemini_stream import Stream, is_stream
from nano_agent.formats.json_rows import CUT_OFF, is_cut_off
from nano_agent.formats.jsonl import Records, opening
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.stored import HeldMessages
from nano_agent.trajectory import Message, Trajectory, total_usage

Record = dict[str, Any]

NAME = "gemini_cli"
_KINDS = ("user", "gemini", "info", "error", "warning")


class GeminiCliReader:
    """Reads what Gemini CLI leaves, in any of its shapes."""

    name = NAME

    def sniff(self, source: Source) -> bool:
        """A session's header or document, the log of prompts, a saved history, or the stream."""
        return any(_is_session(record) or is_stream(record) for record in opening(source)) or bool(_document(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The session in the file; of the log of prompts, each session's."""
        document = _document(source)
        cut_off = [CUT_OFF] if document and is_cut_off(source) else []
        if isinstance(document, list) and _is_log(document):
            yield from _of_log(source.path, document, cut_off)
        elif document:
            yield _of_document(source.path, document, cut_off)
        elif any(is_stream(record) for record in opening(source)):
            yield _of_stream(source)
        else:
            records = Records(source.lines())
            yield _of_session(source.path, _followed(records), records.warnings)


def _followed(records: Records | Sequence[Record]) -> Session:
    session = Session()
    for record in records:
        session.take(record)
    return session


def _of_document(path: Path, document: Any, warnings: list[str]) -> Trajectory:
    document = without_blobs(document)
    if isinstance(document, dict) and "messages" in document:
        return _of_session(path, _followed([document]), warnings)
    contents = document if isinstance(document, list) else values.items(document.get("history"))
    drafts = [draft for content in contents if isinstance(content, dict) for draft in content_drafts(content)]
    messages = [draft.message() for draft in drafts]
    return Trajectory(NAME, path, messages, task=_task(messages), counts=counted(messages), warnings=tuple(warnings))


def _of_session(path: Path, session: Session, warnings: list[str]) -> Trajectory:
    if not any(record.get("type") in _KINDS for record in session.records):
        raise NotATrajectory(path, "a Gemini CLI session without any message")
    messages = _messages(session.drafts())
    names = (values.word(record.get("model")) for record in session.records if record.get("type") == "gemini")
    if n := session.rewinds:
        warnings.append(f"{n} rewind{'s' * (n > 1)} took messages back: shown, but no part of the history.")
    if n := session.replaced:
        warnings.append(f"What the model was sent was replaced {n} time{'s' * (n > 1)} (compressed, or a turn undone).")
    started, seconds = timed(messages)
    stated = values.epoch(session.header.get("startTime"))
    return Trajectory(
        format=NAME,
        path=path,
        messages=messages,
        model=",".join(dict.fromkeys(name for name in names if name)) or None,
        task=_task(messages),
        started_at=started if stated is None else stated,
        seconds=seconds,
        usage=total_usage(messages),
        counts=counted(messages),
        repo=_project(path),
        children=_children(path, session.header),
        metadata=session.header,
        warnings=tuple(warnings),
    )


def _of_stream(source: Source) -> Trajectory:
    stream, records = Stream(), Records(source.lines())
    for record in records:
        stream.take(record)
    messages = _messages(stream.drafts)
    started, seconds = timed(messages)
    return Trajectory(
        format=NAME,
        path=source.path,
        messages=messages,
        model=values.word(stream.init.get("model")),
        task=_task(messages),
        exit_status=values.word(stream.result.get("status")),
        exit_reason=stream.reason,
        started_at=started,
        seconds=seconds if stream.seconds is None else stream.seconds,
        usage=stream.usage or total_usage(messages),
        counts=counted(messages),
        metadata={"init": stream.init, "result": stream.result},
        warnings=tuple(records.warnings),
    )


def _of_log(path: Path, log: Sequence[Any], warnings: list[str]) -> Iterator[Trajectory]:
    """The prompts of each session, all that this file has of it."""
    sessions = dict[str, list[Draft]]()
    for entry in log:
        if isinstance(entry, dict) and isinstance(entry.get("sessionId"), str):
            draft = Draft("user" if entry.get("type") == "user" else "other", raws=[entry])
            draft.texts.append(values.text(entry.get("message")))
            draft.timestamp = values.epoch(entry.get("timestamp"))
            sessions.setdefault(entry["sessionId"], []).append(draft)
    for identity, drafts in sessions.items():
        messages = [draft.message() for draft in drafts]
        started, seconds = timed(messages)
        warning = "This log holds only what the person typed; the session's own file has the rest."
        yield Trajectory(
            format=NAME,
            path=path,
            messages=messages,
            sample=identity,
            task=_task(messages),
            started_at=started,
            seconds=seconds,
            counts=counted(messages),
            repo=_project(path),
            warnings=(warning, *warnings),
        )


def _messages(drafts: list[Draft]) -> HeldMessages:
    messages = HeldMessages(draft.message() for draft in drafts)
    time_replies(messages)
    return messages


def _task(messages: Sequence[Message]) -> str | None:
    return next((m.text for m in messages if m.role == "user" and m.text and not m.note), None)


def _children(path: Path, header: Record) -> tuple[Path, ...]:
    """The files of the sub-agents, in a folder named after the session."""
    identity = values.text(header.get("sessionId"))
    folder = path.parent / identity
    plain = identity.replace("-", "").isalnum()
    return tuple(sorted(folder.glob("*.jsonl"))) if plain and folder.is_dir() else ()


def _project(path: Path) -> str | None:
    """The folder worked in, which the project's own folder notes beside the chats."""
    for folder in path.parents[:3]:
        try:
            return (folder / ".project_root").read_text("utf-8", "replace").strip() or None
        except (OSError, ValueError):
            continue
    return None


def _document(source: Source) -> Any:
    """The file as one document, where it is one of ours; `None` for lines and everything else."""
    head = source.head.lstrip()
    keys = (b'"sessionId"', b'"parts"')
    if not head.startswith((b"{", b"[")) or not any(key in head for key in keys):
        return None
    if isinstance(source.first_line, dict):
        return source.first_line if _is_history(source.first_line.get("history")) else None
    document = source.document if source.document is not None else source.torn_document
    if isinstance(document, dict):
        return document if _is_session(document) or _is_history(document.get("history")) else None
    return document if isinstance(document, list) and (_is_log(document) or _is_history(document)) else None


def _is_session(record: Record) -> bool:
    """A session's document or the first line of its file."""
    named = isinstance(record.get("sessionId"), str) and "type" not in record
    return named and ("projectHash" in record or (isinstance(record.get("messages"), list) and "startTime" in record))


def _is_log(document: Sequence[Any]) -> bool:
    first = values.record(next(iter(document), None))
    return isinstance(first.get("sessionId"), str) and isinstance(first.get("messageId"), int) and "message" in first


def _is_history(value: Any) -> bool:
    first = values.record(next(iter(values.items(value)), None))
    return first.get("role") in ("user", "model") and isinstance(first.get("parts"), list)
