"""Gemini CLI: `~/.gemini/tmp/<project>/` with its `chats/session-*`, `logs.json` and checkpoints, and its stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.draft import Draft, Sums, counted, first_request, time_replies, timed
from nano_agent.formats.gemini_records import content_drafts
from nano_agent.formats.gemini_session import Session
from nano_agent.formats.gemini_stream import Stream, is_stream, replay
from nano_agent.formats.json_rows import CUT_OFF, is_cut_off
from nano_agent.formats.jsonl import opening
from nano_agent.formats.placed import HeldRecords, PlacedRecords, items_of, records_of
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.shelf import shelf
from nano_agent.formats.source import Source
from nano_agent.formats.spans import NotApart
from nano_agent.trajectory import Trajectory

Record = dict[str, Any]

NAME = "gemini_cli"
_KEYS = (b'"sessionId"', b'"parts"')
_KINDS = ("user", "gemini", "info", "error", "warning")


class GeminiCliReader:
    """Reads what Gemini CLI leaves, in any of its shapes."""

    name = NAME

    def sniff(self, source: Source) -> bool:
        """A session's header or document, the log of prompts, a saved history, or the stream."""
        return any(_is_session(record) or is_stream(record) for record in opening(source)) or bool(_gist(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The session in the file; of the log of prompts, each session's."""
        if any(is_stream(record) for record in opening(source)):
            yield _of_stream(source)
        elif (session := _stored(source)) is not None:
            yield _of_session(source.path, *session)
        else:
            yield from _held(source)


def _stored(source: Source) -> tuple[Session, list[str]] | None:
    """The session in a large file, whose messages stay there; `None` for what must be read as a whole."""
    try:
        is_session = isinstance(source.outline, dict) and _is_session(source.outline)
        if is_session and (items := items_of(source, "messages")) is not None:
            session = Session(source, items)
            for record in items:
                session.add(record)
            session.take(items.rest)
            return session, []
        if isinstance(records := records_of(source), PlacedRecords) and _gist(source) is None:
            return _followed(source, records), records.warnings
    except NotApart:
        pass
    return None


def _held(source: Source) -> Iterator[Trajectory]:
    document = _document(source)
    cut_off = [CUT_OFF] if document and is_cut_off(source) else []
    if isinstance(document, list) and _is_log(document):
        yield from _of_log(source.path, document, cut_off)
    elif isinstance(document, dict) and "messages" in document:
        yield _of_session(source.path, _followed(source, HeldRecords(()), [without_blobs(document)]), cut_off)
    elif document:
        yield _of_contents(source.path, without_blobs(document), cut_off)
    else:
        records = HeldRecords(source.lines())
        yield _of_session(source.path, _followed(source, records), records.warnings)


def _followed(source: Source, records: HeldRecords | PlacedRecords, lines: Iterable[Record] | None = None) -> Session:
    session = Session(source, records)
    for record in records if lines is None else lines:
        session.take(record)
    return session


def _of_contents(path: Path, document: Any, warnings: list[str]) -> Trajectory:
    contents = document if isinstance(document, list) else values.items(document.get("history"))
    drafts = [draft for content in contents if isinstance(content, dict) for draft in content_drafts(content)]
    messages = [draft.message() for draft in drafts]
    task = first_request(messages)
    return Trajectory(NAME, path, messages, task=task, counts=counted(messages), warnings=tuple(warnings))


def _of_session(path: Path, session: Session, warnings: list[str]) -> Trajectory:
    if session.kinds.isdisjoint(_KINDS):
        raise NotATrajectory(path, "a Gemini CLI session without any message")
    messages = session.drafts().messages()
    time_replies(messages)
    if n := session.rewinds:
        warnings.append(f"{n} rewind{'s' * (n > 1)} took messages back: shown, but no part of the history.")
    if n := session.replaced:
        warnings.append(f"What the model was sent was replaced {n} time{'s' * (n > 1)} (compressed, or a turn undone).")
    sums = Sums(messages)
    stated = values.epoch(session.header.get("startTime"))
    return Trajectory(
        format=NAME,
        path=path,
        messages=messages,
        model=session.models,
        task=first_request(messages),
        started_at=sums.started if stated is None else stated,
        seconds=sums.seconds,
        usage=sums.usage,
        counts=sums.counts,
        repo=_project(path),
        children=_children(path, session.header),
        metadata=session.header,
        warnings=tuple(warnings),
    )


def _of_stream(source: Source) -> Trajectory:
    records = records_of(source)
    stream = Stream(shelf(source, records, replay))
    for record in records:
        stream.take(record)
    messages = stream.drafts.messages()
    time_replies(messages)
    sums = Sums(messages)
    return Trajectory(
        format=NAME,
        path=source.path,
        messages=messages,
        model=values.word(stream.init.get("model")),
        task=first_request(messages),
        exit_status=values.word(stream.result.get("status")),
        exit_reason=stream.reason,
        started_at=sums.started,
        seconds=sums.seconds if stream.seconds is None else stream.seconds,
        usage=stream.usage or sums.usage,
        counts=sums.counts,
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
            task=first_request(messages),
            started_at=started,
            seconds=seconds,
            counts=counted(messages),
            repo=_project(path),
            warnings=(warning, *warnings),
        )


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


def _gist(source: Source) -> Any:
    """The file as one document, of a large one its outline, where it is one of ours; `None` for everything else."""
    if not any(key in source.head for key in _KEYS) or source.outline is None:
        return _document(source)
    return source.outline if _is_document(source.outline) else None


def _document(source: Source) -> Any:
    """The file as one document, where it is one of ours; `None` for lines and everything else."""
    head = source.head.lstrip()
    if not head.startswith((b"{", b"[")) or not any(key in head for key in _KEYS):
        return None
    first = source.first_line
    if isinstance(first, dict):
        whole = "messages" in first and source.document is first
        return first if _is_history(first.get("history")) or (whole and _is_session(first)) else None
    document = source.document if source.document is not None else source.torn_document
    return document if _is_document(document) else None


def _is_document(document: Any) -> bool:
    if isinstance(document, dict):
        return _is_session(document) or _is_history(document.get("history"))
    return isinstance(document, list) and (_is_log(document) or _is_history(document))


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
