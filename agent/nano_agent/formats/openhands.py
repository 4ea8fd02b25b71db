"""OpenHands, three generations: lists of events, rows of an evaluation (`output.jsonl`), folders of a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats import json_rows, openhands_v0, openhands_v1, values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.draft import Sums, time_replies
from nano_agent.formats.openhands_told import Told, metrics_usage
from nano_agent.formats.placed import HeldRecords, PlacedRecords, items_of, records_of
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.row_columns import first_request
from nano_agent.formats.shelf import shelf
from nano_agent.formats.source import Source, parse
from nano_agent.formats.spans import NotApart
from nano_agent.trajectory import Counts, Trajectory

Record = dict[str, Any]

NAME = "openhands"
_HINTS = (b'"action"', b'"observation"', b'"kind"', b'"history"')
_SNIFFED = 60
_EVENT_FILE = re.compile(r"(?:event-)?(\d+)(?:-[0-9a-f-]+)?\.json")
# A row of an evaluation has some of these beside its history.
_OF_ROWS = ("instance_id", "instance", "instruction", "test_result", "git_patch", "metrics", "metadata")


class OpenHandsReader:
    """Reads conversations of OpenHands, each event a message or beside them."""

    name = NAME

    def sniff(self, source: Source) -> bool:
        """Events, rows with a history of events, or a folder with `events`."""
        if (folder := _folder(source)) is not None:
            return any(_is_event(parse(_bytes(file))) for file in _event_files(folder)[:3])
        first = json_rows.opening(source, *_HINTS)
        return _is_event(first) or _is_row(first) or _is_event(_first_of(first))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The conversation, or that of each row."""
        if (folder := _folder(source)) is not None:
            yield _of_folder(source, folder)
            return
        if _is_row(json_rows.opening(source, *_HINTS)):
            for row in json_rows.rows(source, _is_row):
                yield _of_row(source, without_blobs(row.value), row)
            return
        if (items := items_of(source, "trajectory")) is not None:
            try:
                yield _of_events(source, items)
                return
            except NotApart:
                pass
        yield _of_events(source, records_of(source)) if _is_event(source.first_line) else _of_list(source)


def _of_list(source: Source) -> Trajectory:
    """The events in one list."""
    rows = list(json_rows.rows(source, lambda value: isinstance(value, dict)))
    events = [without_blobs(row.value) for row in rows]
    if len(events) == 1 and not _is_event(events[0]):
        events = list(openhands_v0.flat(values.items(events[0].get("trajectory"))))
    return _of_events(source, HeldRecords((), events), [warning for row in rows for warning in row.warnings])


def _of_events(source: Source, records: HeldRecords | PlacedRecords, warnings: Sequence[str] = ()) -> Trajectory:
    if not any(map(_is_event, islice(records, _SNIFFED))):
        raise NotATrajectory(source.path, "no event of OpenHands")
    told = _told(source, records, {})
    return _trajectory(source.path, told, [*warnings, *records.warnings])


def _of_folder(source: Source, folder: Path) -> Trajectory:
    """A conversation with one event a file."""
    events, broken = list[Record](), 0
    for file in _event_files(folder):
        event = parse(_bytes(file))
        if isinstance(event, dict):
            events.append(without_blobs(event))
        else:
            broken += 1
    state = values.record(parse(_bytes(folder / "base_state.json")))
    warnings = [f"{broken} event{'s' * (broken > 1)} could not be read as JSON."] if broken else []
    told = _told(source, HeldRecords((), events), state)
    if not events:
        raise NotATrajectory(source.path, "the conversation's events cannot be read")
    shown = {key: state[key] for key in ("id", "execution_status", "max_iterations", "stats") if key in state}
    workspace = values.word(values.record(state.get("workspace")).get("working_dir"))
    return _trajectory(source.path, told, warnings, repo=workspace, metadata=shown)


def _of_row(source: Source, row: Record, place: json_rows.Row) -> Trajectory:
    """One row of an evaluation: the history with its instance, its result and its cost."""
    events = list(openhands_v0.flat(values.items(row.get("history"))))
    told = _told(source, HeldRecords((), events), {})
    details, instance = values.record(row.get("metadata")), values.record(row.get("instance"))
    llm = values.record(details.get("llm_config") or details.get("llm"))
    model = values.word(llm.get("model")) or values.word(details.get("model_name"))
    told.models = {model: None} if model else told.models
    told.usage = metrics_usage(row.get("metrics")) or told.usage
    result = values.record(row.get("test_result"))
    if error := values.word(row.get("error")):
        told.status, told.reason = "error", error
    patch = row.get("git_patch", result.get("git_patch"))
    name = next((n for key in ("instance_id", "id") if (n := values.word(row.get(key)))), None)
    return _trajectory(
        source.path,
        told,
        place.warnings,
        sample=place.sample and (name or place.sample),
        task=values.word(row.get("instruction")),
        diff=patch if isinstance(patch, str) else None,
        gold_diff=values.word(instance.get("patch")),
        instance=name or values.word(values.record(row.get("issue")).get("title")),
        repo=values.word(instance.get("repo")) or values.word(values.record(row.get("issue")).get("repo")),
        reward=_reward(result),
        metadata={key: value for key, value in row.items() if key not in ("history", "instance", "instruction")},
    )


def _trajectory(path: Path, told: Told, warnings: Sequence[str], **more: Any) -> Trajectory:
    messages = told.drafts.messages()
    time_replies(messages)
    sums = Sums(messages)
    more["task"] = more.get("task") or first_request(messages)
    return Trajectory(
        format=NAME,
        path=path,
        messages=messages,
        model=",".join(told.models) or None,
        exit_status=told.status,
        exit_reason=told.reason,
        started_at=sums.started,
        seconds=sums.seconds,
        usage=told.usage or sums.usage,
        counts=Counts(told.events, told.replies, told.calls),
        tools=told.tools,
        warnings=(*warnings, *told.warnings),
        **more,
    )


def _told(source: Source, records: HeldRecords | PlacedRecords, state: Record) -> Told:
    if any(map(openhands_v1.is_event, islice(records, _SNIFFED))):
        return openhands_v1.told_by(source, records, state)
    return openhands_v0.told_by(records, shelf(source, records, openhands_v0.replay))


def _reward(result: Record) -> float | None:
    """What the evaluation's own test says, where it says so plainly."""
    verdicts = (result.get("result"), values.record(result.get("report")).get("resolved"), result.get("resolved"))
    return next((float(verdict) for verdict in verdicts if isinstance(verdict, bool)), None)


def _folder(source: Source) -> Path | None:
    """The conversation's folder, given itself or the state in it."""
    if source.is_folder:
        return source.path if "events" in source.names else None
    beside = source.path.name == "base_state.json" and (source.path.parent / "events").is_dir()
    return source.path.parent if beside else None


def _event_files(folder: Path) -> list[Path]:
    """The files of the events, in order."""
    try:
        names = [
            (int(match[1]), file)
            for file in (folder / "events").iterdir()
            if (match := _EVENT_FILE.fullmatch(file.name))
        ]
    except (OSError, ValueError):
        return []
    return [file for _, file in sorted(names)]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _is_event(value: Any) -> bool:
    return openhands_v0.is_event(value) or openhands_v1.is_event(value)


def _is_row(value: Any) -> bool:
    """A row of an evaluation; its history is empty where the run could not begin."""
    row = values.record(value)
    history = row.get("history")
    if "history" not in row or sum(key in row for key in _OF_ROWS) < 2 or "trajectory" in row:
        return False
    if not history:
        return history is None or "test_result" in row
    first = _first_of({"history": history})
    return isinstance(history, list) and _is_event(first)


def _first_of(value: Any) -> Any:
    """The first event in a document that wraps them, the action where they stand in pairs."""
    document = values.record(value)
    first = next(iter(values.items(document.get("history") or document.get("trajectory"))), None)
    return next(iter(first), None) if isinstance(first, list) else first
